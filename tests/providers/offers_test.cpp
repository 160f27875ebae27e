// What services offer beside chats: embeddings, what is left of a plan, the list of models; and
// what is said where one of them is not offered.
#include "scene.h"

namespace chela::stand_in {
namespace {

std::vector<std::string> texts(std::size_t count) {
  std::vector<std::string> list;
  for (std::size_t i = 0; i < count; ++i) list.push_back("text \xc3\xa4 " + std::to_string(i));
  return list;
}

// Every vector is that of its text, in the order of the texts.
void expect_vectors(const Result<Vectors>& answer, std::size_t count, std::size_t dimensions) {
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->dimensions, dimensions);
  std::vector<float> wanted;
  for (const auto& text : texts(count)) {
    const auto vector = vector_of(text, dimensions);
    wanted.insert(wanted.end(), vector.begin(), vector.end());
  }
  EXPECT_TRUE(answer->values == wanted);
}

void play_embeddings(Stage& stage, const Loopback& loopback) {
  const Service& service = loopback.service;
  if (service.embed_inputs == 0) {
    const auto answer = stage.embed("one/" + service.manner.model, texts(1), 0);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::unimplemented);
    EXPECT_EQ(answer.error().message, "one offers no embeddings");
    return;
  }
  const std::string ref = "one/" + service.manner.embed_model;
  expect_vectors(stage.embed(ref, texts(2), 0), 2, service.manner.dimensions);
  const std::size_t before = loopback.server.requests().size();
  const std::size_t count = 2 * service.embed_inputs + 1;
  expect_vectors(stage.embed(ref, texts(count), 8), count, 8);
  EXPECT_EQ(loopback.server.requests().size() - before, 3u) << "as few requests as fit";
  const auto refused = stage.embed("one/fail-429-page", texts(1), 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::resource_exhausted) << refused.error().message;
}

void play_quota(Stage& stage, const Service& service) {
  const std::string key = service.manner.needs_key ? "env:KEY" : "";
  const auto quota = stage.quota("one", key);
  if (service.windows.empty()) {
    ASSERT_FALSE(quota);
    EXPECT_NE(quota.error().message.find("quota"), std::string::npos) << quota.error().message;
    return;
  }
  ASSERT_TRUE(quota) << quota.error().message;
  const json::value wanted = parse_json(service.windows).value();
  const auto& windows = quota->at("windows").as_array();
  ASSERT_EQ(windows.size(), wanted.as_array().size()) << json::serialize(*quota);
  for (std::size_t i = 0; i < windows.size(); ++i) {
    for (const char* name : {"name", "unit", "resets_at"})
      EXPECT_EQ(get_string(windows[i], name), get_string(wanted.at(i), name));
    for (const char* name : {"used_percent", "used", "limit"})
      EXPECT_DOUBLE_EQ(get_double(windows[i], name, -1), get_double(wanted.at(i), name, -1));
  }
}

void play_models(Stage& stage, const Service& service) {
  const auto models = stage.models("one");
  if (service.manner.models.empty()) {
    ASSERT_FALSE(models);
    EXPECT_NE(models.error().message.find("models"), std::string::npos) << models.error().message;
    return;
  }
  ASSERT_TRUE(models) << models.error().message;
  EXPECT_EQ(*models, service.manner.models);
}

TEST(Offers, AreAsTheServiceHasThem) {
  for (const auto& service : services()) {
    SCOPED_TRACE(service.name);
    const Loopback loopback(service);
    for (const Place place : kPlaces) {
      SCOPED_TRACE(to_string(place));
      Stage stage(place);
      stage.add("one", loopback);
      play_embeddings(stage, loopback);
      play_quota(stage, service);
      play_models(stage, service);
      EXPECT_EQ(stage.faults(), std::vector<std::string>());
    }
    EXPECT_EQ(loopback.stand_in->refused(), std::vector<std::string>());
  }
}

TEST(Offers, AWrongKeyIsToldOfQuotasAndLists) {
  for (const auto& service : services()) {
    if (!service.manner.needs_key) continue;
    SCOPED_TRACE(service.name);
    const Loopback loopback(service);
    Stage stage(Place::host);
    stage.add("one", loopback, {"env:WRONG"});
    if (!service.windows.empty()) {
      const auto quota = stage.quota("one", "env:WRONG");
      ASSERT_FALSE(quota);
      EXPECT_EQ(quota.error().code, ErrorCode::unauthenticated) << quota.error().message;
    }
    if (!service.manner.models.empty()) {
      const auto models = stage.models("one");
      ASSERT_FALSE(models);
      EXPECT_EQ(models.error().code, ErrorCode::unauthenticated) << models.error().message;
    }
  }
}

}  // namespace
}  // namespace chela::stand_in
