// An openclaw.json in a folder of its own, reviewed and patched by the tests of the review.
#pragma once

#include <algorithm>

#include "config/review.h"
#include "config/review_patch.h"
#include "config/review_prices.h"
#include "host/config/temp_folder.h"

namespace chela::config {

class ReviewDesk {
 public:
  explicit ReviewDesk(const std::string& text, OpenClawVersion version = OpenClawVersion::v2026_2,
                      bool judges_keys = false)
      : file_(folder_.write("openclaw.json", text)), version_(version), judges_keys_(judges_keys) {
    auto loaded = load_openclaw(file_, no_env);
    EXPECT_TRUE(loaded) << loaded.error().message << "\n" << text;
    if (loaded) openclaw_ = std::move(*loaded);
  }

  std::vector<FileFact> files;

  const OpenClaw& openclaw() const { return openclaw_; }

  Result<std::vector<ReviewFinding>> review_of(const OpenClaw& openclaw) const {
    CHELA_TRY(const auto models, read_model_settings(openclaw));
    return review({openclaw, models, version_, judges_keys_, files, family_price, family_window});
  }
  std::vector<ReviewFinding> findings() const { return findings_in(openclaw_); }
  std::vector<ReviewFinding> findings_in(const OpenClaw& openclaw) const {
    auto all = review_of(openclaw);
    EXPECT_TRUE(all) << all.error().message;
    return all ? std::move(*all) : std::vector<ReviewFinding>();
  }

  OpenClaw loaded_as(const std::string& text) const {
    auto loaded = load_openclaw_as(file_, text, no_env);
    EXPECT_TRUE(loaded) << loaded.error().message << "\n" << text;
    return loaded ? std::move(*loaded) : OpenClaw{};
  }
  Patched patched_whole() const {
    auto done = config::patched_whole(
        openclaw_, [&](const std::string& text) { return load_openclaw_as(file_, text, no_env); },
        [&](const OpenClaw& openclaw) { return review_of(openclaw); });
    EXPECT_TRUE(done) << done.error().message;
    return done ? std::move(*done) : Patched{};
  }

  static std::optional<std::string> no_env(const std::string& name) {
    return name == "HOME" ? std::optional<std::string>("/home/me") : std::nullopt;
  }

 private:
  TempFolder folder_;
  std::filesystem::path file_;
  OpenClawVersion version_;
  bool judges_keys_;
  OpenClaw openclaw_;
};

inline std::vector<ReviewFinding> of_rule(const std::vector<ReviewFinding>& findings,
                                          const std::string& rule) {
  std::vector<ReviewFinding> some;
  for (const auto& finding : findings) {
    if (finding.rule == rule) some.push_back(finding);
  }
  return some;
}

}  // namespace chela::config
