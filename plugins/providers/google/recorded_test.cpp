// Recorded answers of the real service, which are not part of the project: their folder is named by
// CHELA_RECORDED (index.json names file, url and status of each).
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "chela/testing/fixtures.h"
#include "reply_checks.h"

namespace provider_google {
namespace {

namespace json = chela::json;
using chela::testing::ProviderProbe;

struct Counts {
  int decoded = 0;
  int events = 0;
  int calls = 0;
  int signatures = 0;
  int embedded = 0;
  int errors = 0;
  int others = 0;  // of the same service, but of calls that chela does not make
};

// `.chunks.txt` holds one object a line, without the framing of the stream.
std::string body_of(const std::string& file, const std::string& name) {
  const std::string bytes = chela::testing::read_whole_file(file);
  if (name.find(".chunks.txt") == std::string::npos) return bytes;
  std::istringstream lines(bytes);
  std::string out;
  for (std::string line; std::getline(lines, line);) out += "data: " + line + "\r\n\r\n";
  return out;
}

void check_chat(ProviderProbe& probe, const chela::WireReply& reply, Counts& counts) {
  const json::array events = expect_any_cut(probe, reply);
  const json::value last = chela::testing::last_event(events);
  ASSERT_EQ(chela::get_string(last, "type"), "end") << json::serialize(last);
  ++counts.decoded;
  counts.events += static_cast<int>(events.size());
  EXPECT_GT(chela::get_int(last.at("usage"), "output_tokens"), 0);
  for (const auto& part : last.at("message").at("content").as_array()) {
    counts.signatures += chela::find(part, "signature") != nullptr ? 1 : 0;
    EXPECT_EQ(chela::find(part, "invalid_arguments"), nullptr);
    if (chela::get_string(part, "type") != "tool_call") continue;
    ++counts.calls;
    EXPECT_EQ(chela::get_string(last, "stop"), "tool_calls");
  }
  expect_no_short_answer(probe, reply);
}

void check_embeddings(ProviderProbe& probe, const chela::WireReply& reply, Counts& counts) {
  const auto body = chela::parse_json(reply.body);
  const std::size_t count = body->at("embeddings").as_array().size();
  const auto text = probe.reply("embed_decode", reply, count);
  ASSERT_TRUE(text.has_value()) << text.error().message;
  const auto document = chela::parse_document(*text);
  const auto dimensions = body->at("embeddings").at(0).at("values").as_array().size();
  EXPECT_EQ(chela::get_int(document->head, "dimensions"), static_cast<std::int64_t>(dimensions));
  EXPECT_EQ(document->bytes.size(), count * dimensions * sizeof(float));
  ++counts.embedded;
}

TEST(GoogleRecorded, AllAnswersAreRead) {
  const char* folder = std::getenv("CHELA_RECORDED");
  if (folder == nullptr)
    GTEST_SKIP() << "CHELA_RECORDED names no folder: no real answer of the service was read";
  const std::string dir = folder;
  const auto index = chela::parse_json(chela::testing::read_whole_file(dir + "/index.json"));
  ASSERT_TRUE(index.has_value() && index->is_array()) << dir << "/index.json";
  auto probe = ProviderProbe::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR);
  ASSERT_TRUE(probe.has_value()) << probe.error().message;
  Counts counts;
  for (const auto& entry : index->as_array()) {
    const std::string name = chela::get_string(entry, "file");
    const std::string url = chela::get_string(entry, "url");
    const auto has = [&](const char* what) { return url.find(what) != std::string::npos; };
    const bool is_chunk = name.starts_with("vercel-google-");
    if (!has("generativelanguage.googleapis.com") && !is_chunk) continue;
    SCOPED_TRACE(name);
    const chela::WireReply reply{static_cast<int>(chela::get_int(entry, "status", 200)),
                                 {},
                                 body_of(dir + "/" + name, name)};
    if (reply.status >= 400) {
      const auto error = (*probe)->explain(reply);
      ASSERT_TRUE(error.has_value()) << error.error().message;
      EXPECT_EQ(to_string(error->code), "model_not_found") << "all that are recorded are";
      ++counts.errors;
    } else if (is_chunk || has("enerateContent")) {
      check_chat(**probe, reply, counts);
    } else if (has(":batchEmbedContents")) {
      check_embeddings(**probe, reply, counts);
    } else {
      ++counts.others;
    }
  }
  std::printf(
      "%d chats (%d events, %d calls, %d signatures), %d embeddings, %d errors, %d others\n",
      counts.decoded, counts.events, counts.calls, counts.signatures, counts.embedded,
      counts.errors, counts.others);
  EXPECT_GT(counts.decoded, 0);
}

}  // namespace
}  // namespace provider_google
