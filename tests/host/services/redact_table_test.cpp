// What is taken for a secret and what is not, row by row. All values are invented, and put together
// here, so that no scanner takes this file for a leak.
#include <gtest/gtest.h>

#include <set>

#include "services/redact.h"

namespace chela::services {
namespace {

constexpr std::string_view kAny = "aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zC";
constexpr std::string_view kSmall = "a3d6g9j2m5p8r1t4v7x0";
constexpr std::string_view kHex = "0a1b2c3d4e5f6789";
constexpr std::string_view kCapitals = "B3E6H9K2N5Q8S1U4W7Y0C";
constexpr std::string_view kDigits = "7301948265";

// `count` characters out of `from`, beginning where `front` and `count` say.
std::string key(std::string_view front, std::size_t count, std::string_view from = kAny) {
  std::string text(front);
  for (std::size_t i = 0; i < count; ++i) text += from[(i * 7 + count) % from.size()];
  return text;
}

struct Row {
  const char* name;
  std::string before;
  std::string secret;
  std::string after;
  std::string mark;  // what stands for the secret
};

// Shapes that nothing but a secret has: taken out of what a model reads, too.
std::vector<Row> shape_rows() {
  const std::string uuid = "8d3f1c2a-";
  return {
      {"anthropic", "key ", key("sk-ant-api03-", 80), " end", "[redacted:anthropic]"},
      {"anthropic in JSON", R"({"k":")", key("sk-ant-oat01-", 40), R"("})", "[redacted:anthropic]"},
      {"openrouter", "", key("sk-or-v1-", 64, kHex), ",", "[redacted:openrouter]"},
      {"openai project", "'", key("sk-proj-", 60), "'", "[redacted:openai]"},
      {"openai service account", "", key("sk-svcacct-", 60), "", "[redacted:openai]"},
      {"openai admin", "", key("sk-admin-", 60), "\n", "[redacted:openai]"},
      {"kimi", "", key("sk-kimi-", 48), "", "[redacted:kimi]"},
      {"any sk-", "x=", key("sk-", 48), ";", "[redacted:api-key]"},
      {"synthetic", "", key("syn_", 32, kHex), "", "[redacted:synthetic]"},
      {"groq", "", key("gsk_", 52), "", "[redacted:groq]"},
      {"perplexity", "", key("pplx-", 48), "", "[redacted:perplexity]"},
      {"xai", "", key("xai-", 80), "", "[redacted:xai]"},
      {"nvidia", "", key("nvapi-", 64), "", "[redacted:nvidia]"},
      {"hugging face", "", key("hf_", 34), "", "[redacted:huggingface]"},
      {"hugging face, organisation", "", key("api_org_", 34), "", "[redacted:huggingface]"},
      {"replicate", "", key("r8_", 37), "", "[redacted:replicate]"},
      {"fireworks", "", key("fw_", 24), "", "[redacted:fireworks]"},
      {"cerebras", "", key("csk-", 48, kSmall), "", "[redacted:cerebras]"},
      {"elevenlabs", "", key("sk_", 48, kHex), "", "[redacted:elevenlabs]"},
      {"tavily", "", key("tvly-dev-", 32), "", "[redacted:tavily]"},
      {"aws", "id ", key("AKIA", 16, kCapitals), " x", "[redacted:aws]"},
      {"aws, for a session", "", key("ASIA", 16, kCapitals), "", "[redacted:aws]"},
      {"google", "?x=", key("AIza", 35), "&", "[redacted:google]"},
      {"google oauth", "", key("ya29.", 60), "", "[redacted:google]"},
      {"google client", "", key("GOCSPX-", 28), "", "[redacted:google]"},
      {"google refresh", "", key("1//0", 60), "", "[redacted:google]"},
      {"azure storage", "AccountName=a;AccountKey=", key("", 86) + "==", ";E=x",
       "[redacted:azure]"},
      {"azure client", "", key("", 3) + "8Q~" + key("", 34), "", "[redacted:azure]"},
      {"azure devops", "", key("", 76) + "AZDO" + key("", 4), "", "[redacted:azure]"},
      {"github", "", key("ghp_", 36), "", "[redacted:github]"},
      {"github oauth", "", key("gho_", 36), "", "[redacted:github]"},
      {"github installation, new form", "", key("ghs_", 20) + "." + key("", 30) + "-_9", "",
       "[redacted:github]"},
      {"github, fine-grained", "", key("github_pat_", 22) + "_" + key("", 59), "",
       "[redacted:github]"},
      {"gitlab", "", key("glpat-", 20), "", "[redacted:gitlab]"},
      {"gitlab runner", "", key("glrt-", 20), "", "[redacted:gitlab]"},
      {"slack bot", "", key("xoxb-", 12, kDigits) + "-" + key("", 24), "", "[redacted:slack]"},
      {"slack app", "", key("xapp-1-", 60), "", "[redacted:slack]"},
      {"slack hook", "https://hooks.slack.com/services/", key("T", 8) + "/" + key("B", 30), " ",
       "[redacted:slack]"},
      {"discord hook", "https://discord.com/api/webhooks/123456789012345678/", key("", 68), "",
       "[redacted:discord]"},
      {"discord bot", "", "MTA4" + key("", 20) + "." + key("G", 5) + "." + key("", 38), "",
       "[redacted:discord]"},
      {"telegram", "", key("", 10, kDigits) + ":AA" + key("", 33), "", "[redacted:telegram]"},
      {"telegram in an address", "https://api.telegram.org/",
       "bot" + key("", 10, kDigits) + ":AA" + key("", 33), "/getMe", "[redacted:telegram]"},
      {"jwt", "got ", key("eyJ", 30) + "." + key("eyJ", 60) + "." + key("", 43), " back",
       "[redacted:jwt]"},
      {"1password service account", "", key("ops_eyJ", 200), "", "[redacted:1password]"},
      {"1password secret key", "",
       "A3-B3E6H9-" + key("", 6, kCapitals) + "-K2N5Q-8S1U4-W7Y0C-B3E6H", "",
       "[redacted:1password]"},
      {"npm", "//registry/:_auth ", key("npm_", 36), "", "[redacted:npm]"},
      {"pypi", "", key("pypi-AgEIcHlwaS5vcmc", 80), "", "[redacted:pypi]"},
      {"rubygems", "", key("rubygems_", 48, kHex), "", "[redacted:rubygems]"},
      {"docker", "", key("dckr_pat_", 27), "", "[redacted:docker]"},
      {"vault", "", key("hvs.", 90), "", "[redacted:vault]"},
      {"terraform", "", key("", 14) + ".atlasv1." + key("", 67), "", "[redacted:terraform]"},
      {"doppler", "", key("dp.pt.", 43), "", "[redacted:doppler]"},
      {"pulumi", "", key("pul-", 40, kHex), "", "[redacted:pulumi]"},
      {"digitalocean", "", key("dop_v1_", 64, kHex), "", "[redacted:digitalocean]"},
      {"heroku", "", key("HRKU-AA", 58), "", "[redacted:heroku]"},
      {"vercel", "", key("vcp_", 56), "", "[redacted:vercel]"},
      {"supabase", "", key("sb_secret_", 31), "", "[redacted:supabase]"},
      {"planetscale", "", key("pscale_tkn_", 43), "", "[redacted:planetscale]"},
      {"databricks", "", key("dapi", 32, kHex), "", "[redacted:databricks]"},
      {"tailscale", "tailscale up --authkey ", key("tskey-auth-", 17) + "-" + key("", 32), "",
       "[redacted:tailscale]"},
      {"tailscale api", "", key("tskey-api-", 17) + "-" + key("", 32), "", "[redacted:tailscale]"},
      {"grafana service", "", key("glsa_", 32) + "_" + key("", 8, kHex), "", "[redacted:grafana]"},
      {"grafana cloud", "", key("glc_", 80), "", "[redacted:grafana]"},
      {"grafana, old", "", key("eyJrIjoi", 70), "", "[redacted:grafana]"},
      {"newrelic", "", key("NRAK-", 27, kCapitals), "", "[redacted:newrelic]"},
      {"sentry", "", key("sntryu_", 64, kHex), "", "[redacted:sentry]"},
      {"linear", "", key("lin_api_", 40), "", "[redacted:linear]"},
      {"notion", "", key("ntn_", 46), "", "[redacted:notion]"},
      {"notion, old", "", key("secret_", 43), "", "[redacted:notion]"},
      {"atlassian", "", key("ATATT3", 180), "", "[redacted:atlassian]"},
      {"figma", "", key("figd_", 40), "", "[redacted:figma]"},
      {"postman", "", key("PMAK-", 24, kHex) + "-" + key("", 34, kHex), "", "[redacted:postman]"},
      {"stripe", "", key("sk_live_", 24), "", "[redacted:stripe]"},
      {"stripe hook", "", key("whsec_", 32), "", "[redacted:stripe]"},
      {"square", "", key("sq0atp-", 22), "", "[redacted:square]"},
      {"shopify", "", key("shpat_", 32, kHex), "", "[redacted:shopify]"},
      {"sendgrid", "", key("SG.", 22) + "." + key("", 43), "", "[redacted:sendgrid]"},
      {"mailchimp", "", key("", 32, kHex) + "-us12", "", "[redacted:mailchimp]"},
      {"twilio", "", key("SK", 32, kHex), "", "[redacted:twilio]"},
      {"age", "", key("AGE-SECRET-KEY-1", 58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"), "",
       "[redacted:age]"},
      {"PKCS#8 without its frame", "key: ", "MIIEvQIBADANBgkq" + key("", 400), "\"",
       "[redacted:private-key]"},
      {"PKCS#12", "", "MIIJqQIBAzCCCW8G" + key("", 400), "", "[redacted:private-key]"},
      {"openssh without its frame", "", key("b3BlbnNzaC1rZXktdjE", 200), "",
       "[redacted:private-key]"},
      {"PEM",
       "a -----BEGIN RSA PRIVATE "
       "KEY-----",
       "\n" + key("", 64) + "\n" + key("", 30) + "\n", "-----END RSA PRIVATE KEY-----\nb",
       "[redacted:private-key]"},
      {"PEM in JSON",
       R"({"k":"-----BEGIN PRIVATE )"
       "KEY-----",
       R"(\n)" + key("", 64) + R"(\n)", R"(-----END PRIVATE KEY-----\n"})",
       "[redacted:private-key]"},
      {"PGP",
       "-----BEGIN PGP PRIVATE "
       "KEY BLOCK-----",
       "\nVersion: 1\n\n" + key("", 64) + "\n", "-----END PGP PRIVATE KEY BLOCK-----",
       "[redacted:private-key]"},
      {"password in a URL", "postgres://app:", key("", 12), "@db.example:5432/x", "[redacted]"},
      {"key in a URL", "git clone https://x:", key("ghp_", 36), "@github.com/a/b",
       "[redacted:github]"},
      {"uuid-like neighbour", uuid, key("ghp_", 36), "", "[redacted:github]"},
  };
}

// Words that say that a secret follows: taken out where people read.
std::vector<Row> assigned_rows() {
  return {
      {"environment", "DB_PASSWORD=", "hunter2", "", "[redacted]"},
      {"environment, a key", "export OPENAI_KEY=", "abc.def", "\n", "[redacted]"},
      {"quoted, with blanks", "password: \"", "correct horse, battery", "\" x", "[redacted]"},
      {"single quotes", "api_key = '", "a1 b2", "'", "[redacted]"},
      {"JSON", R"({"api_key": ")", "abc", R"(", "n": 1})", "[redacted]"},
      {"JSON with an escaped quote", R"({"password":")", R"(a\"b)", R"(","n":1})", "[redacted]"},
      {"JSON in a string", R"(text="{\"token\":\")", "abc", R"(\"}")", "[redacted]"},
      {"camel case", R"({"accessToken":")", "abc123", R"("})", "[redacted]"},
      {"client secret", "client_secret=", "s3cr", "&x=1", "[redacted]"},
      {"aws secret", "aws_secret_access_key = ", key("", 40), "", "[redacted]"},
      {"alpaca", "APCA-API-SECRET-KEY: ", key("", 40), "\n", "[redacted]"},
      {"alpaca id", "APCA-API-KEY-ID: ", key("PK", 18, kCapitals), "\n", "[redacted]"},
      {"kalshi", "KALSHI-ACCESS-SIGNATURE: ", key("", 60), "\n", "[redacted]"},
      {"header", "Authorization: ", "Basic dXNlcjpwYXNz", "\nHost: x", "[redacted]"},
      {"header in JSON", R"({"authorization":")", "Token abc", R"(","x":1})", "[redacted]"},
      {"bearer", "got Bearer ", "abc.def-ghi", ", 401", "[redacted]"},
      {"basic", "curl -H 'x: Basic ", "dXNlcjpwYXNz", "'", "[redacted]"},
      {"cookie", "Cookie: ", "session=abc; csrf=def", "\r\nHost: x", "[redacted]"},
      {"set-cookie", "set-cookie: ", "id=1; HttpOnly", "\n", "[redacted]"},
      {"query", "GET /?password=", "hunter2", "&x=1", "[redacted]"},
      {"query key", "GET /v1?key=", "abcdef", " HTTP/1.1", "[redacted]"},
      {"signed URL", "https://x/y?se=1&sig=", "a%2Bb", "&sp=r", "[redacted]"},
      {"flag", "run --api-key ", "abcdef123", " --x", "[redacted]"},
      {"flag in argv", R"(["--token",")", "abcdef123", R"("])", "[redacted]"},
      {"flag with =", "run --password=", "abcdef", " --x", "[redacted]"},
      {"yaml", "  private_key: ", "abc", "\n", "[redacted]"},
      {"yaml, colon in the name of a secret", "secret: ", "x:y", "", "[redacted]"},
  };
}

std::vector<std::pair<const char*, std::string>> harmless_rows() {
  return {
      {"counting words", "tokens=120 max_tokens=5 id=task-abcdefghijklmnopqrstu"},
      {"short shapes", "sk-learn AKIA ghp_ eyJ ops_ SG. tskey-"},
      {"prose", "the password was wrong, token expired, a secret: "},
      {"prose about bearers", "Bearer authentication is needed, basic understanding"},
      {"nothing after it", "password="},
      {"no value", R"({"token": null, "secret": true, "password": false})"},
      {"a variable", "api_key=${OPENAI_API_KEY} token: $(cat x)"},
      {"a reference", "password: op://vault/item/field"},
      {"chela's placeholder", "Authorization: {{secret:openai}}"},
      {"a mark", "password=[redacted] token: [redacted:db] Authorization: Bearer [redacted:x]"},
      {"css class", "sk-circle-fade-dot-animation-name"},
      {"public key", "-----BEGIN PUBLIC KEY-----\nMIIBIjAN\n-----END PUBLIC KEY-----"},
      {"certificate", "-----BEGIN CERTIFICATE-----\nMIIDdzCC\n-----END CERTIFICATE-----"},
      {"git hash", "commit 8d3f1c2a9b7e6d5c4f3a2b1c0d9e8f7a6b5c4d3e"},
      {"uuid", "id=123e4567-e89b-12d3-a456-426614174000"},
      {"sha256", "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
      {"URL without a password", "https://user@host/path?x=1 https://a.b:8080/@x"},
      {"times", "12:30:45 10:20 2026-11-27T07:38:00Z"},
      {"zone", "Asia/Tokyo africa asia-northeast1"},
      {"finding key", "key=disk:/ keys=3 monkey: banana"},
      {"model name", "anthropic/claude-sonnet-4-5 openai/gpt-5-mini"},
      {"flag in prose", "use --token to pass one, or --key -"},
      {"file names", "tokenizer.json secrets.yaml passwords.txt cookies.sqlite"},
      {"base64 of a picture", "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAf"},
      {"path", "/home/x/.config/chela/manifests/checks/git.yaml"},
      {"e-mail, card and reference at this level", "a@b.example 4111 1111 1111 1111 op://v/i/f"},
  };
}

TEST(RedactTable, TakesOutShapesForEveryReader) {
  const Redactor redactor;
  for (const auto& row : shape_rows()) {
    SCOPED_TRACE(row.name);
    const auto text = row.before + row.secret + row.after;
    const auto clean = row.before + row.mark + row.after;
    EXPECT_EQ(redactor.redact(text), clean);
    EXPECT_EQ(redactor.redact(text, Reader::model), clean);
    EXPECT_EQ(redactor.redact(clean), clean);
  }
}

TEST(RedactTable, TakesOutAssignedValuesForPeopleOnly) {
  const Redactor redactor;
  for (const auto& row : assigned_rows()) {
    SCOPED_TRACE(row.name);
    const auto text = row.before + row.secret + row.after;
    const auto clean = row.before + row.mark + row.after;
    EXPECT_EQ(redactor.redact(text), clean);
    EXPECT_EQ(redactor.redact(text, Reader::model), text);
    EXPECT_EQ(redactor.redact(clean), clean);
  }
}

TEST(RedactTable, LeavesWhatIsHarmless) {
  const Redactor redactor;
  for (const auto& [name, text] : harmless_rows()) {
    SCOPED_TRACE(name);
    EXPECT_EQ(redactor.redact(text), text);
    EXPECT_EQ(redactor.redact(text, Reader::model), text);
  }
}

TEST(RedactTable, IsHiddenByNoNeighbour) {
  // Bytes that are no UTF-8, the line's start and end, other secrets.
  const Redactor redactor;
  for (const auto& row : shape_rows()) {
    SCOPED_TRACE(row.name);
    const auto text = row.before + row.secret + row.after;
    for (const std::string around : {"\xff", "\n", " ", "\xc3", "(", ","}) {
      EXPECT_EQ(redactor.redact(around + text + around).find(row.secret), std::string::npos);
    }
  }
}

TEST(RedactTable, HasARowForEveryKind) {
  std::set<std::string_view> kinds;
  for (const auto& row : pattern_table()) {
    if (row.scope == PatternScope::exact_shape) kinds.insert(row.kind);
  }
  for (const auto& row : shape_rows()) {
    const std::string_view mark = row.mark;
    if (mark == "[redacted]") continue;
    kinds.erase(mark.substr(10, mark.size() - 11));
  }
  kinds.erase("");
  EXPECT_TRUE(kinds.empty()) << *kinds.begin();
}

TEST(RedactTable, FindsWithKeywordsWhatItFindsWithout) {
  // A keyword that some match lacks would hide that match: each row is also asked directly.
  std::vector<std::string> expressions;
  for (const auto& row : pattern_table()) expressions.emplace_back(row.regex);
  const KeywordIndex index(pattern_table());
  const PatternList list(expressions);
  auto rows = shape_rows();
  for (auto& row : assigned_rows()) rows.push_back(std::move(row));
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    auto line = row.before + row.secret + row.after;
    std::replace(line.begin(), line.end(), '\n', ' ');
    for (std::size_t i = 0; i < expressions.size(); ++i) {
      std::vector<Match> found;
      list.find(line, 0, PatternBits().set(i), found);
      const auto& pattern = pattern_table()[i];
      for (const auto& match : found) {
        const auto secret = line.substr(match.secret, match.end - match.secret);
        if (pattern.is_secret != nullptr && !pattern.is_secret(secret)) continue;
        EXPECT_TRUE(index.candidates(line, 0, PatternBits().set()).test(i)) << pattern.regex;
      }
    }
  }
}

}  // namespace
}  // namespace chela::services
