// For tests: a check that looks at the world of a fixture again and again, while requests fail.
#pragma once

#include <chela/testing/fixtures.h>

#include <memory>
#include <set>
#include <string>

namespace trading {

namespace json = chela::json;

// How requests fail: with this status, or 0: the connection drops. 200 is no failure.
struct Outage {
  int status = 200;
  std::string path{};           // only of addresses that contain it
  bool asks_no_system = false;  // systemd does not answer either
};

class OutageBench {
 public:
  // `dir` is the plugin's folder, `fixture` the name of the world's.
  OutageBench(const char* plugin, const char* dir, const std::string& fixture) {
    const std::filesystem::path folder = std::filesystem::path(dir) / "fixtures" / fixture;
    const auto read = [&](const char* name, json::value otherwise) {
      return chela::testing::read_json_file(folder / name, std::move(otherwise));
    };
    chela::testing::fill(host, read("world.json", json::object()), folder);
    programs_ = host.programs;
    const json::value request = read("request.json", json::object());
    if (const auto* cursor = chela::find(request, "cursor")) cursor_ = *cursor;
    host.http_handler = [this](const json::value& asked, const std::string&) {
      return answer(chela::get_string(asked, "url"));
    };
    auto opened = chela::testing::OpenedPlugin::open(
        plugin, dir, host, read("config.json", json::object()).as_object());
    EXPECT_TRUE(opened.has_value());
    if (opened) plugin_ = std::move(*opened);
  }

  // Keys of the conditions of one run, with their severities; "" where it failed.
  std::set<std::string> run(const Outage& outage) {
    outage_ = outage;
    host.programs = outage.asks_no_system ? decltype(programs_)() : programs_;
    const auto report = plugin_->call("run", json::object{{"cursor", cursor_}});
    if (!report) return {""};
    cursor_ = report->at("cursor");
    std::set<std::string> keys;
    for (const auto& finding : report->at("findings").as_array()) {
      if (chela::get_string(finding, "class") == "condition")
        keys.insert(chela::get_string(finding, "severity") + " " +
                    chela::get_string(finding, "key"));
    }
    return keys;
  }

  // From now on the world answers so for addresses that contain `path`.
  void set(const std::string& path, const json::value& body) {
    chela::testing::FakeHttpAnswer answer{.url_contains = path};
    answer.reply.status = 200;
    answer.reply.body = json::serialize(body);
    host.http.insert(host.http.begin(), std::move(answer));
  }

  chela::testing::FakeHost host;

 private:
  chela::Result<chela::FetchReply> answer(const std::string& url) const {
    if (outage_.status != 200 && url.find(outage_.path) != std::string::npos) {
      if (outage_.status == 0)
        return chela::fail(chela::ErrorCode::unavailable, "the connection dropped");
      chela::FetchReply reply;
      reply.status = outage_.status;
      return reply;
    }
    return chela::fail(chela::ErrorCode::not_found, "as in the world of " + url);
  }

  Outage outage_;
  decltype(chela::testing::FakeHost::programs) programs_;
  json::value cursor_ = nullptr;
  std::unique_ptr<chela::testing::OpenedPlugin> plugin_;
};

// What is told in the first run is told in every later one, whatever fails meanwhile, and nothing
// else but that it fails.
inline void expect_standing(OutageBench& bench, const std::vector<Outage>& outages,
                            chela::Duration step) {
  const std::set<std::string> told = bench.run({});
  ASSERT_FALSE(told.empty());
  for (const Outage& outage : outages) {
    SCOPED_TRACE(std::to_string(outage.status) + " " + outage.path);
    bench.host.now += step;
    std::set<std::string> now = bench.run(outage);
    now.erase("crit access");
    now.erase("warn stale");
    EXPECT_EQ(now, told);
  }
  bench.host.now += step;
  EXPECT_EQ(bench.run({}), told);
}

}  // namespace trading
