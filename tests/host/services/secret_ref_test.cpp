// References to secrets: which are read, how they print, and what no message repeats.
#include "services/secret_ref.h"

#include <gtest/gtest.h>

namespace chela::services {
namespace {

constexpr const char* kHome = "/home/me";

TEST(SecretRef, TableOfWhatIsRead) {
  const struct {
    const char* name;
    const char* text;
    SecretSource source;
    std::string target;
    std::string pointer;
    std::string printed;
  } cases[] = {
      {"item and field", "op://V/Item/field", SecretSource::op, "op://V/Item/field", "",
       "op://V/Item/field"},
      {"section", "op://V/Item/sec/field", SecretSource::op, "op://V/Item/sec/field", "",
       "op://V/Item/sec/field"},
      {"blanks in names", "op://My Vault/API Key/credential", SecretSource::op,
       "op://My Vault/API Key/credential", "", "op://My Vault/API Key/credential"},
      {"attribute", "op://V/I/otp?attribute=otp", SecretSource::op, "op://V/I/otp?attribute=otp",
       "", "op://V/I/otp?attribute=otp"},
      {"variable", "env:OPENAI_API_KEY", SecretSource::env, "OPENAI_API_KEY", "",
       "env:OPENAI_API_KEY"},
      {"file", "file:/etc/chela/key", SecretSource::file, "/etc/chela/key", "",
       "file:/etc/chela/key"},
      {"file at home", "file:~/.config/key", SecretSource::file, "/home/me/.config/key", "",
       "file:/home/me/.config/key"},
      {"dotted path", "file:/k.json#providers.0.apiKey", SecretSource::file, "/k.json",
       "/providers/0/apiKey", "file:/k.json#/providers/0/apiKey"},
      {"pointer", "file:/k.json#/a~1b/c", SecretSource::file, "/k.json", "/a~1b/c",
       "file:/k.json#/a~1b/c"},
      {"credential", "cred:openai-key", SecretSource::cred, "openai-key", "", "cred:openai-key"},
      {"program", "exec:/usr/bin/pass show openai", SecretSource::exec, "/usr/bin/pass", "",
       "exec:/usr/bin/pass (2 arguments)"},
      {"program alone", "exec:/opt/key", SecretSource::exec, "/opt/key", "", "exec:/opt/key"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto ref = parse_secret_ref(c.text, kHome);
    ASSERT_TRUE(ref) << ref.error().message;
    EXPECT_EQ(ref->source, c.source);
    EXPECT_EQ(ref->name, c.target);
    EXPECT_EQ(ref->pointer, c.pointer);
    EXPECT_EQ(ref->key, c.text);
    EXPECT_EQ(to_string(*ref), c.printed);
  }
}

TEST(SecretRef, TableOfWhatIsRefused) {
  const struct {
    const char* name;
    std::string text;
    const char* says;
    const char* never;  // a part of the text that no message may hold; "" = nothing secret in it
  } cases[] = {
      {"nothing", "", "op://vault/item/field", ""},
      {"a key", "sk-ant-api03-AbCdEfGhIjKlMnOpQrSt", "file of mode 0600", "api03"},
      {"a key behind a colon", "hunter:AbCdEfGh", "env:NAME", "hunter"},
      {"a slip", "evn:NAME", "did you mean 'env:'", ""},
      {"one slash", "op:/V/I/f", "op://vault/item/field", ""},
      {"no field", "op://V/I", "found 2 parts", ""},
      {"an empty part", "op://V//f", "one of them empty", ""},
      {"a blank part", "op://V/ /f", "one of them empty", ""},
      {"too many parts", "op://V/I/s/f/x", "found 5 parts", ""},
      {"a variable with a dash", "env:sk-abcdefghijkl", "name of a variable", "abcdef"},
      {"a key as a variable", "env:AKIAIOSFODNN7EXAMPLE", "looks like a key", "IOSF"},
      {"a digit first", "env:1A", "name of a variable", ""},
      {"a relative file", "file:key", "absolute path", ""},
      {"another's home", "file:~bob/key", "absolute path", ""},
      {"a folder", "file:/etc/", "folder", ""},
      {"a way up", "file:/etc/../root/key", "without ..", ""},
      {"an empty pointer", "file:/k.json#", "JSON pointer", ""},
      {"a credential's path", "cred:../x", "name of a credential", ""},
      {"a bare program", "exec:pass show x", "absolute path", ""},
      {"an open quote", "exec:/usr/bin/pass 'show", "left open", ""},
      {"a line end", "env:A\nB", "one line", ""},
      {"no UTF-8", "op://V/\xff/f", "UTF-8", ""},
      {"too long", "op://" + std::string(5000, 'x'), "at most 4096", "xxxxx"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto ref = parse_secret_ref(c.text, kHome);
    ASSERT_FALSE(ref);
    EXPECT_EQ(ref.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(ref.error().message.find(c.says), std::string::npos) << ref.error().message;
    const bool is_repeated =
        *c.never != '\0' && ref.error().message.find(c.never) != std::string::npos;
    EXPECT_FALSE(is_repeated) << ref.error().message;
  }
}

TEST(SecretRef, SaysThatTildeNeedsAHome) {
  const auto ref = parse_secret_ref("file:~/key", "");
  ASSERT_FALSE(ref);
  EXPECT_NE(ref.error().message.find("HOME is not set"), std::string::npos);
}

TEST(SecretRef, SplitsArgumentsWithoutAShell) {
  const struct {
    const char* name;
    const char* text;
    std::vector<std::string> argv;
  } cases[] = {
      {"blanks", "exec:/p  a\tb ", {}},
      {"several blanks", "exec:/p  a  b ", {"/p", "a", "b"}},
      {"single quotes", "exec:/p 'a  $HOME' b", {"/p", "a  $HOME", "b"}},
      {"double quotes", "exec:/p \"a \\\" b\"", {"/p", "a \" b"}},
      {"quotes inside a word", "exec:/p a'b c'd", {"/p", "ab cd"}},
      {"an empty word", "exec:/p '' x", {"/p", "", "x"}},
      {"backslash", "exec:/p a\\ b", {"/p", "a b"}},
      {"nothing is expanded", "exec:/p $(id) `id` * ; &", {"/p", "$(id)", "`id`", "*", ";", "&"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto ref = parse_secret_ref(c.text, kHome);
    if (c.argv.empty()) {  // control characters are refused before
      EXPECT_FALSE(ref);
      continue;
    }
    ASSERT_TRUE(ref) << ref.error().message;
    EXPECT_EQ(ref->argv, c.argv);
  }
}

TEST(SecretRef, ArgumentsAreNotPrinted) {
  const auto ref = parse_secret_ref("exec:/usr/bin/vault-read --password hunter2", kHome);
  ASSERT_TRUE(ref);
  EXPECT_EQ(to_string(*ref), "exec:/usr/bin/vault-read (2 arguments)");
}

TEST(SecretRef, TableOfOpenClawsReferences) {
  const char* providers = R"({
    "default": {"source": "env", "allowlist": ["OPENAI_API_KEY"]},
    "keys": {"source": "file", "path": "~/.openclaw/keys.json"},
    "one": {"source": "file", "path": "/run/key", "mode": "singleValue"}})";
  const struct {
    const char* name;
    const char* value;
    const char* printed;  // "" = refused
    const char* says;
  } cases[] = {
      {"env", R"({"source":"env","provider":"default","id":"OPENAI_API_KEY"})",
       "env:OPENAI_API_KEY", ""},
      {"env without a provider", R"({"source":"env","id":"OPENAI_API_KEY"})", "env:OPENAI_API_KEY",
       ""},
      {"env not allowed", R"({"source":"env","provider":"default","id":"OTHER"})", "", "allowlist"},
      {"env of an unknown provider", R"({"source":"env","provider":"x","id":"OTHER"})", "env:OTHER",
       ""},
      {"file", R"({"source":"file","provider":"keys","id":"/a/b"})",
       "file:/home/me/.openclaw/keys.json#/a/b", ""},
      {"file with one value", R"({"source":"file","provider":"one","id":"value"})", "file:/run/key",
       ""},
      {"file without a provider", R"({"source":"file","provider":"x","id":"/a"})", "",
       "secrets.providers"},
      {"1Password's", R"({"source":"exec","provider":"onepassword","id":"op://V/I/f"})",
       "op://V/I/f", ""},
      {"exec", R"({"source":"exec","provider":"vault","id":"a/b"})", "", "resolver protocol"},
      {"store", R"({"source":"store","provider":"s","id":"a"})", "", "keeps that one"},
      {"no id", R"({"source":"env"})", "", "\"id\""},
      {"no object", R"("sk-abc")", "", "\"source\""},
      {"another source", R"({"source":"magic","id":"a"})", "", "env, file or exec"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto ref = secret_ref_of_openclaw(*parse_json(c.value), *parse_json(providers), kHome);
    if (*c.printed != '\0') {
      ASSERT_TRUE(ref) << ref.error().message;
      EXPECT_EQ(to_string(*ref), c.printed);
      continue;
    }
    ASSERT_FALSE(ref);
    EXPECT_NE(ref.error().message.find(c.says), std::string::npos) << ref.error().message;
  }
}

TEST(SecretRef, TableOfWhatLooksLikeAKey) {
  const struct {
    const char* text;
    bool is_key;
  } cases[] = {
      {"OPENAI_API_KEY", false},
      {"AWS_SECRET_ACCESS_KEY_2", false},
      {"MyVeryLongVariableNameWithoutDigits", false},
      {"sk-ant-api03-abc", true},
      {"ghp_0123456789abcdef", true},
      {"a3f1c09e7b2d4586af01", true},
      {"sk-", false},
      {"", false},
  };
  for (const auto& c : cases) EXPECT_EQ(looks_like_a_key(c.text), c.is_key) << c.text;
}

}  // namespace
}  // namespace chela::services
