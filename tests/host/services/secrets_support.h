// A home with a stand-in for `op`, a clock that is set by hand, and a loop for several who ask at
// the same time.
#pragma once

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <cstdlib>
#include <list>
#include <map>
#include <sstream>
#include <thread>

#include "services/secrets.h"
#include "support.h"

namespace chela::services {

inline constexpr const char* kCanary = "canary-7f3a9c2e51d08b64";

class HandClock final : public Clock {
 public:
  Timestamp now() const override { return time; }
  Timestamp time{std::chrono::hours(24) * 20000};
};

class OpDesk {
 public:
  OpDesk() : home_(std::filesystem::path(std::getenv("HOME"))) {
    env["HOME"] = home_.path();
    env["PATH"] = "relative:" + std::filesystem::path(CHELA_FAKE_OP).parent_path().string();
  }

  SecretSettings settings() {
    SecretSettings settings;
    settings.programs.env = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = env.find(name);
      return found == env.end() ? std::nullopt : std::optional(found->second);
    };
    for (const auto& [name, value] : env) {
      if (name.starts_with("OP_")) settings.programs.op_variables.push_back(name);
    }
    settings.programs.token_files = {"~/op-token", "~/other-token"};
    settings.programs.owners = {::geteuid()};
    settings.programs.timeout = timeout;
    settings.programs.redact = [](std::string_view text) { return std::string(text); };
    settings.on_value = [this](std::string_view name, std::string_view value) {
      told.emplace_back(name, value);
    };
    return settings;
  }

  std::string path(const std::string& name) const { return home_.path(name); }
  std::string file(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    const auto written = home_.write(name, text);
    ::chmod(written.c_str(), mode);
    return written;
  }
  void set_mode(const std::string& mode) const { home_.write("op-mode", mode); }
  void forget_mode() const { std::filesystem::remove(home_.path("op-mode")); }

  std::vector<std::string> lines(const std::string& name) const {
    std::istringstream text(content(home_.path(name)));
    std::vector<std::string> list;
    for (std::string line; std::getline(text, line);) list.push_back(line);
    return list;
  }
  std::size_t runs() const { return lines("op-runs").size(); }
  bool did_overlap() const {
    return content(home_.path("op-runs")).find("overlap") != std::string::npos;
  }
  bool saw(const std::string& line) const {
    const auto all = lines("op-seen");
    return std::find(all.begin(), all.end(), line) != all.end();
  }

  // The processes that noted themselves and still run. What was killed a moment ago may need one to
  // be gone.
  std::size_t left_over() const {
    std::size_t count = 0;
    for (int i = 0; i < 5000; ++i) {
      count = 0;
      for (const auto& pid : lines("op-pids")) {
        const std::string stat = content("/proc/" + pid + "/stat");
        const auto end = stat.rfind(')');
        if (end != std::string::npos && stat.compare(end, 3, ") Z") != 0) ++count;
      }
      if (count == 0) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return count;
  }
  // Until the stand-in has noted `count` processes, on `loop`.
  void run_until_noted(boost::asio::io_context& loop, std::size_t count) const {
    for (int i = 0; i < 10000 && lines("op-pids").size() < count; ++i)
      loop.run_for(std::chrono::milliseconds(1));
  }

  std::map<std::string, std::string> env;
  std::vector<std::pair<std::string, std::string>> told;
  Duration timeout{20'000};

 private:
  TempFolder home_;
};

inline SecretRef ref_of(const std::string& text) {
  auto ref = parse_secret_ref(text, std::getenv("HOME"));
  EXPECT_TRUE(ref) << text;
  return ref ? *ref : SecretRef();
}

// Many who ask on one loop.
class Asking {
 public:
  struct One {
    std::optional<SecretOutcome> outcome;
    boost::asio::cancellation_signal stop;
  };

  One& ask(Secrets& secrets, const std::string& reference) {
    One& one = asked_.emplace_back();
    boost::asio::co_spawn(
        loop, secrets.get(ref_of(reference)),
        boost::asio::bind_cancellation_slot(
            one.stop.slot(), [&one](const std::exception_ptr& thrown, SecretOutcome outcome) {
              EXPECT_FALSE(thrown);
              one.outcome = std::move(outcome);
            }));
    return one;
  }
  void run() {
    loop.restart();
    loop.run();
  }
  // One question, to the end of everything that it began.
  SecretOutcome answer(Secrets& secrets, const std::string& reference) {
    One& one = ask(secrets, reference);
    run();
    EXPECT_TRUE(one.outcome);
    return one.outcome ? std::move(*one.outcome) : SecretOutcome();
  }

  boost::asio::io_context loop{1};

 private:
  std::list<One> asked_;  // after the loop: handlers write into it
};

// Everything that is ever shown of an outcome.
inline std::string shown(const SecretOutcome& outcome) {
  std::string text = json::serialize(to_json("ref", outcome));
  if (outcome.failure) text += to_error("ref", *outcome.failure).message;
  return text;
}

}  // namespace chela::services
