// Real answers of real services, recorded by others and not part of this project: CHELA_RECORDED
// names a folder with an index.json ([{"file","url","status","headers"},..]) and the bodies.
#include <cstdlib>
#include <iostream>

#include "openai_embed.h"
#include "openai_errors.h"
#include "openai_test_support.h"

namespace chela::openai {
namespace {

struct Recording {
  std::string file;
  std::string url;
  WireReply reply;
};

bool has(const std::string& text, std::string_view piece) {
  return text.find(piece) != std::string::npos;
}

// Lines of JSON without framing get the one of a stream.
std::string framed(const std::string& lines) {
  std::string body;
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', at), lines.size());
    if (end > at) body += "data: " + lines.substr(at, end - at) + "\n\n";
    at = end + 1;
  }
  return body + "data: [DONE]\n\n";
}

// Replies of Chat Completions and embeddings; the house of OpenAI has more APIs than these.
std::vector<Recording> recordings(const std::string& folder) {
  std::vector<Recording> found;
  const auto index = parse_json(testing::read_whole_file(folder + "/index.json"));
  EXPECT_TRUE(index.has_value() && index->is_array());
  if (!index || !index->is_array()) return found;
  for (const auto& entry : index->get_array()) {
    Recording one{get_string(entry, "file"), get_string(entry, "url"), {}};
    const bool is_bare = has(one.file, "vercel-openai-compatible-") ||
                         has(one.file, "azure-model-router") ||
                         has(one.file, "reasoning-model-temperature-error");
    const bool is_ours = (has(one.url, "/chat/completions") || has(one.url, "/embeddings")) &&
                         !has(one.url, "generativelanguage");
    if (!is_bare && !is_ours) continue;
    one.reply.status = static_cast<int>(get_int(entry, "status"));
    if (has(one.file, "temperature-error")) one.reply.status = 400;
    if (const auto* headers = find(entry, "headers"); headers != nullptr && headers->is_object()) {
      for (const auto& [name, value] : headers->get_object()) {
        if (value.is_string())
          one.reply.headers.emplace_back(std::string(name), std::string(value.get_string()));
      }
    }
    one.reply.body = testing::read_whole_file(folder + "/" + one.file);
    EXPECT_FALSE(one.reply.body.empty()) << one.file;
    if (has(one.file, ".chunks.txt")) one.reply.body = framed(one.reply.body);
    found.push_back(std::move(one));
  }
  return found;
}

TEST(OpenAiRecorded, RealAnswersAreUnderstood) {
  const char* folder = std::getenv("CHELA_RECORDED");
  if (folder == nullptr) GTEST_SKIP() << "CHELA_RECORDED names no folder of recorded answers";
  int replies = 0, errors = 0, vectors = 0, cuts = 0;
  for (const auto& recording : recordings(folder)) {
    SCOPED_TRACE(recording.file);
    const bool is_router =
        has(recording.url, "openrouter.ai") || has(recording.file, "tools_streaming_variant");
    const Service service = service_at(is_router                              ? Host::openrouter
                                       : has(recording.url, "api.openai.com") ? Host::official
                                                                              : Host::compatible);
    const WireReply& reply = recording.reply;
    if (reply.status != 200) {
      ++errors;
      const ProviderError error = explain(reply);
      std::cout << recording.file << ": " << to_string(error.code) << " " << to_string(error.scope)
                << ": " << error.message << "\n";
      const ProviderCode wanted = reply.status == 404   ? ProviderCode::model_not_found
                                  : reply.status == 429 ? ProviderCode::rate_limited
                                                        : ProviderCode::bad_request;
      EXPECT_EQ(to_string(error.code), to_string(wanted));
      continue;
    }
    if (has(recording.url, "/embeddings")) {
      ++vectors;
      const auto read = decode_embeddings(service, reply);
      EXPECT_TRUE(read.has_value()) << read.error().message;
      continue;
    }
    ++replies;
    const json::array events = events_of(service, reply.body);
    std::cout << recording.file << ": " << ending(events) << " "
              << json::serialize(*find(events.back(), "usage")) << "\n";
    if (has(recording.file, "stream_error"))
      EXPECT_EQ(ending(events), "error bad_request");
    else
      EXPECT_TRUE(ending(events).starts_with("end ")) << json::serialize(events.back());
    EXPECT_EQ(get_string(events.front(), "type"), "start");
    // Each byte of short ones, some hundred places of long ones.
    const std::size_t step = 1 + reply.body.size() / 3000 * 7;
    cuts += static_cast<int>(2 * (reply.body.size() / step));
    expect_holds_when_cut(service, reply.body, step);
  }
  std::cout << replies << " replies, " << errors << " errors, " << vectors << " with vectors; "
            << cuts << " cuts\n";
  EXPECT_GT(replies, 30);
  EXPECT_GT(errors, 6);
  EXPECT_GT(vectors, 5);
}

}  // namespace
}  // namespace chela::openai
