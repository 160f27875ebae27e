#include "program.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace chela::remindctl {
namespace {

constexpr std::array<int, 3> kOldest{0, 3, 0};  // --list-id and lastModifiedDate

// The three numbers of "0.3.3"; nullopt where the text is no version.
std::optional<std::array<int, 3>> read_version(std::string_view text) {
  std::array<int, 3> version{};
  for (std::size_t i = 0; i < version.size(); ++i) {
    const auto end = std::from_chars(text.data(), text.data() + text.size(), version[i]);
    if (end.ec != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end.ptr - text.data()));
    if (i + 1 == version.size()) return version;
    if (!text.starts_with('.')) return std::nullopt;
    text.remove_prefix(1);
  }
  return version;
}

std::string access_advice(const std::string& status) {
  if (status == "not-determined") {
    return "; run `remindctl authorize` once on that Mac, in the way in which chela runs it (ssh, "
           "launchd and Terminal are asked one by one)";
  }
  return "; give full access in System Settings > Privacy & Security > Reminders";
}

std::string command_of(const std::vector<std::string>& words) {
  return "remindctl " + (words.empty() ? std::string() : words.front());
}

}  // namespace

Error explain(std::string_view said) {
  const auto says = [&](std::string_view part) { return said.find(part) != said.npos; };
  const std::string message = "remindctl said: " + std::string(said);
  if (says("Reminders access")) return {ErrorCode::permission_denied, message};
  if (says("List not found:")) return {ErrorCode::aborted, message};
  if (says("Reminder not found:")) return {ErrorCode::not_found, message};
  if (says("matches multiple") || says("Unknown option") || says("Unknown command"))
    return {ErrorCode::failed_precondition, message};
  // A shell's words about the program, and those of mac/chela-remindctl about another one.
  if (says("not found") || says("No such file") || says("chela-remindctl:"))
    return {ErrorCode::failed_precondition, message};
  if (says("Invalid ") || says("Missing ") || says("Unexpected argument") ||
      says("No changes specified") || says("Unknown filter") || says("Use either"))
    return {ErrorCode::invalid_argument, message};
  return {ErrorCode::unavailable, message};
}

// Success is exit code 0 and a document: -h or --version somewhere among the words ends in help and
// exit code 0.
Result<json::value> Program::ask(Host& host, const std::vector<std::string>& words) {
  CHELA_TRY(const auto answer, exec_json::run(host, settings_.command, words));
  if (answer.exit_code != 0) return fail(explain(exec_json::said(answer)));
  return exec_json::read_json(answer, command_of(words));
}

Result<void> Program::check_version(Host& host) {
  CHELA_TRY(const auto answer, exec_json::run(host, settings_.command, {"--version"}));
  if (answer.exit_code != 0) return fail(explain(exec_json::said(answer)));
  const std::string found = exec_json::printable(answer.out, 60);
  const auto version = read_version(found);
  if (version && *version >= kOldest) return {};
  return fail(ErrorCode::failed_precondition,
              "wanted remindctl 0.3.0 or newer, found '" + found + "' (brew upgrade remindctl)");
}

Result<void> Program::check_access(Host& host) {
  CHELA_TRY(const json::value document, ask(host, {"status", "--json"}));
  const std::string status = get_string(document, "status");
  if (get_bool(document, "authorized") && status == "full-access") return {};
  return fail(ErrorCode::permission_denied, "remindctl may not see the reminders: its access is '" +
                                                exec_json::printable(status, 40) + "'" +
                                                access_advice(status));
}

Result<void> Program::find_lists(Host& host, bool may_create) {
  CHELA_TRY(const json::value document, ask(host, {"list", "--json"}));
  const auto* listed = document.if_array();
  if (listed == nullptr)
    return fail(ErrorCode::data_loss, "remindctl list: wanted a list, found something else");
  ListIds found;
  bool has_made_one = false;
  for (const auto& [state, name] : settings_.list_names) {
    if (name.empty() || name.starts_with('-')) {
      return fail(ErrorCode::invalid_argument, "the list for " + state +
                                                   ": wanted a name that does not begin with '-', "
                                                   "found '" +
                                                   exec_json::printable(name, 100) + "'");
    }
    std::string ids;
    for (const auto& list : *listed) {
      if (get_string(list, "title") != name) continue;
      ids += (ids.empty() ? "" : ", ") + get_string(list, "id");
      if (!found.emplace(state, get_string(list, "id")).second) {
        return fail(ErrorCode::failed_precondition,
                    "several lists are called \"" + name + "\" (" + ids +
                        ", ...); rename or delete all but one in Reminders");
      }
    }
    if (found.contains(state)) continue;
    if (!may_create) {
      return fail(ErrorCode::failed_precondition,
                  "no list is called \"" + name + "\"; make it in Reminders" +
                      (settings_.creates_lists ? "" : ", or set create_lists: true"));
    }
    CHELA_TRY(ask(host, {"list", name, "--create", "--json"}));
    has_made_one = true;
  }
  // Somebody may have made one at the same moment: only a listing tells.
  if (has_made_one) return find_lists(host, false);
  lists_ = std::move(found);
  return {};
}

Result<void> Program::make_ready(Host& host) {
  if (!lists_.empty()) return {};
  CHELA_TRY(check_version(host));
  CHELA_TRY(check_access(host));
  return find_lists(host, settings_.creates_lists);
}

Result<std::vector<Reminder>> Program::show(Host& host, const std::string& list_id,
                                            bool with_completed) {
  CHELA_TRY(const json::value document,
            ask(host, {"show", with_completed ? "all" : "open", "--list-id", list_id, "--json"}));
  const auto* items = document.if_array();
  if (items == nullptr)
    return fail(ErrorCode::data_loss, "remindctl show: wanted a list, found something else");
  std::vector<Reminder> reminders;
  for (const auto& item : *items) {
    CHELA_TRY(reminders.emplace_back(), read_reminder(item));
  }
  return reminders;
}

Result<Reminder> Program::info(Host& host, const std::string& id) {
  CHELA_TRY(const json::value document, ask(host, {"info", id, "--json"}));
  return read_one(document);
}

Result<Reminder> Program::add(Host& host, std::vector<std::string> words) {
  words.insert(words.begin(), "add");
  words.insert(words.end(), {"--no-input", "--json"});
  CHELA_TRY(const json::value document, ask(host, words));
  return read_one(document);
}

Result<Reminder> Program::edit(Host& host, const std::string& id, std::vector<std::string> words) {
  words.insert(words.begin(), {"edit", id});
  words.insert(words.end(), {"--no-input", "--json"});
  CHELA_TRY(const json::value document, ask(host, words));
  return read_one(document);
}

Result<Reminder> Program::complete(Host& host, const std::string& id) {
  CHELA_TRY(const json::value document, ask(host, {"complete", id, "--json"}));
  return read_one(document);
}

Result<void> Program::remove(Host& host, const std::string& id) {
  CHELA_TRY(const json::value document,
            ask(host, {"delete", id, "--force", "--no-input", "--json"}));
  if (get_int(document, "deleted") == 1) return {};
  return fail(ErrorCode::data_loss, "remindctl delete: wanted {\"deleted\" : 1}, found " +
                                        json::serialize(document).substr(0, 100));
}

}  // namespace chela::remindctl
