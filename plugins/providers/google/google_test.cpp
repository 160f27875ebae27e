// The plugin through its door: one folder per case under fixtures/.
//
//   case.json      {"operation":"encode|decode|explain|embed_encode|embed_decode|models_encode|
//                   models_decode|create","config":{..}?,"status":429?,"headers":[[..]]?,"count":2?}
//   request.json   the document that is encoded
//   reply.*        the body that came
//   expected.json  the request on the wire ("body" as JSON), the last event, the error, the models,
//                  or {"fails":{"code","message_contains"}} where the operation fails
#include <gtest/gtest.h>

#include <cstring>

#include "chela/testing/fixtures.h"
#include "chela/testing/provider_probe.h"
#include "google_rules.h"

namespace provider_google {
namespace {

namespace json = chela::json;
using chela::Result;
using chela::testing::Cuts;
using chela::testing::ProviderProbe;
using std::filesystem::path;

std::string reply_body(const path& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().stem() == "reply") return chela::testing::read_whole_file(entry.path());
  }
  return {};
}

Result<json::value> wire_document(ProviderProbe& probe, std::string_view operation,
                                  const json::value& request) {
  CHELA_TRY(const chela::WireRequest wire, probe.request(operation, request));
  const auto refusal = chela::testing::google::refuse(wire);
  EXPECT_FALSE(refusal.has_value()) << refusal->message;
  json::object out{{"method", wire.method},
                   {"url", wire.url},
                   {"headers", chela::internal::headers_json(wire.headers)}};
  if (wire.body.empty()) return json::value(std::move(out));
  CHELA_TRY(out["body"], chela::parse_json(wire.body));
  return json::value(std::move(out));
}

// The last event, which is the same however the bytes are cut.
Result<json::value> last_of(ProviderProbe& probe, const chela::WireReply& reply) {
  CHELA_TRY(const json::array whole, probe.decode(reply));
  for (const auto& cuts : {Cuts::bytewise(), Cuts::random(1), Cuts::random(2)}) {
    CHELA_TRY(const json::array cut, probe.decode(reply, cuts));
    EXPECT_EQ(json::serialize(cut), json::serialize(whole));
  }
  return chela::testing::last_event(whole);
}

Result<json::value> embeddings(ProviderProbe& probe, const chela::WireReply& reply,
                               std::size_t count) {
  CHELA_TRY(const std::string text, probe.reply("embed_decode", reply, count));
  CHELA_TRY(const chela::Document document, chela::parse_document(text));
  json::value out = document.head;
  json::array floats;
  for (std::size_t at = 0; at + sizeof(float) <= document.bytes.size(); at += sizeof(float)) {
    float one = 0;
    std::memcpy(&one, document.bytes.data() + at, sizeof(float));
    floats.push_back(one);
  }
  out.as_object()["floats"] = std::move(floats);
  return out;
}

Result<json::value> run(const path& folder, const json::value& rules) {
  const auto* config = chela::find(rules, "config");
  CHELA_TRY(const auto probe,
            ProviderProbe::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR,
                                config == nullptr ? json::value(json::object()) : *config));
  const std::string operation = chela::get_string(rules, "operation");
  const chela::WireReply reply{static_cast<int>(chela::get_int(rules, "status", 200)),
                               chela::internal::parse_headers(rules), reply_body(folder)};
  if (operation.ends_with("encode")) {
    return wire_document(*probe, operation,
                         chela::testing::read_json_file(folder / "request.json", json::object()));
  }
  if (operation == "decode") return last_of(*probe, reply);
  if (operation == "embed_decode")
    return embeddings(*probe, reply, static_cast<std::size_t>(chela::get_int(rules, "count")));
  CHELA_TRY(const std::string text, probe->reply(operation, reply));
  return chela::parse_json(text);
}

TEST(GooglePlugin, Fixtures) {
  int cases = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(path(CHELA_PLUGIN_DIR) / "fixtures")) {
    SCOPED_TRACE(entry.path().filename().string());
    ++cases;
    const auto rules = chela::testing::read_json_file(entry.path() / "case.json", json::object());
    const auto expected =
        chela::testing::read_json_file(entry.path() / "expected.json", json::object());
    ASSERT_FALSE(expected.as_object().empty()) << "expected.json is missing or empty";
    const auto found = run(entry.path(), rules);
    const auto* fails = chela::find(expected, "fails");
    if (fails == nullptr) {
      ASSERT_TRUE(found.has_value()) << found.error().message;
      chela::testing::expect_contains(*found, expected, "");
      continue;
    }
    ASSERT_FALSE(found.has_value()) << json::serialize(*found);
    EXPECT_EQ(to_string(found.error().code), chela::get_string(*fails, "code"));
    EXPECT_NE(found.error().message.find(chela::get_string(*fails, "message_contains")),
              std::string::npos)
        << found.error().message;
  }
  EXPECT_GE(cases, 40);
}

TEST(GooglePlugin, TellsWhatItCanDo) {
  const auto probe = ProviderProbe::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR);
  ASSERT_TRUE(probe.has_value()) << probe.error().message;
  EXPECT_EQ(json::serialize((*probe)->describe().value()),
            R"({"chat":true,"origin":"google","quota":false,"models":true,)"
            R"("embed":{"max_inputs":100,"max_tokens":0}})");
  EXPECT_FALSE((*probe)->request("quota_encode", json::object()).has_value());
}

}  // namespace
}  // namespace provider_google
