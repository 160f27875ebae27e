#include "reboot.h"

#include <set>

#include "lines.h"

namespace check_system {
namespace {

using chela::condition;
using chela::ErrorCode;

Outcome reboot_finding(chela::Host& host, const std::string& flag) {
  std::string detail = "An update has been installed that works only after a reboot.";
  const auto file = host.files().read(flag + ".pkgs");
  std::set<std::string> packages;
  if (file) {
    std::string_view text = file->bytes;
    while (!text.empty()) {
      const auto line = take_line(text);

      if (!line.empty()) packages.emplace(line.substr(0, 100));
    }
  }
  std::size_t listed = 0;
  for (const auto& package : packages) {
    if (listed == 10) {
      detail += " and " + std::to_string(packages.size() - listed) + " more";
      break;
    }
    detail += (listed++ == 0 ? " Packages: " : ", ") + package;
  }
  return {
      {condition("reboot-required", "this machine wants a reboot").detail(detail).needs_human()},
      "reboot pending",
      ""};
}

}  // namespace

// On Debian /var/run is a link to /run, which a grant of /var/run may not follow; elsewhere there
// is only one of them.
Outcome look_for_reboot(chela::Host& host) {
  constexpr const char* kFlags[] = {"/run/reboot-required", "/var/run/reboot-required"};
  std::string first_error;
  bool is_known = false;
  for (const char* flag : kFlags) {
    const auto info = host.files().stat(flag);
    if (info) return reboot_finding(host, flag);
    if (info.error().code == ErrorCode::not_found) {
      is_known = true;
    } else if (first_error.empty()) {
      first_error = info.error().message;
    }
  }
  if (!is_known) return {{}, "", "pending reboot: " + first_error};
  return {};
}

}  // namespace check_system
