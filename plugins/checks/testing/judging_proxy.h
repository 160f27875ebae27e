// Prism between a plugin and a stand-in: it judges requests and answers by a description of the API
// that nobody here wrote.
#pragma once

#include <chela/testing/fixtures.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "loopback.h"
#include "peers.h"

namespace check_testing {

namespace json = chela::json;
using chela::testing::FakeHost;

// Makes a description out of the service's own client; "" where that fails.
inline std::string describe_client(const std::string& package, const std::string& service) {
  const auto file = std::filesystem::temp_directory_path() /
                    ("chela-" + service + "-" + std::to_string(getpid()) + ".json");
  NodeProgram program({CHELA_CHECK_TESTING_DIR "/describe_client.mjs",
                       peers_folder() + "/node_modules/" + package, service, file.string()});
  const int code = program.wait();
  EXPECT_EQ(code, 0) << program.printed();
  return code == 0 ? file.string() : "";
}

// What Prism found wrong with an exchange, apart from things that `status` excuses: a description
// of a client has the good answer only.
inline std::vector<std::string> violations_of(const chela::FetchReply& reply) {
  std::vector<std::string> found;
  const auto header = reply.header("sl-violations");
  if (!header) return found;
  const auto list = chela::parse_json(*header);
  if (!list || !list->is_array()) return {"unreadable: " + std::string(*header)};
  for (const auto& one : list->get_array()) {
    const bool is_error = chela::get_string(one, "severity") == "Error";
    const std::string where = json::serialize(*chela::find(one, "location"));
    const bool is_about_answer = where.starts_with("[\"response\"");
    if (is_error && (reply.status == 200 || !is_about_answer))
      found.push_back(where + ": " + chela::get_string(one, "message"));
  }
  return found;
}

class JudgingProxy {
 public:
  // `description` is a file, `upstream` the address behind it.
  JudgingProxy(const std::string& description, const std::string& upstream) : port_(free_port()) {
    program_ = std::make_unique<NodeProgram>(std::vector<std::string>{
        "-e", kEndWithTest, peers_folder() + "/node_modules/@stoplight/prism-cli/dist/index.js",
        "proxy", description, upstream, "--port", std::to_string(port_), "--errors", "false"});
    is_ready_ = program_->waits_for("listening");
  }
  bool is_ready() const { return is_ready_; }
  std::string printed() const { return program_->printed(); }

  chela::Result<chela::FetchReply> ask(const Question& question) {
    auto reply = ask_loopback(port_, question);
    program_->drain();
    if (reply) {
      for (auto& violation : violations_of(*reply))
        violations.push_back(question.target + " " + violation);
    }
    return reply;
  }
  std::vector<std::string> violations;  // so far; a test empties it

 private:
  // Free a moment ago, which is all that a program that wants a number can be given.
  static std::uint16_t free_port() {
    const LoopbackServer server([](const Question&) { return chela::FetchReply{}; });
    return server.port();
  }
  std::uint16_t port_;
  std::unique_ptr<NodeProgram> program_;
  bool is_ready_ = false;
};

// Plays the answers of a fixture's world.json over HTTP.
class ScenarioServer {
 public:
  ScenarioServer() : server_([this](const Question& question) { return answer(question); }) {}
  void play(std::vector<chela::testing::FakeHttpAnswer> answers, std::string origin) {
    const std::lock_guard lock(mutex_);
    answers_ = std::move(answers);
    origin_ = std::move(origin);
  }
  std::string origin() const { return server_.origin(); }

 private:
  chela::FetchReply answer(const Question& question) {
    const std::lock_guard lock(mutex_);
    const std::string url = origin_ + question.target;
    for (auto& one : answers_) {
      if (one.times == 0 || (!one.method.empty() && one.method != question.method)) continue;
      if (!one.url.empty() && one.url != url) continue;
      if (url.find(one.url_contains) == std::string::npos) continue;
      if (one.times > 0) --one.times;
      chela::FetchReply reply = one.reply;
      const bool is_json = chela::parse_json(reply.body).has_value();
      reply.headers.emplace_back("content-type", is_json ? "application/json" : "text/html");
      return reply;
    }
    chela::FetchReply none;
    none.status = 404;
    return none;
  }
  std::mutex mutex_;
  std::vector<chela::testing::FakeHttpAnswer> answers_;  // guarded by mutex_
  std::string origin_;                                   // guarded by mutex_
  LoopbackServer server_;
};

// What the plugin asked of the host, as it goes over the wire: secrets are put in.
inline Question question_of(const json::value& request, const std::string& key_id) {
  Question question;
  question.method = chela::get_string(request, "method");
  const std::string url = chela::get_string(request, "url");
  const auto slash = url.find('/', url.find("://") + 3);
  question.target = slash == std::string::npos ? "/" : url.substr(slash);
  const auto* headers = chela::find(request, "headers");
  for (const auto& pair : headers->as_array()) {
    std::string value(pair.at(1).as_string());
    if (value == "{{secret:key_id}}") value = key_id;
    if (value.starts_with("{{secret:")) value = "a-secret";
    question.headers.emplace_back(pair.at(0).as_string(), value);
  }
  return question;
}

// Whether a request keeps to what plugin.json says that the plugin needs.
inline void expect_declared(const json::value& request, const std::string& plugin_dir) {
  const auto plugin =
      *chela::parse_json(chela::testing::read_whole_file(plugin_dir + "/plugin.json"));
  const auto& need = plugin.at("needs").at("http").at(0);
  const Question question = question_of(request, "");
  const auto methods = chela::get_strings(need, "methods"),
             paths = chela::get_strings(need, "paths");
  EXPECT_EQ(methods, std::vector<std::string>{"GET"});
  EXPECT_EQ(question.method, "GET");
  EXPECT_NE(std::find(paths.begin(), paths.end(), question.path()), paths.end()) << question.target;
}

// Runs all fixtures with a judging proxy between plugin and answers. Answers of cases in
// `are_wrong` must be found to be so, all others must not. Returns how many went through the proxy.
inline int run_judged_fixtures(const std::string& description,
                               const std::vector<std::string>& are_wrong) {
  ScenarioServer scenario;
  JudgingProxy proxy(description, scenario.origin());
  EXPECT_TRUE(proxy.is_ready()) << proxy.printed();
  if (!proxy.is_ready()) return 0;
  int judged = 0;
  std::string running;
  const auto settle = [&] {
    if (running.empty()) return;
    SCOPED_TRACE(running);
    const bool should_be =
        std::find(are_wrong.begin(), are_wrong.end(), running) != are_wrong.end();
    EXPECT_EQ(!proxy.violations.empty(), should_be)
        << (proxy.violations.empty() ? "nothing was found wrong" : proxy.violations.front());
    proxy.violations.clear();
    running.clear();
  };
  chela::testing::run_check_fixtures(
      CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR,
      [&](FakeHost& host, const std::filesystem::path& folder) {
        settle();
        const bool is_over_http = std::none_of(host.http.begin(), host.http.end(),
                                               [](const auto& one) { return one.error; });
        if (!is_over_http) return;
        ++judged;
        running = folder.filename().string();
        scenario.play(host.http, "");
        host.http_handler = [&proxy](const json::value& request, const std::string&) {
          expect_declared(request, CHELA_PLUGIN_DIR);
          return proxy.ask(question_of(request, "key"));
        };
      });
  settle();
  return judged;
}

}  // namespace check_testing
