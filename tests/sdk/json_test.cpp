// JSON texts that are refused, and look-ups: what they point into outlives them.
#include "chela/json.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace chela {
namespace {

struct Find {
  template <class T>
  auto operator()(T&& value) const -> decltype(find(std::forward<T>(value), "key")) {
    return find(std::forward<T>(value), "key");
  }
};
template <class T>
constexpr bool can_be_searched = std::is_invocable_v<Find, T>;

static_assert(can_be_searched<json::value&> && can_be_searched<const json::value&>);
static_assert(can_be_searched<json::object&> && can_be_searched<const json::object&>);
static_assert(!can_be_searched<json::value> && !can_be_searched<const json::value>);
static_assert(!can_be_searched<json::object> && !can_be_searched<const json::object>);
// These would be copied into a value that ends with the call.
static_assert(!can_be_searched<json::array&> && !can_be_searched<const json::string&>);

TEST(ParseJson, RefusesWhatIsNoUtf8) {
  for (const char* text : {"\"a\x80z\"", "\"\xC0\xAF\"", "\"\xED\xA0\x80\"",
                           "{\"k\": \"\xE2\x82\"}", "{\"\xFF\": 1}", "[1]\xFF", "\xFF[1]"}) {
    EXPECT_FALSE(parse_json(text)) << text;
  }
  EXPECT_TRUE(parse_json("\"\xE2\x82\xAC\""));
}

TEST(Find, PointsIntoWhatItWasGiven) {
  json::object object{{"key", 1}};
  EXPECT_EQ(find(object, "key"), &object["key"]);
  EXPECT_EQ(find(object, "other"), nullptr);
  const json::value value = object;
  EXPECT_EQ(find(value, "key"), &value.get_object().at("key"));
  EXPECT_EQ(find(value, "other"), nullptr);
  const json::value list = json::array{1};
  EXPECT_EQ(find(list, "key"), nullptr);
}

}  // namespace
}  // namespace chela
