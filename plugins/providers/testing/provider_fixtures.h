// The fixture loop of providers: one folder per case under fixtures/, no code per case.
//
//   fixtures/<case>/config.json   settings; optional
//   fixtures/<case>/request.json  a chat request; optional, then with
//   fixtures/<case>/wire.json     what it becomes: {"url","body":{..}}, or {"error":{"code",
//                                 "message_contains"}}
//   fixtures/<case>/reply.json    {"status":200,"headers":{..}}; optional, then with
//   fixtures/<case>/reply.body    its bytes, and
//   fixtures/<case>/expected.json the events of a reply (the whole list), or what explain says
#pragma once

#include <functional>

#include "chela/testing/fixtures.h"
#include "chela/testing/provider_probe.h"

namespace chela::testing {

namespace provider_fixture {

inline void check_request(ProviderProbe& probe, const std::filesystem::path& folder,
                          const std::function<std::string(const WireRequest&)>& refuse) {
  const json::value expected = read_json_file(folder / "wire.json", json::object());
  const auto wire = probe.request("encode", read_json_file(folder / "request.json", nullptr));
  if (const auto* error = find(expected, "error")) {
    ASSERT_FALSE(wire.has_value());
    EXPECT_EQ(to_string(wire.error().code), get_string(*error, "code"));
    EXPECT_NE(wire.error().message.find(get_string(*error, "message_contains")), std::string::npos)
        << wire.error().message;
    return;
  }
  ASSERT_TRUE(wire.has_value()) << wire.error().message;
  EXPECT_EQ(wire->url, get_string(expected, "url"));
  const auto* body = find(expected, "body");
  ASSERT_NE(body, nullptr) << "wire.json has no body";
  EXPECT_EQ(wire->body, json::serialize(*body));
  EXPECT_EQ(refuse(*wire), "") << "the service would refuse " << wire->body;
}

// However the bytes are cut the events are the same; where they end early it is an error, or all
// was said before.
inline void check_cuts(ProviderProbe& probe, WireReply reply, const std::string& events) {
  EXPECT_EQ(json::serialize(probe.decode(reply, Cuts::bytewise()).value()), events);
  for (unsigned seed = 1; seed <= 5; ++seed)
    EXPECT_EQ(json::serialize(probe.decode(reply, Cuts::random(seed)).value()), events);
  const json::value whole = parse_json(events).value();
  const json::value end = last_event(whole.as_array());
  const auto* message = find(end, "message");
  const std::string body = reply.body;
  for (std::size_t size = 0; size < body.size(); ++size) {
    reply.body = body.substr(0, size);
    for (const bool is_complete : {false, true}) {
      const auto cut = probe.decode(reply, {}, is_complete).value();
      ASSERT_FALSE(cut.empty());
      if (!error_code_of(cut).empty()) continue;
      const json::value last = last_event(cut);
      ASSERT_NE(message, nullptr) << "a reply that is an error ended well after " << size
                                  << " bytes";
      EXPECT_EQ(json::serialize(*find(last, "message")), json::serialize(*message)) << size;
    }
  }
}

inline void check_reply(ProviderProbe& probe, const std::filesystem::path& folder) {
  const json::value head = read_json_file(folder / "reply.json", json::object());
  WireReply reply{static_cast<int>(get_int(head, "status")),
                  {},
                  read_whole_file((folder / "reply.body").string())};
  if (const auto* headers = find(head, "headers")) {
    for (const auto& [name, value] : headers->as_object())
      reply.headers.emplace_back(std::string(name), std::string(value.as_string()));
  }
  const json::value expected = read_json_file(folder / "expected.json", nullptr);
  if (reply.status < 200 || reply.status > 299) {
    const auto error = probe.explain(reply);
    ASSERT_TRUE(error.has_value()) << error.error().message;
    EXPECT_EQ(json::serialize(to_json(*error)), json::serialize(expected));
    return;
  }
  const auto events = probe.decode(reply);
  ASSERT_TRUE(events.has_value()) << events.error().message;
  EXPECT_EQ(json::serialize(*events), json::serialize(expected));
  check_cuts(probe, reply, json::serialize(*events));
}

}  // namespace provider_fixture

// `refuse` gives what the service would answer to a request that it does not take, else "".
// Returns how many cases there were.
inline int run_provider_fixtures(const std::string& plugin_file, const std::string& dir,
                                 const std::function<std::string(const WireRequest&)>& refuse) {
  int cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir + "/fixtures")) {
    if (!entry.is_directory()) continue;
    SCOPED_TRACE(entry.path().filename().string());
    ++cases;
    auto probe = ProviderProbe::open(plugin_file, dir,
                                     read_json_file(entry.path() / "config.json", json::object()));
    if (!probe) {
      ADD_FAILURE() << probe.error().message;
      continue;
    }
    const bool has_request = std::filesystem::exists(entry.path() / "request.json");
    const bool has_reply = std::filesystem::exists(entry.path() / "reply.json");
    EXPECT_TRUE(has_request || has_reply) << "neither request.json nor reply.json";
    if (has_request) provider_fixture::check_request(**probe, entry.path(), refuse);
    if (has_reply) provider_fixture::check_reply(**probe, entry.path());
  }
  return cases;
}

}  // namespace chela::testing
