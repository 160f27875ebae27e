// A stand-in of a model service on loopback: refuses what the service refuses, answers the rest.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "support/http_stub.h"
#include "talk.h"

namespace chela::stand_in {

using test::HttpAnswer;
using test::HttpFields;
using test::HttpSeen;

// The key that every stand-in takes.
inline constexpr char kKey[] = "value-of-env:KEY";

// How one service differs from others of its API.
struct Manner {
  std::string path{};   // of the base address: "/v1"
  std::string model{};  // the one that is there
  Returns returns = Returns::nothing;
  bool needs_key = true;
  std::vector<std::string> models{};        // its list
  std::string quota_path{};                 // "" where it has none
  std::string quota{};                      // what it answers there
  std::string embed_model{};                // "" where it has none
  std::size_t dimensions = 0;               // of its vectors, where nobody asks for another number
  std::map<std::string, HttpAnswer> fails;  // by model: what it answers to a sound request
};

class StandIn {
 public:
  explicit StandIn(Manner manner) : manner_(std::move(manner)) {}
  virtual ~StandIn() = default;
  StandIn(const StandIn&) = delete;
  StandIn& operator=(const StandIn&) = delete;

  // Called on the server's thread.
  HttpAnswer answer(const HttpSeen& seen);
  // What it refused as the service would, and why; not what `fails` says.
  std::vector<std::string> refused() const;

 protected:
  struct Refusal {
    int status = 400;
    std::string body{};
  };
  // What the rules of the API say to it.
  virtual std::optional<Refusal> refuse(const HttpSeen& seen) const = 0;
  virtual Refusal no_such_model(const std::string& model) const = 0;
  virtual Refusal bad_request(const std::string& words) const = 0;
  virtual std::string model_of(const HttpSeen& seen) const = 0;  // "" where it names none
  // A request that is sound.
  virtual std::optional<std::string> embeddings(const HttpSeen& seen) const = 0;
  virtual std::optional<std::string> model_list(const HttpSeen& seen) const = 0;
  virtual Talk read(const HttpSeen& seen) const = 0;
  virtual std::string write_whole(const Talk& talk, const Line& line) const = 0;
  virtual std::string write_stream(const Talk& talk, const Line& line) const = 0;

  const Manner& manner() const { return manner_; }

 private:
  HttpAnswer refuse_with(const HttpSeen& seen, const Refusal& refusal);

  Manner manner_;
  mutable std::mutex mutex_;
  std::vector<std::string> refused_;  // guarded by mutex_
};

std::unique_ptr<StandIn> anthropic_stand_in(Manner manner, bool is_anthropic);
enum class OpenAiKind { official, openrouter, ollama, moonshot };
std::unique_ptr<StandIn> openai_stand_in(Manner manner, OpenAiKind kind);
std::unique_ptr<StandIn> google_stand_in(Manner manner);

// A stream as services send it: in pieces that end anywhere.
HttpAnswer streaming(const std::string& body);
HttpAnswer json_answer(int status, const std::string& body, HttpFields fields = {});

// The vector that a stand-in has for a text: the same for the same text.
std::vector<float> vector_of(const std::string& text, std::size_t dimensions);

// `text` in pieces of a few bytes, no character of it cut: what services send as deltas.
std::vector<std::string> pieces_of(const std::string& text);

}  // namespace chela::stand_in
