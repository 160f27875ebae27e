// What holds for every reply, wherever its bytes come from.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "chela/testing/provider_probe.h"

namespace provider_google {

inline std::string text_of(const chela::json::array& events) {
  return chela::json::serialize(events);
}

// The same events however the bytes are cut; returns them.
inline chela::json::array expect_any_cut(chela::testing::ProviderProbe& probe,
                                         const chela::WireReply& reply) {
  using chela::testing::Cuts;
  const auto whole = probe.decode(reply);
  EXPECT_TRUE(whole.has_value()) << whole.error().message;
  std::vector<Cuts> all{Cuts::bytewise()};
  for (unsigned seed = 1; seed <= 8; ++seed) all.push_back(Cuts::random(seed));
  for (const auto& cuts : all) {
    const auto cut = probe.decode(reply, cuts);
    EXPECT_TRUE(cut.has_value()) << cut.error().message;
    EXPECT_EQ(text_of(*cut), text_of(*whole));
  }
  return *whole;
}

// A reply that is whole, cut behind each of its bytes: an error, except where only blanks are
// missing.
inline void expect_no_short_answer(chela::testing::ProviderProbe& probe,
                                   const chela::WireReply& reply) {
  const auto whole = probe.decode(reply);
  ASSERT_TRUE(whole.has_value() && chela::get_string(whole->back(), "type") == "end");
  for (std::size_t size = 0; size < reply.body.size(); ++size) {
    chela::WireReply cut = reply;
    cut.body.resize(size);
    const auto broken = probe.decode(cut, {}, false);
    ASSERT_TRUE(broken.has_value()) << broken.error().message;
    EXPECT_EQ(chela::get_string(chela::testing::last_event(*broken), "type"), "error") << size;
    const auto complete = probe.decode(cut, {}, true);
    ASSERT_TRUE(complete.has_value()) << complete.error().message;
    if (chela::get_string(chela::testing::last_event(*complete), "type") == "error") continue;
    EXPECT_EQ(text_of(*complete), text_of(*whole)) << size;
    EXPECT_EQ(reply.body.find_first_not_of(" \t\r\n", size), std::string::npos) << size;
  }
}

}  // namespace provider_google
