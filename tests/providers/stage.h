// A desk with real plugins in the host or in a worker, whose providers are stand-ins on loopback.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "chela/chat.h"
#include "models/failure.h"
#include "services.h"

namespace chela::stand_in {

enum class Place { host, worker };
inline constexpr Place kPlaces[] = {Place::host, Place::worker};
const char* to_string(Place place);

// One service on loopback. The same one serves both places, so that addresses are the same.
struct Loopback {
  explicit Loopback(const Service& of)
      : service(of),
        stand_in(of.open(of.manner)),
        server([this](const HttpSeen& seen) { return stand_in->answer(seen); }) {}

  const Service& service;
  std::unique_ptr<StandIn> stand_in;
  test::HttpStub server;
};

// One try of the router's.
struct Try {
  std::string ref{};
  std::string key{};
  std::string reason{};  // why it came to nothing, "" where it did not
};
struct Answer {
  std::string ref{};
  ChatMessage message{};
  std::string stop{};
  Usage usage{};
  std::vector<Try> tries{};
};
struct Vectors {
  std::size_t dimensions = 0;
  std::vector<float> values{};
};
// What the router leaves alone, "" for all of them.
struct Rest {
  std::string provider{};
  std::string key{};
  std::string model{};
  Duration time{};
};

// The router with its store; hides what is slow to compile.
class Stage {
 public:
  explicit Stage(Place place);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  void add(const std::string& id, const Loopback& loopback,
           std::vector<std::string> keys = {"env:KEY"});

  // Asks the first of `refs`, then those after it. What was heard and said goes into `transcript`.
  Result<Answer> say(const std::vector<std::string>& refs, const ChatRequest& chat);
  Result<Vectors> embed(const std::string& ref, const std::vector<std::string>& texts,
                        std::int64_t dimensions);
  Result<json::value> quota(const std::string& id, const std::string& key);
  Result<std::vector<std::string>> models(const std::string& id);

  std::vector<Try> last_tries() const;  // also of a request that failed
  std::vector<Rest> rests() const;
  void forget_rests();
  std::vector<std::string> faults() const;  // of plugins

  std::string transcript;

 private:
  struct Desk;
  std::unique_ptr<Desk> desk_;
};

}  // namespace chela::stand_in
