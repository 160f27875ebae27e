// tasks.remindctl over the contract fake of remindctl (derived from the v0.3.3 sources, not tested
// with Reminders), through the real exec service.
#pragma once

#include "backends/real_backend.h"

namespace chela::test {

class Remindctl : public BackendTest {
 protected:
  fs::path fake() const { return desk_.workspace() / "remindctl"; }
  fs::path state() const { return desk_.workspace() / "remindctl.state.json"; }
  void SetUp() override { fs::copy_file(CHELA_FAKE_REMINDCTL, fake()); }
  void open_backend() override { open(); }

  // `more` is further lines of `config:`; `command` stands in place of the fake alone.
  void open(const std::string& more = "", const std::string& command = "") {
    const std::string words = command.empty() ? "\"" + fake().string() + "\"" : command;
    backend_ = std::make_unique<RealBackend>(
        "id: reminders\nplugin: tasks.remindctl\nallow:\n  exec: [\"" + fake().string() +
            "\"]\n  read: [\"${workspace}\"]\n  write: [\"${workspace}\"]\nconfig:\n  command: [" +
            words + "]\n  folder: \"${workspace}\"\n" + more,
        desk_.workspace(), desk_.home());
  }
  // A person at the Mac.
  Outcome type(std::vector<std::string> words) const {
    return Desk::finish(desk_.start(std::move(words), fake().string()));
  }
  json::value kept() const { return *parse_json(slurp(state())); }
  json::value kept_reminder(std::size_t index) const {
    return kept().at("reminders").as_array().at(index);
  }
  void keep(const json::value& value) const { spill(state(), json::serialize(value)); }
  // As EventKit or another program would: sets members of a kept reminder.
  void meddle(std::size_t index, const json::object& members) const {
    auto all = kept().as_object();
    auto& one = all["reminders"].as_array().at(index).as_object();
    for (const auto& [name, value] : members) one[name] = value;
    keep(all);
  }
  // And of the whole: "status", "version", "zone_minutes", ...
  void meddle(const json::object& members) const {
    auto all = fs::exists(state()) ? kept().as_object() : json::object();
    for (const auto& [name, value] : members) all[name] = value;
    keep(all);
  }
  // The second words of the command lines since `from`: "show", "edit", ...
  std::vector<std::string> verbs(std::size_t from = 0) const {
    std::vector<std::string> found;
    for (std::size_t i = from; i < backend_->commands.size(); ++i)
      found.push_back(backend_->commands[i].at(1));
    return found;
  }
};

}  // namespace chela::test
