#include "config/exec_grant.h"

#include <algorithm>

#include "base/net_target.h"
#include "base/text.h"

namespace chela::config {
namespace {

bool is_bare_name(std::string_view text) {
  return !text.empty() && text.front() != '-' && text.front() != '.' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("._+-").find(c) != std::string_view::npos;
         });
}

tl::unexpected<Error> refuse(const std::string& program, const std::string& what) {
  return fail(ErrorCode::invalid_argument,
              "allow.exec: " + base::printable(program, 100) + ": " + what);
}

}  // namespace

std::vector<ExecGrant> exec_grants_of(const json::value& allow) {
  std::vector<ExecGrant> grants;
  const auto* written = find(allow, "exec");
  const auto* list = written == nullptr ? nullptr : written->if_array();
  if (list == nullptr) return grants;
  for (const auto& item : *list) {
    if (item.is_string()) grants.emplace_back(std::string(item.get_string()));
    if (item.is_object())
      grants.emplace_back(get_string(item, "program"), get_strings(item, "net"));
  }
  return grants;
}

json::array to_json(const std::vector<ExecGrant>& grants) {
  json::array list;
  for (const auto& grant : grants) {
    if (grant.net.empty()) {
      list.emplace_back(grant.program);
      continue;
    }
    list.push_back(json::object{{"program", grant.program},
                                {"net", json::array(grant.net.begin(), grant.net.end())}});
  }
  return list;
}

std::string wrong_with_program(std::string_view program) {
  constexpr const char* kWanted =
      "wanted a bare name such as git, or an absolute path without '.', '..' and '//'";
  if (!program.starts_with('/')) return is_bare_name(program) ? "" : kWanted;
  const auto path = expand_path(program, {});
  return path && *path == program && *path != "/" ? "" : kWanted;
}

Result<std::vector<ExecGrant>> expand_exec(const std::vector<ExecGrant>& grants,
                                           const Variables& variables, const json::value& config) {
  constexpr std::string_view kLead = "${config.";
  std::vector<ExecGrant> expanded;
  for (const auto& grant : grants) {
    ExecGrant one;
    auto program = expand(grant.program, variables);
    if (!program) return refuse(grant.program, program.error().message);
    one.program = std::move(*program);
    if (const auto wrong = wrong_with_program(one.program); !wrong.empty())
      return refuse(one.program, wrong);
    for (const auto& written : grant.net) {
      const bool is_setting = written.starts_with(kLead) && written.find('}') == written.size() - 1;
      const auto* setting =
          is_setting ? find(config, written.substr(kLead.size(), written.size() - kLead.size() - 1))
                     : nullptr;
      const bool is_list = setting != nullptr && setting->is_array();
      for (const auto& text :
           is_list ? get_strings(json::object{{"list", *setting}}, "list") : std::vector{written}) {
        auto target = expand(text, is_list ? Variables{} : variables);
        if (!target) return refuse(one.program, target.error().message);
        if (const auto parsed = base::parse_net_target(*target); !parsed)
          return refuse(one.program, "net: " + parsed.error().message);
        one.net.push_back(std::move(*target));
      }
    }
    expanded.push_back(std::move(one));
  }
  return expanded;
}

std::vector<ExecGrant> missing_exec(const std::vector<ExecGrant>& needs,
                                    const std::vector<ExecGrant>& allowed) {
  std::vector<ExecGrant> missing;
  for (const auto& need : needs) {
    bool is_there = false;
    ExecGrant lacking(need.program);
    for (const auto& target : need.net) {
      const bool is_granted = std::any_of(allowed.begin(), allowed.end(), [&](const auto& one) {
        return one.program == need.program &&
               std::find(one.net.begin(), one.net.end(), target) != one.net.end();
      });
      if (!is_granted) lacking.net.push_back(target);
    }
    for (const auto& one : allowed) is_there = is_there || one.program == need.program;
    if (!is_there || !lacking.net.empty()) missing.push_back(std::move(lacking));
  }
  return missing;
}

std::string describe(const ExecGrant& grant) {
  std::string text = grant.program;
  for (const auto& target : grant.net)
    text += (&target == &grant.net.front() ? " (which may connect to " : ", ") + target;
  return text + (grant.net.empty() ? "" : ")");
}

}  // namespace chela::config
