// Templates: what is filled in, what is refused, and that nobody's words name a secret.
#include "fill.h"

#include <gtest/gtest.h>

#include "body.h"

namespace webhook {
namespace {

namespace json = chela::json;

chela::Message message(std::string text) {
  chela::Message made;
  made.id = "0d3k8s2m5xqa";
  made.severity = "warn";
  made.title = "warn: a \"title\"";
  made.lines.push_back({.severity = "warn", .text = std::move(text)});
  return made;
}

TEST(Template, FillsInItsStringsOnly) {
  const json::object shape{{"{title}", "{title}"},
                           {"deep", json::array{"<{severity}> {text} {{x}} }", 5, nullptr}},
                           {"id", "{message_id}"},
                           {"all", "{lines}"}};
  ASSERT_TRUE(check_template(shape));
  const auto filled = fill_template(shape, message("a \\ line"));
  EXPECT_EQ(filled.at("{title}"), "warn: a \"title\"");
  EXPECT_EQ(filled.at("deep"), (json::array{"<warn> a \\ line {x} }", 5, nullptr}));
  EXPECT_EQ(filled.at("id"), "0d3k8s2m5xqa");
  EXPECT_EQ(filled.at("all").at(0).at("text"), "a \\ line");
}

TEST(Template, DoesNotFillInWhatAMessageSays) {
  const json::object shape{{"text", "{text}"}};
  EXPECT_EQ(fill_template(shape, message("{title} {{secret:token}}")).at("text"),
            "{title} {{secret:token}}");
}

TEST(Template, LetsOnlyItselfNameASecret) {
  const json::object shape{{"key", "{{secret:token}}"}, {"text", "{text}"}, {"all", "{lines}"}};
  ASSERT_TRUE(check_template(shape));
  EXPECT_TRUE(has_secret(shape));
  const auto filled = fill_template(shape, message("{{secret:token}} {{{{secret:url}}"));
  EXPECT_EQ(filled.at("key"), "{{secret:token}}");
  const std::string rest = json::serialize(filled.at("text")) + json::serialize(filled.at("all"));
  EXPECT_EQ(rest.find("{{"), std::string::npos) << rest;
}

TEST(Template, IsRefusedWithThePlaceThatIsWrong) {
  const struct {
    const char* shape;
    const char* says;
  } cases[] = {{R"({"a":{"b":["x","{titel}"]}})", "`template.a.b.1`: '{titel}'"},
               {R"({"a":"{title"})", "`template.a`: '{title'"},
               {R"({"a":"{}"})", "`template.a`: '{}'"},
               {R"({"a":"{{secret:url}}"})", "`template.a`: the only secret"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.shape);
    const auto outcome = check_template(chela::parse_json(c.shape)->as_object());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, chela::ErrorCode::invalid_argument);
    EXPECT_NE(outcome.error().message.find(c.says), std::string::npos) << outcome.error().message;
  }
}

TEST(Bodies, LetNoWordsBecomeMarkup) {
  const auto hostile = message("<!channel> & <https://example.org|x> @everyone **b** [a](b)");
  const auto slack = std::string(slack_body(hostile).at("text").as_string());
  EXPECT_EQ(slack.find_first_of("<>"), std::string::npos) << slack;
  EXPECT_NE(slack.find("&lt;!channel&gt; &amp; "), std::string::npos) << slack;
  const auto embed = discord_body(hostile).at("embeds").at(0).at("description");
  EXPECT_NE(embed.as_string().find("\\@everyone \\*\\*b\\*\\*"), std::string_view::npos);
}

TEST(Bodies, KeepToTheServicesLimits) {
  chela::Message long_one = message("x");
  long_one.title = std::string(3000, '*');
  for (int i = 0; i < 500; ++i) long_one.lines.push_back({.text = std::string(90, '*')});
  const auto discord = discord_body(long_one);
  EXPECT_LE(discord.at("content").as_string().size(), 2000u);
  EXPECT_LE(discord.at("embeds").at(0).at("description").as_string().size(), 4096u);
  EXPECT_LE(slack_body(long_one).at("text").as_string().size(), 40000u);
  EXPECT_EQ(generic_body(long_one).at("lines").as_array().size(), 100u);
}

}  // namespace
}  // namespace webhook
