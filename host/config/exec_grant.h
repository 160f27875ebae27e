// `allow.exec`: which programs an instance may run, and what each of them may connect to.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chela/json.h"
#include "chela/result.h"
#include "config/expand.h"

namespace chela::config {

struct ExecGrant {
  std::string program;           // a bare name, or an absolute path for what lies outside of PATH
  std::vector<std::string> net;  // as base::parse_net_target reads them; none: no socket at all

  ExecGrant() = default;
  ExecGrant(const char* name) : program(name) {}
  ExecGrant(std::string name, std::vector<std::string> targets = {})
      : program(std::move(name)), net(std::move(targets)) {}
  bool operator==(const ExecGrant&) const = default;
};

// The member `exec` of a manifest's `allow` or a plugin's `needs`, as written:
//   ["git", {"program": "ssh", "net": ["mac.local:22"]}]
std::vector<ExecGrant> exec_grants_of(const json::value& allow);
json::array to_json(const std::vector<ExecGrant>& grants);

// "" or what is wrong with it: "a bare name such as git, or an absolute path".
std::string wrong_with_program(std::string_view program);

// Placeholders filled in and everything checked; an entry of `net` that is nothing but
// ${config.NAME} of a list stands for all of it. The error names the entry.
Result<std::vector<ExecGrant>> expand_exec(const std::vector<ExecGrant>& grants,
                                           const Variables& variables, const json::value& config);

// What `needs` has and `allowed` lacks; empty where everything is covered.
std::vector<ExecGrant> missing_exec(const std::vector<ExecGrant>& needs,
                                    const std::vector<ExecGrant>& allowed);

// "git", "ssh (which may connect to mac.local:22)"
std::string describe(const ExecGrant& grant);

}  // namespace chela::config
