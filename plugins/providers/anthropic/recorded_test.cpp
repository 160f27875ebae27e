// Answers that were recorded from the real service, where somebody has them: the folder that
// CHELA_RECORDED names, with index.json = [{"file","url","status","headers",..}]. Without it
// nothing is tested here, and the test says so.
#include <cstdlib>
#include <iostream>

#include "anthropic_fixtures.h"

namespace chela::testing {
namespace {

struct Recording {
  std::string file{};
  std::string url{};
  WireReply reply{};
};

// Lines of JSON without `data:` become a stream again.
std::string framed(const std::string& lines) {
  std::string body;
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', at), lines.size());
    const std::string line = lines.substr(at, end - at);
    if (!line.empty()) body += "data: " + line + "\n\n";
    at = end + 1;
  }
  return body;
}

// Some files hold the replies of several turns, one after the other.
std::string first_reply(const std::string& body) {
  const std::size_t stop = body.find("\"type\":\"message_stop\"");
  if (stop == std::string::npos) return body;
  return body.substr(0, std::min(body.find("\n\n", stop), body.size() - 2) + 2);
}

// Of Messages APIs only: what was recorded there, and the files that others keep of it.
std::vector<Recording> recordings(const std::string& folder) {
  std::vector<Recording> found;
  const json::value index = read_json_file(folder + "/index.json");
  for (const auto& one : index.as_array()) {
    Recording recording{get_string(one, "file"), get_string(one, "url"), {}};
    const bool is_api = recording.url.starts_with("https://api.anthropic.com/");
    const bool is_kept =
        recording.url.empty() && (recording.file.starts_with("vercel-anthropic-") ||
                                  recording.file.starts_with("anthropic-sdk-"));
    if (!is_api && !is_kept) continue;
    recording.reply.status = static_cast<int>(get_int(one, "status"));
    for (const auto& [name, value] : one.at("headers").as_object())
      recording.reply.headers.emplace_back(std::string(name), std::string(value.as_string()));
    recording.reply.body = read_whole_file(folder + "/" + recording.file);
    if (recording.file.find(".chunks.txt") != std::string::npos)
      recording.reply.body = first_reply(framed(recording.reply.body));
    found.push_back(std::move(recording));
  }
  return found;
}

// How each of them ends, where that is not "end".
std::string expected_ending(const std::string& file) {
  return file.find("refusal") == std::string::npos ? "" : "refusal";
}

TEST(Recorded, AnswersDecode) {
  const char* folder = std::getenv("CHELA_RECORDED");
  if (folder == nullptr) {
    std::cerr << "NOT TESTED: CHELA_RECORDED names no folder of recorded answers\n";
    GTEST_SKIP();
  }
  auto probe = ProviderProbe::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR).value();
  int decoded = 0, refused = 0, counted = 0, with_limits = 0;
  std::size_t bytes = 0;
  for (const Recording& recording : recordings(folder)) {
    SCOPED_TRACE(recording.file);
    const WireReply& reply = recording.reply;
    if (reply.status != 200) {
      const auto error = probe->explain(reply);
      ASSERT_TRUE(error);
      EXPECT_EQ(to_string(error->code), "model_not_found");
      ++refused;
      continue;
    }
    if (recording.url.find("/count_tokens") != std::string::npos) {
      EXPECT_EQ(error_code_of(probe->decode(reply).value()), "garbage") << "no message";
      ++counted;
      continue;
    }
    const json::array events = expect_same_however_cut(*probe, reply);
    EXPECT_EQ(error_code_of(events), expected_ending(recording.file))
        << json::serialize(last_event(events));
    if (ends_well(events)) {
      const auto message = parse_chat_message(events.back().at("message"), "message");
      ASSERT_TRUE(message) << message.error().message;
      const bool has_content = reply.body.find("text_delta") != std::string::npos ||
                               reply.body.find("\"tool_use\"") != std::string::npos;
      EXPECT_EQ(message->content.empty() && has_content, false) << "nothing is lost";
      EXPECT_GT(parse_usage(events.back().at("usage")).output_tokens, 0);
    }
    expect_end_at_the_last_byte(*probe, reply);
    const std::size_t stride = std::max<std::size_t>(1, reply.body.size() / 300);
    expect_no_beginning_passes(*probe, reply, events, stride);
    bytes += reply.body.size();
    with_limits += !probe->limits(reply).value().empty();
    ++decoded;
  }
  std::cerr << "recorded: " << decoded << " decoded, " << refused << " refusals, " << counted
            << " counts, " << with_limits << " with limits, cut at each of " << bytes << " bytes\n";
  EXPECT_GT(decoded, 0);
}

}  // namespace
}  // namespace chela::testing
