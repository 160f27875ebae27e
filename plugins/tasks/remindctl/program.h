// remindctl behind chela.exec/1: is it the right version, may it see the reminders, which lists are
// ours, and one method per command that we use.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "edit.h"
#include "exec_json.h"

namespace chela::remindctl {

struct ProgramSettings {
  exec_json::Command command;
  std::map<std::string, std::string> list_names;  // by state: queue, in_progress, blocked
  bool creates_lists = true;
};

// Remembers, as long as the instance lives, that the program is fit and what the lists' ids are;
// forget() makes the next call look again. [instance-serial]
class Program {
 public:
  explicit Program(ProgramSettings settings) : settings_(std::move(settings)) {}

  // Version (0.3.0 or newer), permission (asked by `status`, which never opens a prompt) and lists,
  // once. A list is made only where a listing just said that none has its name, because
  // `list NAME --create` makes a second one otherwise. failed_precondition: too old, two lists of
  // one name (both ids are named), a list that is missing; permission_denied: no full access.
  Result<void> make_ready(Host& host);
  void forget() { lists_.clear(); }
  const ListIds& lists() const { return lists_; }

  // The reminders of one list; the completed ones only where asked for.
  Result<std::vector<Reminder>> show(Host& host, const std::string& list_id, bool with_completed);
  Result<Reminder> info(Host& host, const std::string& id);  // not_found
  Result<Reminder> add(Host& host, std::vector<std::string> words);
  Result<Reminder> edit(Host& host, const std::string& id, std::vector<std::string> words);
  Result<Reminder> complete(Host& host, const std::string& id);
  Result<void> remove(Host& host, const std::string& id);

 private:
  Result<json::value> ask(Host& host, const std::vector<std::string>& words);
  Result<void> check_version(Host& host);
  Result<void> check_access(Host& host);
  Result<void> find_lists(Host& host, bool may_create);

  ProgramSettings settings_;
  ListIds lists_;  // empty: not ready
};

// What an error of remindctl means; its texts are those of 0.3.3. not_found: no such reminder;
// aborted: the list is gone (its id changed), look for it again.
Error explain(std::string_view said);

}  // namespace chela::remindctl
