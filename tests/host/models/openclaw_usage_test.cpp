#include "models/openclaw_usage.h"

#include <gtest/gtest.h>

namespace chela::models {
namespace {

Timestamp at(const char* text) {
  return *base::parse_utc(text);
}

class OpenClawTranscripts : public ::testing::Test {
 protected:
  OpenClawTranscripts() {
    Model known;
    known.ref = "acme/priced";
    known.provider = "acme";
    known.wire_id = "priced";
    known.is_known = true;
    Prices prices;
    prices.input = *parse_usd("2");
    prices.output = *parse_usd("10");
    prices.cache_read = *parse_usd("1");
    prices.cache_write_5m = *parse_usd("4");
    known.prices = prices;
    catalog_.put(known);
  }

  static std::string user(const std::string& text) {
    return json::serialize(json::object{
        {"type", "message"},
        {"message", {{"role", "user"}, {"content", {{{"type", "text"}, {"text", text}}}}}}});
  }
  // A reply of 100 tokens in, 10 out; `cost` < 0 leaves the cost out.
  std::string reply(const std::string& text, double cost, const std::string& model = "priced",
                    const std::string& time = "2026-11-25T10:00:00.000Z") {
    json::object usage{
        {"input", 100}, {"output", 10}, {"cacheRead", 0}, {"cacheWrite", 0}, {"totalTokens", 110}};
    if (cost >= 0) usage["cost"] = {{"input", 0}, {"total", cost}};
    return json::serialize(json::object{{"type", "message"},
                                        {"id", "e" + std::to_string(++count_)},
                                        {"timestamp", time},
                                        {"message",
                                         {{"role", "assistant"},
                                          {"provider", "acme"},
                                          {"model", model},
                                          {"stopReason", "stop"},
                                          {"content", {{{"type", "text"}, {"text", text}}}},
                                          {"usage", usage}}}});
  }
  static std::string tool_call(const std::string& name, const json::value& arguments) {
    return json::serialize(json::object{
        {"type", "message"},
        {"id", "t" + name},
        {"timestamp", "2026-11-25T09:59:00.000Z"},
        {"message",
         {{"role", "assistant"},
          {"provider", "acme"},
          {"model", "priced"},
          {"content", {{{"type", "toolCall"}, {"name", name}, {"arguments", arguments}}}},
          {"usage", {{"input", 50}, {"output", 5}, {"cost", {{"total", 0.5}}}}}}}});
  }
  OpenClawReport read(const std::string& key, const std::vector<std::string>& lines) {
    OpenClawUsage usage(catalog_, at("2026-11-20T00:00:00Z"), at("2026-11-27T00:00:00Z"),
                        {"Look around.\nThen say so."});
    usage.begin({"main", "0123456789abcdef", key});
    for (const auto& line : lines) usage.line(line);
    usage.end();
    return usage.report();
  }

  Catalog catalog_;
  int count_ = 0;
};

constexpr const char* kPrompt =
    "Read HEARTBEAT.md if it exists (workspace context). Follow it strictly.";

TEST_F(OpenClawTranscripts, TellHeartbeatsCronAndSessionsApart) {
  const struct {
    const char* name;
    const char* key;
    std::string asked;
    std::string answer;
    WorkKind kind;
  } cases[] = {
      {"2026.2 asks and nothing is new", "agent:main:main", kPrompt, "HEARTBEAT_OK",
       WorkKind::quiet_heartbeat},
      {"behind lines of the system", "agent:main:main",
       std::string("System: [2026-11-25] node joined\n\n") + kPrompt, "**HEARTBEAT_OK**",
       WorkKind::quiet_heartbeat},
      {"it has something to say", "agent:main:main", kPrompt,
       "Your disk is full. " + std::string(400, 'x'), WorkKind::heartbeat},
      {"2026.9 asks in its own words", "agent:main:main", "[OpenClaw heartbeat poll]", "NO_REPLY",
       WorkKind::quiet_heartbeat},
      {"2026.9 sends the prompt", "agent:main:main",
       "Follow the heartbeat monitor scratch context when provided. ...", "NO_REPLY",
       WorkKind::quiet_heartbeat},
      {"a prompt from openclaw.json", "agent:main:main",
       "Look around.\nThen say so.\nCurrent time: noon", "Nothing.", WorkKind::heartbeat},
      {"a prompt that nobody knows, told by its answer", "agent:main:main", "Anything new?",
       "HEARTBEAT_OK", WorkKind::quiet_heartbeat},
      {"a session that only beats", "agent:main:main:heartbeat", "go", "done", WorkKind::heartbeat},
      {"silence after a person's words is no heartbeat", "agent:main:main", "thanks", "NO_REPLY",
       WorkKind::session},
      {"a person asks about it", "agent:main:main", "What does HEARTBEAT_OK mean?",
       "It is what an agent says.", WorkKind::session},
      {"a cron job by its key", "agent:main:cron:j1:run:u1", "Write the report.", "Done.",
       WorkKind::cron},
      {"a cron job that says the token stays one", "agent:main:cron:j1", "Check.", "HEARTBEAT_OK",
       WorkKind::cron},
      {"a cron job by its text", "", "[cron:j2 Morning brief] Write.", "Done.", WorkKind::cron},
      {"a cron wake of 2026.9", "agent:main:main", "[OpenClaw cron wake]", "Done.", WorkKind::cron},
      {"a heartbeat that is a cron job", "agent:main:cron:heartbeat:main", "go", "NO_REPLY",
       WorkKind::quiet_heartbeat},
      {"a subagent", "agent:main:subagent:u1", "Search.", "Found.", WorkKind::subagent},
      {"an agent called heartbeat", "agent:heartbeat:main", "Hello", "Hi.", WorkKind::session},
      {"a person", "agent:main:telegram:direct:1", "Hello", "Hi.", WorkKind::session},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto report = read(c.key, {user(c.asked), reply(c.answer, 0.25)});
    ASSERT_EQ(report.by_kind.size(), 1u);
    EXPECT_STREQ(to_string(report.by_kind.begin()->first), to_string(c.kind));
    EXPECT_EQ(report.total().turns, 1);
    EXPECT_EQ(report.total().recorded, *parse_usd("0.25"));
  }
}

TEST_F(OpenClawTranscripts, CountAWholeTurnTogetherAndByItsLastWord) {
  const auto quiet = read("agent:main:main", {user(kPrompt), tool_call("read", {{"path", "a"}}),
                                              reply("HEARTBEAT_OK", 0.25)});
  EXPECT_EQ(quiet.by_kind.at(WorkKind::quiet_heartbeat).calls, 2);
  EXPECT_EQ(quiet.by_kind.at(WorkKind::quiet_heartbeat).recorded, *parse_usd("0.75"));

  const auto cut = read("agent:main:main", {user(kPrompt), tool_call("read", {{"path", "a"}})});
  EXPECT_EQ(cut.by_kind.count(WorkKind::heartbeat), 1u) << "it was at work when it ended";

  const auto tool = read("agent:main:main", {user("[OpenClaw heartbeat poll]"),
                                             tool_call("heartbeat_respond", {{"notify", false}})});
  EXPECT_EQ(tool.by_kind.count(WorkKind::quiet_heartbeat), 1u);
  const auto told = read("agent:main:main", {user("[OpenClaw heartbeat poll]"),
                                             tool_call("heartbeat_respond", {{"notify", true}})});
  EXPECT_EQ(told.by_kind.count(WorkKind::heartbeat), 1u);
}

TEST_F(OpenClawTranscripts, MarkWhatIsEstimatedAndWhatNobodyKnows) {
  const auto report = read("agent:main:main", {user("a"), reply("b", 0.25), reply("c", 0),
                                               reply("d", -1), reply("e", 0, "unheard-of")});
  const auto total = report.total();
  EXPECT_EQ(total.recorded, *parse_usd("0.25"));
  EXPECT_EQ(total.estimated, *parse_usd("0.0006")) << "twice 100 in at 2 and 10 out at 10";
  EXPECT_EQ(total.estimated_calls, 2);
  EXPECT_EQ(total.unpriced_calls, 1) << "zero is not free";
  EXPECT_EQ(report.by_model.at("acme/unheard-of").calls, 1);
  EXPECT_EQ(report.by_model.at("acme/priced").turns, 1);
}

TEST_F(OpenClawTranscripts, CountEachCallOnceAndOnlyInItsTime) {
  const std::string call = reply("b", 0.25);
  const auto report = read(
      "agent:main:main", {user("a"), call, call, reply("c", 0.25, "priced", "2026-11-19T23:59:59Z"),
                          reply("d", 0.25, "priced", "2026-11-27T00:00:00Z")});
  EXPECT_EQ(report.total().calls, 1);
  EXPECT_EQ(report.repeated_calls, 1) << "a fork copies entries";
}

TEST_F(OpenClawTranscripts, PassOverWhatTheyCannotRead) {
  OpenClawUsage usage(catalog_, at("2026-11-20T00:00:00Z"), at("2026-11-27T00:00:00Z"), {});
  usage.begin({"main", "s", "agent:main:main"});
  for (const char* line :
       {"", "{}", "[]", "null", R"({"type":"session","id":"s"})", R"({"message":5,"x":"usage"})",
        R"({"message":{"role":"assistant","usage":7}})",
        R"({"message":{"role":"assistant","usage":{"input":-5,"output":1e300}}})",
        R"({"message":{"role":"assistant","usage":{"input":"many"},"timestamp":-1}})",
        R"({"message":{"role":"user","content":{"a":1}}})"})
    usage.line(line);
  EXPECT_EQ(usage.report().unreadable_lines, 2) << "an entry is an object";
  usage.line("\x01\xff garbage");
  usage.line(R"({"message":{"role":"assistant","usage":{"inp)");
  EXPECT_EQ(usage.report().unreadable_lines, 4);
  usage.unfinished_line(R"({"message":{"role":"assistant","usage":{"inp)");
  EXPECT_EQ(usage.report().unreadable_lines, 4) << "somebody may be writing it";
  usage.end();
  EXPECT_EQ(usage.report().total().calls, 0);
}

TEST_F(OpenClawTranscripts, GiveAnAnswerToALongMessageToWhoSentIt) {
  OpenClawUsage usage(catalog_, at("2026-11-20T00:00:00Z"), at("2026-11-27T00:00:00Z"), {});
  usage.begin({"main", "s", "agent:main:main"});
  usage.line(user(kPrompt));
  usage.line(reply("HEARTBEAT_OK", 0.25));
  usage.long_line(R"({"type": "message", "message": {"role": "user", "content": [{"type": "im)");
  usage.long_line(R"({"type":"message","message":{"role":"toolResult","content":"\"user\"")");
  usage.line(reply("A fine cat.", 0.5));
  usage.end();
  EXPECT_EQ(usage.report().by_kind.at(WorkKind::session).recorded, *parse_usd("0.5"));
  EXPECT_EQ(usage.report().long_lines, 2);
}

TEST_F(OpenClawTranscripts, SumRunsOfOneCronJobUnderOneName) {
  OpenClawUsage usage(catalog_, at("2026-11-20T00:00:00Z"), at("2026-11-27T00:00:00Z"), {});
  for (const char* key : {"agent:main:cron:j1:run:u1", "agent:main:cron:j1:run:u2", ""}) {
    usage.begin({"main", "0123456789", key});
    usage.line(user("[cron:j1 Brief] Write."));
    usage.line(reply("Done.", 1));
  }
  usage.begin({"main", "0123456789", ""});
  usage.line(user("Hello"));
  usage.line(reply("Hi.", 1));
  usage.end();
  const auto& sessions = usage.report().by_session;
  ASSERT_EQ(sessions.size(), 2u);
  EXPECT_EQ(sessions.at("agent:main:cron:j1").sum.calls, 3);
  EXPECT_EQ(sessions.at("agent:main:(01234567)").sum.calls, 1);
}

TEST(Acknowledgement, IsATokenWithLittleBesideIt) {
  const struct {
    const char* name;
    std::string reply;
    bool is_one;
  } cases[] = {
      {"alone", "HEARTBEAT_OK", true},
      {"new word", "NO_REPLY", true},
      {"in bold", " **HEARTBEAT_OK**\n", true},
      {"a word behind it", "HEARTBEAT_OK all is well", true},
      {"at the end", "All is well. HEARTBEAT_OK.", true},
      {"a long story behind it", "HEARTBEAT_OK " + std::string(301, 'x'), false},
      {"in the middle", "I said HEARTBEAT_OK before", false},
      {"part of a word", "MY_HEARTBEAT_OKAY_FLAG", false},
      {"nothing", "", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(is_acknowledgement(c.reply), c.is_one);
  }
}

}  // namespace
}  // namespace chela::models
