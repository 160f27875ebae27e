// The fixture loop of providers with a Messages API: one folder per case, no code per case.
//
//   fixtures/<case>/request.json  a chat request; then
//   fixtures/<case>/wire.json     the body that goes out, which a strict service has to take
//   fixtures/<case>/head.json     {"status":200,"headers":[[name,value],..]}; optional
//   fixtures/<case>/reply.txt     the body that comes back (or reply.json); then
//   fixtures/<case>/events.json   its events; for a status that is no success what explain says
#pragma once

#include <filesystem>

#include "anthropic_rules.h"
#include "reply_checks.h"

namespace chela::testing {

inline json::value read_json_file(const std::filesystem::path& file) {
  const auto value = parse_json(read_whole_file(file.string()));
  EXPECT_TRUE(value) << file << ": " << (value ? "" : value.error().message);
  return value.value_or(json::value());
}

inline void run_anthropic_fixture(ProviderProbe& probe, const AnthropicRules& rules,
                                  std::string_view base_url, const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  bool has_checked = false;
  if (fs::exists(folder / "request.json")) {
    has_checked = true;
    const auto wire = probe.request("encode", read_json_file(folder / "request.json"));
    ASSERT_TRUE(wire) << wire.error().message;
    ASSERT_TRUE(wire->url.starts_with(base_url)) << wire->url;
    const auto refusal = refused_by(rules, wire->method, wire->url.substr(base_url.size()),
                                    wire->headers, wire->body);
    EXPECT_FALSE(refusal) << refusal->body;
    EXPECT_EQ(parse_json(wire->body).value(), read_json_file(folder / "wire.json")) << wire->body;
  }
  if (fs::exists(folder / "events.json")) {
    has_checked = true;
    WireReply reply{200, {}, {}};
    if (fs::exists(folder / "head.json")) {
      const json::value head = read_json_file(folder / "head.json");
      reply.status = static_cast<int>(get_int(head, "status", 200));
      reply.headers = internal::parse_headers(head);
    }
    const bool is_text = fs::exists(folder / "reply.txt");
    reply.body = read_whole_file((folder / (is_text ? "reply.txt" : "reply.json")).string());
    ASSERT_FALSE(reply.body.empty());
    const json::value expected = read_json_file(folder / "events.json");
    if (reply.status < 200 || reply.status > 299) {
      const auto said = probe.reply("explain", reply);
      ASSERT_TRUE(said) << said.error().message;
      EXPECT_EQ(parse_json(*said).value(), expected) << *said;
    } else {
      const json::array events = expect_same_however_cut(probe, reply);
      EXPECT_EQ(json::value(events), expected) << json::serialize(events);
      expect_no_beginning_passes(probe, reply, events);
    }
  }
  EXPECT_TRUE(has_checked) << "wanted request.json or events.json";
}

// All of them; a folder without any is a failure.
inline void run_anthropic_fixtures(ProviderProbe& probe, const AnthropicRules& rules,
                                   std::string_view base_url) {
  std::size_t cases = 0;
  for (const auto& folder :
       std::filesystem::directory_iterator(std::string(CHELA_PLUGIN_DIR) + "/fixtures")) {
    SCOPED_TRACE(folder.path().filename().string());
    run_anthropic_fixture(probe, rules, base_url, folder.path());
    ++cases;
  }
  EXPECT_GT(cases, 0u);
}

}  // namespace chela::testing
