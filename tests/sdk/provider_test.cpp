// What the base class of providers promises to the host, and that its documents fit their schemas.
#define CHELA_PLUGIN_ID "provider.echo"
#define CHELA_PLUGIN_VERSION "0.0.1"
#define CHELA_PLUGIN_ABI_MINOR_NEEDED 0
#include "chela/provider.h"

#include <gtest/gtest.h>

#include "chela/testing/opened_plugin.h"
#include "config/schema.h"

namespace chela {
namespace {

using namespace std::chrono_literals;

// A service whose reply is one line: its text up to a '.', which is its end.
struct EchoDecoder : ChatDecoder {
  void feed(std::string_view bytes, ChatEvents& events) override {
    events.start("m1", "echo");
    const std::size_t end = bytes.find('.');
    events.text(0, bytes.substr(0, end));
    if (end != std::string_view::npos) events.end(StopReason::end);
  }
  void close(ChatEvents&) override {}
};

struct Echo : Provider {
  ProviderTraits traits() const override {
    return {.has_embeddings = true, .embed_max_inputs = 2, .has_quota = true, .has_models = true};
  }
  std::string origin() const override { return "echo"; }
  Result<WireRequest> encode(const ChatRequest& request) override {
    if (!request.tools.empty()) return fail(ErrorCode::invalid_argument, "no tools here");
    return WireRequest{"POST",
                       "https://echo.example/chat",
                       {{"authorization", "{{secret:api_key}}"}},
                       "two\nlines"};
  }
  Result<std::unique_ptr<ChatDecoder>> open(const WireReply&) override {
    return std::make_unique<EchoDecoder>();
  }
  ProviderError explain(const WireReply& reply) override {
    return {ProviderCode::rate_limited, ProviderScope::key, 20s, reply.body};
  }
  std::vector<RateLimit> limits(const WireReply&) override { return {{"requests", 60, 59, 1s}}; }
  Result<WireRequest> embed_encode(const EmbedRequest&) override { return WireRequest{}; }
  Result<EmbedReply> embed_decode(const WireReply& reply) override {
    EmbedReply out;
    for (const char c : reply.body)
      out.vectors.push_back(std::vector<float>(static_cast<std::size_t>(c - '0'), 0.5f));
    return out;
  }
  Result<std::vector<QuotaWindow>> quota_decode(const WireReply&) override {
    return std::vector<QuotaWindow>{{"week", 41.0, {}, 100.0, "requests", "2026-12-01T00:00:00Z"},
                                    {"5h", {}, {}, {}, "", ""}};
  }
  Result<std::vector<std::string>> models_decode(const WireReply&) override {
    return std::vector<std::string>{"a", "b"};
  }
};
CHELA_PROVIDER(Echo)

class ProviderDoor : public ::testing::Test {
 protected:
  Result<std::string> call(const std::string& op, const std::string& text) {
    const auto function =
        internal::find_operation(CHELA_KIND_PROVIDER, &chela_provider_ops_.base, op);
    if (function == nullptr) return fail(ErrorCode::unimplemented, op);
    failure = "";
    chela_call_ = {};
    chela_call_.struct_size = sizeof(chela_call);
    chela_call_.fail = [](const chela_call*, chela_status status, chela_str message) {
      failure = std::string(internal::view(message));
      return status;
    };
    internal::StringSink reply;
    const auto status = function(reinterpret_cast<chela_instance*>(&echo), &chela_call_,
                                 internal::str(text), &reply);
    CHELA_TRY(internal::check_status(status, failure));
    return reply.text;
  }
  // The document of an answer, held against its schema.
  json::value answer(const std::string& op, const std::string& text, const std::string& schema) {
    const auto reply = call(op, text);
    EXPECT_TRUE(reply) << op << ": " << (reply ? "" : reply.error().message);
    if (!reply) return {};
    const auto document = parse_document(*reply);
    EXPECT_TRUE(document);
    const auto rules = parse_json(testing::read_whole_file(
        CHELA_SOURCE_DIR "/sdk/schema/chela.provider." + schema + ".schema.json"));
    const auto checked = config::apply_schema(rules.value(), document->head);
    EXPECT_TRUE(checked) << op << ": " << (checked ? "" : config::describe(checked.error().front()))
                         << " in " << *reply;
    bytes = std::string(document->bytes);
    return document->head;
  }
  Echo echo;
  std::string bytes;
  static inline std::string failure;
  chela_call chela_call_{};
};

TEST_F(ProviderDoor, WritesDocumentsThatFitTheirSchemas) {
  answer("describe", "{}", "describe.reply");
  answer("encode", R"({"model":"m","messages":[{"role":"user","content":"hi"}]})", "wire_request");
  EXPECT_EQ(bytes, "two\nlines");
  const auto explained =
      answer("explain", "{\"status\":429,\"headers\":[]}\nslow\ndown", "explain.reply");
  EXPECT_EQ(get_string(explained.at("error"), "message"), "slow\ndown");
  answer("quota_decode", R"({"status":200,"headers":[]})", "quota_decode.reply");
  answer("models_decode", R"({"status":200,"headers":[]})", "models_decode.reply");
  const auto vectors = answer("embed_decode", "{\"status\":200,\"headers\":[],\"count\":2}\n33",
                              "embed_decode.reply");
  EXPECT_EQ(get_int(vectors, "dimensions"), 3);
  EXPECT_EQ(bytes.size(), 2 * 3 * sizeof(float));
}

TEST_F(ProviderDoor, ReadsSeveralRepliesSideBySide) {
  const auto first =
      get_int(answer("open", R"({"status":200,"headers":[]})", "open.reply"), "decoder");
  const auto second =
      get_int(answer("open", R"({"status":200,"headers":[]})", "open.reply"), "decoder");
  EXPECT_NE(first, second);
  const auto feed = [&](std::int64_t id, const std::string& text) {
    return answer("feed", "{\"decoder\":" + std::to_string(id) + "}\n" + text, "events")
        .at("events")
        .as_array();
  };
  EXPECT_EQ(feed(first, "a").size(), 2u);
  EXPECT_EQ(feed(second, "b.").size(), 3u);
  EXPECT_TRUE(feed(second, "late").empty());
  const auto close = [&](std::int64_t id) {
    return answer("close", "{\"decoder\":" + std::to_string(id) + ",\"complete\":true}", "events")
        .at("events")
        .as_array();
  };
  EXPECT_TRUE(close(second).empty());
  const auto events = close(first);
  ASSERT_EQ(events.size(), 1u) << "it never came to its end";
  EXPECT_EQ(get_string(events[0].at("error"), "code"), "cut");
  EXPECT_EQ(call("close", "{\"decoder\":" + std::to_string(first) + "}").error().code,
            ErrorCode::not_found);
}

TEST_F(ProviderDoor, RefusesWhatCannotBe) {
  EXPECT_EQ(call("encode", R"({"model":"m","messages":[]})").error().code,
            ErrorCode::invalid_argument);
  EXPECT_EQ(
      call("encode",
           R"({"model":"m","messages":[{"role":"user","content":"hi"}],"tools":[{"name":"t"}]})")
          .error()
          .message,
      "no tools here");
  EXPECT_EQ(call("embed_decode", "{\"status\":200,\"headers\":[],\"count\":3}\n33").error().code,
            ErrorCode::data_loss)
      << "two vectors for three texts";
  EXPECT_EQ(call("embed_decode", "{\"status\":200,\"headers\":[],\"count\":2}\n34").error().code,
            ErrorCode::data_loss)
      << "of two lengths";
  EXPECT_EQ(call("quota_encode", "{}").error().code, ErrorCode::unimplemented);
  EXPECT_EQ(call("feed", "no json\n").error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace chela
