// What check.http looks at, out of its settings. Pure.
#pragma once

#include <chela/config.h>

#include <string>
#include <vector>

namespace check_http {

struct Target {
  std::string url{};
  std::string name{};     // of its own
  std::string host{};     // with its port where it has one
  std::string machine{};  // the host in lower case, without port
  std::string method = "GET";
  std::vector<int> statuses{};  // empty: 200 to 299
  std::string contains{};
  std::string lacks{};
  chela::Duration max_latency{0};  // 0: any
  std::int64_t certificate_days = 14;
  bool is_crit = true;

  bool is_https() const { return url.starts_with("https://"); }
  bool is_here() const;  // it is this machine: 127.0.0.0/8, ::1, localhost
};

// invalid_argument names the target and what is wrong with it.
chela::Result<std::vector<Target>> parse_targets(const chela::Config& config);

}  // namespace check_http
