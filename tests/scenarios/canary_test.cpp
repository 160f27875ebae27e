// A plugin that has come by a secret which the host knows repeats it, plain and encoded, wherever
// it can leave words behind: afterwards it is found in no file, no task and no output.
#include "story.h"

namespace chela::test {
namespace {

// No pattern takes this for a key: only who knows it can tell.
const std::string kSecret = "harbour \"lamp\" 7/\\north+& ä?=lantern";
constexpr const char* kMark = "[redacted:env_PARROT_KEY]";

std::string as_base64(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0, held = 0;
  for (const char c : text) {
    held = held << 8 | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6) out += kAlphabet[held >> (bits - 6) & 63];
  }
  if (bits > 0) out += kAlphabet[held << (6 - bits) & 63];
  while (out.size() % 4 != 0) out += '=';
  return out;
}

std::string as_percent(std::string_view text) {
  std::string out;
  for (const char c : text) {
    char code[4];
    std::snprintf(code, sizeof code, "%%%02X", static_cast<unsigned char>(c));
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    out += is_plain ? std::string(1, c) : code;
  }
  return out;
}

std::string as_json(const std::string& text) {
  std::string quoted = json::serialize(json::value(json::string(text)));
  return quoted.substr(1, quoted.size() - 2);
}

class Canary : public ::testing::Test {
 protected:
  void SetUp() override {
    desk.without_builtins();
    desk.env["PARROT_KEY"] = kSecret;
    // Nobody asks it: that a manifest names the variable is how the host knows the value.
    spill(desk.manifest("providers", "one"),
          "id: one\nplugin: provider.openai\nisolation: host\n"
          "allow:\n  http: [\"http://127.0.0.1:9/v1\"]\nsecrets:\n  api_key: env:PARROT_KEY\n"
          "config:\n  base_url: \"http://127.0.0.1:9/v1\"\n");
    fs::copy_file(CHELA_PARROT, desk.chela_home() / "plugins/check.parrot.so");
    spill(words(), kSecret + "\n" + as_json(kSecret) + "\n" + as_percent(kSecret) + "\n" +
                       as_base64(kSecret) + "\n" + as_base64("x" + kSecret + "yz") + "\n");
  }
  fs::path words() const { return desk.root() / "words"; }

  void add_parrot(const std::string& where) {
    spill(desk.manifest("checks", where),
          "id: " + where +
              "\nplugin: check.parrot\nevery: 1h\nalerts: {flapping: false, failures: 1}\n"
              "allow:\n  read: [\"" +
              words().string() + "\"]\nconfig: {file: \"" + words().string() +
              "\", where: " + where + "}\n");
  }

  // Not even parts of it: the host cuts what is long.
  void expect_no_secret(const std::vector<Outcome>& outcomes) {
    const std::string base64 = as_base64(kSecret);
    const std::string shifted = as_base64("x" + kSecret + "yz");
    const std::vector<std::string> parts{"harbour",
                                         "lantern",
                                         "north",
                                         base64.substr(0, 10),
                                         base64.substr(base64.size() - 14, 10),
                                         shifted.substr(2, 10),
                                         shifted.substr(shifted.size() - 16, 10)};
    for (const auto& part : parts) {
      SCOPED_TRACE(part);
      for (const auto& outcome : outcomes) {
        EXPECT_EQ(outcome.out.find(part), std::string::npos) << outcome.out;
        EXPECT_EQ(outcome.err.find(part), std::string::npos) << outcome.err;
      }
      for (const auto& entry : fs::recursive_directory_iterator(desk.root())) {
        if (!entry.is_regular_file() || entry.path() == words()) continue;
        EXPECT_EQ(slurp(entry.path()).find(part), std::string::npos) << entry.path();
      }
    }
  }

  std::vector<Outcome> everything_shown() {
    std::vector<Outcome> shown;
    for (const auto& words : std::vector<std::vector<std::string>>{{"tick", "--all"},
                                                                   {"tick", "--all"},
                                                                   {"tick", "--all", "--json"},
                                                                   {"status"},
                                                                   {"status", "--json"},
                                                                   {"alert", "list"},
                                                                   {"task", "list"},
                                                                   {"task", "list", "--json"},
                                                                   {"doctor"},
                                                                   {"logs"}})
      shown.push_back(desk.chela(words));
    return shown;
  }

  std::string log() const { return slurp(desk.chela_home() / "state/logs/chela.log"); }
  std::string tasks() const { return slurp(desk.workspace() / "TASKS.md"); }
  Desk desk;
};

TEST_F(Canary, IsNowhereWhenAPluginRepeatsIt) {
  for (const char* where : {"report", "stderr", "log", "error", "state"}) {
    SCOPED_TRACE(where);
    add_parrot(where);
    const auto shown = everything_shown();
    EXPECT_NE(shown[0].out.find(where == std::string("report") ? kMark : ""), std::string::npos)
        << shown[0].out << shown[0].err;
    expect_no_secret(shown);
    fs::remove(desk.manifest("checks", where));
  }
  // It did say all that.
  EXPECT_NE(tasks().find(std::string("saw ") + kMark), std::string::npos) << tasks();
  for (const char* id : {"stderr", "log"})
    EXPECT_NE(log().find(std::string("plugin.log id=") + id + " text=\""), std::string::npos)
        << log();
  EXPECT_NE(log().find(std::string("it says ") + kMark), std::string::npos) << log();
}

TEST_F(Canary, IsNotInWhatACrashedPluginPrintedLast) {
  add_parrot("crash");
  const auto shown = everything_shown();
  EXPECT_NE(log().find("it printed: ...."), std::string::npos) << log();
  expect_no_secret(shown);
}

TEST_F(Canary, IsTakenOutOfATaskThatAPersonWrites) {
  std::vector<Outcome> shown;
  shown.push_back(desk.chela({"task", "add", "rotate " + kSecret + " today"}));
  EXPECT_EQ(shown.back().exit_code, 0) << shown.back().err;
  EXPECT_NE(tasks().find(std::string("rotate ") + kMark + " today"), std::string::npos) << tasks();
  expect_no_secret(shown);
}

TEST_F(Canary, IsKnownFromOpenClawsFilesAsWell) {
  desk.env.erase("PARROT_KEY");
  fs::remove(desk.manifest("providers", "one"));
  fs::create_directories(desk.root() / "openclaw");
  const struct {
    const char* name;
    std::string file;
    std::string dot_env;
    const char* mark;
  } cases[] = {
      {"plain text",
       "{channels: {some: {botToken: " + json::serialize(json::string(kSecret)) + "}}}", "",
       "[redacted:openclaw.json_channels.some.botToken]"},
      {"a variable of its .env", "{channels: {some: {botToken: \"${BOT_TOKEN}\"}}}",
       "BOT_TOKEN='" + kSecret + "'\n", "[redacted:env_BOT_TOKEN]"},
  };
  add_parrot("report");
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto folder = desk.root() / "openclaw";
    spill(folder / "openclaw.json", c.file);
    spill(folder / ".env", c.dot_env);
    const auto outcome =
        desk.chela({"tick", "--all", "--openclaw", (folder / "openclaw.json").string()});
    fs::remove_all(folder);
    EXPECT_NE((outcome.out + tasks()).find(c.mark), std::string::npos)
        << outcome.out << outcome.err;
    expect_no_secret({outcome});
  }
}

}  // namespace
}  // namespace chela::test
