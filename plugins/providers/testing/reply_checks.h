// What holds for every reply of every provider: cut anywhere it is the same, and no beginning of it
// passes for the whole.
#pragma once

#include <gtest/gtest.h>

#include "chela/testing/provider_probe.h"

namespace chela::testing {

inline bool ends_well(const json::array& events) {
  return !events.empty() && get_string(events.back(), "type") == "end";
}

// The events of `reply`, which come whole, byte by byte and at random cuts.
inline json::array expect_same_however_cut(ProviderProbe& probe, const WireReply& reply) {
  const auto whole = probe.decode(reply);
  EXPECT_TRUE(whole) << (whole ? "" : whole.error().message);
  if (!whole) return {};
  const auto compare = [&](const Cuts& cuts, const std::string& name) {
    const auto events = probe.decode(reply, cuts);
    EXPECT_TRUE(events && *events == *whole) << "cut " << name;
  };
  compare(Cuts::bytewise(), "byte by byte");
  for (unsigned seed = 1; seed <= 5; ++seed)
    compare(Cuts::random(seed), "at random " + std::to_string(seed));
  return *whole;
}

// Byte by byte, the good end comes with the last bytes and no sooner: so every shorter beginning,
// where the connection broke, is an error. (What was fed decides that, close() adds nothing to it.)
inline void expect_end_at_the_last_byte(ProviderProbe& probe, const WireReply& reply) {
  const auto opened = probe.plugin().call(
      "open",
      json::object{{"status", reply.status}, {"headers", internal::headers_json(reply.headers)}});
  ASSERT_TRUE(opened) << opened.error().message;
  const json::object id{{"decoder", get_int(*opened, "decoder")}};
  const std::size_t last = reply.body.find_last_not_of("\r\n");
  for (std::size_t i = 0; i < reply.body.size(); ++i) {
    const auto text = probe.plugin().call_text(
        "feed", write_document(id, std::string_view(reply.body).substr(i, 1)));
    ASSERT_TRUE(text) << text.error().message;
    if (text->find("\"end\"") == std::string::npos) continue;
    EXPECT_FALSE(ends_well(parse_json(*text)->at("events").as_array()) && i < last)
        << "the first " << i + 1 << " of " << reply.body.size() << " bytes pass for a reply";
  }
  json::object end = id;
  end["complete"] = false;
  ASSERT_TRUE(probe.plugin().call_text("close", json::serialize(end)));
}

// Every beginning of `reply` that is not already the whole ends in an error. `stride`: only every
// so many bytes, and each of the last 400.
inline void expect_no_beginning_passes(ProviderProbe& probe, const WireReply& reply,
                                       const json::array& whole, std::size_t stride = 1) {
  const std::string& body = reply.body;
  for (std::size_t size = 0; size < body.size();
       size += size + 400 < body.size() ? std::min(stride, body.size() - size) : 1) {
    WireReply part = reply;
    part.body = body.substr(0, size);
    for (const bool is_complete : {true, false}) {
      const auto events = probe.decode(part, {}, is_complete);
      ASSERT_TRUE(events) << size << ": " << events.error().message;
      ASSERT_FALSE(events->empty()) << size;
      if (ends_well(*events)) {
        EXPECT_EQ(*events, whole) << "the first " << size << " of " << body.size()
                                  << " bytes pass for a reply";
      } else {
        EXPECT_NE(error_code_of(*events), "") << size;
      }
    }
  }
}

}  // namespace chela::testing
