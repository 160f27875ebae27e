// What every rule of the review works with: the document, prices, and a place to put findings.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/openclaw_look.h"
#include "config/review.h"

namespace chela::config {

// Output dearer than this makes a model expensive: 10 USD per million tokens.
inline constexpr std::int64_t kExpensiveMicros = 10'000'000;

class ReviewBench {
 public:
  explicit ReviewBench(const ReviewInput& input)
      : input_(input), root_(input.openclaw), defaults_(root_["agents"]["defaults"]) {}

  const Look& root() const { return root_; }
  const Look& defaults() const { return defaults_; }  // agents.defaults
  const ModelSettings& models() const { return input_.models; }
  const ReviewInput& input() const { return input_; }
  bool is_old() const { return input_.version == OpenClawVersion::v2026_2; }

  // Every agent with its id, of both dialects.
  std::vector<std::pair<std::string, Look>> agents() const;

  bool is_expensive(const std::string& ref) const;
  // "15 USD" per million output tokens; "" where the price is not known.
  std::string priced(const std::string& ref) const;
  std::optional<std::int64_t> price(const std::string& ref) const { return input_.price_of(ref); }
  // Every model that the file names somewhere, in the order of the file's chains.
  std::vector<std::string> named_models() const;
  // The cheapest of them, of known price and not expensive; "" where there is none.
  std::string cheapest() const;

  // The finding stays where it is until the next add().
  ReviewFinding& add(std::string rule, Severity severity, const Look& at, std::string why);
  static void also(ReviewFinding& finding, const Look& at, const OpenClaw& openclaw);
  static void set(ReviewFinding& finding, const std::string& pointer, json::value value);
  static void set(ReviewFinding& finding, const std::string& pointer, const std::string& text);
  static void set(ReviewFinding& finding, const std::string& pointer, const char* text);
  // "${name}" where a secret belongs.
  static void set_variable(ReviewFinding& finding, const std::string& pointer,
                           const std::string& name);
  std::vector<ReviewFinding>& findings() { return findings_; }

 private:
  const ReviewInput& input_;
  Look root_;
  Look defaults_;
  std::vector<ReviewFinding> findings_;
};

// What is written there, or what stands for "something else".
std::string text_of(const Look& at);  // "" where it is no text
bool is_true(const Look& at);         // written and true
bool is_false(const Look& at);        // written and false
double number_of(const Look& at, double otherwise);
bool lists(const Look& at, std::string_view text);  // a list with this text

// The rules, each group in its own file.
void review_models(ReviewBench& bench);
void review_heartbeat(ReviewBench& bench);
void review_limits(ReviewBench& bench);
void review_memory(ReviewBench& bench);
void review_gateway(ReviewBench& bench);
void review_doors(ReviewBench& bench);  // channels, hooks, tools
void review_secrets(ReviewBench& bench);
void review_keys(ReviewBench& bench);
void review_document(ReviewBench& bench);

}  // namespace chela::config
