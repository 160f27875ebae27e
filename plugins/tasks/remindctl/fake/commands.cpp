#include "commands.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>

#include "fields.h"
#include "json_text.h"
#include "store.h"
#include "words.h"

namespace fake_remindctl {
namespace {

std::string text_of(const json::value& item, const char* name) {
  const auto* member = item.as_object().if_contains(name);
  return member == nullptr || !member->is_string() ? "" : std::string(member->get_string());
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

bool is_completed(const json::value& item) {
  return item.as_object().at("isCompleted").as_bool();
}

void print(const json::value& value) {
  std::cout << apple_text(value) << "\n";
}

// By due, then title, then id; those without a due time last.
std::vector<json::value> sorted(std::vector<json::value> items) {
  std::sort(items.begin(), items.end(), [](const json::value& a, const json::value& b) {
    const auto key = [](const json::value& item) {
      const std::string due = text_of(item, "dueDate");
      return std::make_tuple(due.empty(), due, text_of(item, "title"), text_of(item, "id"));
    };
    return key(a) < key(b);
  });
  return items;
}

class Session {
 public:
  Session(const std::string& file, const Words& words) : store_(file), words_(words) {}

  int status() {
    const std::string status(store_.state["status"].as_string());
    print(json::object{{"authorized", status == "full-access"}, {"status", status}});
    return 0;
  }
  int authorize() {
    status();
    check_access();
    return 0;
  }

  int show() {
    const std::string filter =
        words_.positional.empty() ? "today" : lower(words_.positional.front());
    const std::set<std::string> known = {"today", "open", "completed", "all"};
    if (!known.contains(filter))
      throw Failure{"Unknown filter: \"" + words_.positional.front() + "\""};
    check_access();
    json::array found;
    for (const auto& item : in_list()) {
      const bool is_wanted = filter == "all" || (filter == "open" && !is_completed(item)) ||
                             (filter == "completed" && is_completed(item)) ||
                             (filter == "today" && is_today(item));
      if (is_wanted) found.push_back(item);
    }
    std::reverse(found.begin(), found.end());  // EventKit promises no order
    print(found);
    return 0;
  }

  int list() {
    check_access();
    if (words_.positional.empty() && !words_.option("list-id")) return show_lists();
    if (words_.has("create")) {
      // No look whether there is one of this name.
      const std::string id = store_.new_id(), title = words_.positional.at(0);
      store_.lists().push_back(json::object{{"id", id}, {"title", title}});
      store_.save();
      print(json::array{
          json::object{{"id", id}, {"overdueCount", 0}, {"reminderCount", 0}, {"title", title}}});
      return 0;
    }
    const std::string id = target();
    if (words_.has("delete")) {
      remove_where(store_.lists(), "id", id);
      remove_where(store_.reminders(), "listID", id);
      store_.save();
      return 0;  // nothing is printed with --json
    }
    if (const auto name = words_.option("rename")) {
      for (auto& one : store_.lists()) {
        if (text_of(one, "id") == id) one.as_object()["title"] = *name;
      }
      store_.save();
      return 0;
    }
    json::array found;
    for (const auto& item : store_.reminders()) {
      if (text_of(item, "listID") == id) found.push_back(shown(item));
    }
    print(found);
    return 0;
  }

  int export_all() {
    check_access();
    json::array found;
    for (auto& item : sorted(in_list())) found.push_back(item);
    print(found);
    return 0;
  }

  int info() {
    check_access();
    const json::value item = shown(*resolve(argument()));
    if (words_.has("quiet")) {
      std::cout << text_of(item, "id") << "\n";
    } else {
      print(item);
    }
    return 0;
  }

  int add() {
    const auto option = words_.option("title");
    if (option && !words_.positional.empty())
      throw Failure{"Provide title either as argument or via --title"};
    if (!option && words_.positional.empty())
      throw Failure{"Missing title. Provide it as an argument or via --title."};
    json::object item;
    item["title"] = option ? *option : words_.positional.front();
    take_fields(item);
    mirror_url(item, "");
    check_access();
    const std::string now = store_.now();
    item["id"] = store_.new_id();
    item["listID"] = has_target() ? target() : default_list();
    item["isCompleted"] = false;
    item["creationDate"] = now;
    item["lastModifiedDate"] = now;
    if (!item.contains("priority")) item["priority"] = "none";
    if (!item.contains("dueDateIsAllDay")) item["dueDateIsAllDay"] = false;
    store_.reminders().push_back(item);
    store_.save();
    print(shown(item));
    return 0;
  }

  int edit() {
    const std::string input = argument();
    check_access();
    json::object& item = resolve(input)->as_object();
    json::object changes;
    if (const auto title = words_.option("title")) changes["title"] = *title;
    take_fields(changes);
    if (words_.has("clear-due") && changes.contains("dueDate"))
      throw Failure{"Use either --due or --clear-due, not both"};
    if (words_.has("clear-url") && changes.contains("url"))
      throw Failure{"Use either --url or --clear-url, not both"};
    if (words_.has("complete") && words_.has("incomplete"))
      throw Failure{"Use either --complete or --incomplete, not both"};
    const bool is_moved = has_target();
    if (changes.empty() && !is_moved && !words_.has("clear-due") && !words_.has("clear-url") &&
        !words_.has("complete") && !words_.has("incomplete"))
      throw Failure{"No changes specified"};
    if (is_moved) changes["listID"] = target();
    const std::string url_before = text_of(item, "url");
    for (const auto& [name, value] : changes) item[name] = value;
    if (words_.has("clear-url")) item.erase("url");
    if (changes.contains("notes") || changes.contains("url") || words_.has("clear-url"))
      mirror_url(item, url_before);
    if (words_.has("clear-due")) {
      item.erase("dueDate");
      item["dueDateIsAllDay"] = false;
    }
    if (words_.has("complete")) tick(item);
    if (words_.has("incomplete")) {
      item["isCompleted"] = false;
      item.erase("completionDate");
    }
    item["lastModifiedDate"] = store_.now();
    store_.save();
    print(shown(item));
    return 0;
  }

  int complete() {
    if (words_.positional.empty()) throw Failure{"Missing argument: ids"};
    check_access();
    json::array done;
    for (const auto& input : words_.positional) {
      json::object& item = resolve(input)->as_object();
      tick(item);
      item["lastModifiedDate"] = store_.now();
      done.push_back(shown(item));
    }
    store_.save();
    print(done);
    return 0;
  }

  int remove() {
    if (words_.positional.empty()) throw Failure{"Missing argument: ids"};
    check_access();
    std::vector<std::string> ids;
    for (const auto& input : words_.positional) ids.push_back(text_of(*resolve(input), "id"));
    for (const auto& id : ids) remove_where(store_.reminders(), "id", id);
    store_.save();
    print(json::object{{"deleted", ids.size()}});
    return 0;
  }

 private:
  // 0.3.2 and later show the url in the notes as well, in a line of their own that they keep.
  static void mirror_url(json::object& item, const std::string& url_before) {
    const std::string url = text_of(item, "url");
    std::string notes = text_of(item, "notes");
    for (const auto& one : {url_before, url}) {
      if (!one.empty()) notes = without_url_line(notes, one);
    }
    if (!url.empty()) notes += (notes.empty() ? "" : "\n\n") + url_line(url);
    if (notes.empty() && !(url.empty() && url_before.empty())) {
      item.erase("notes");
    } else if (item.contains("notes") || !notes.empty()) {
      item["notes"] = notes;
    }
  }

  static void remove_where(json::array& list, const char* name, const std::string& value) {
    for (auto at = list.begin(); at != list.end();) {
      at = text_of(*at, name) == value ? list.erase(at) : at + 1;
    }
  }

  // What store.requestAccess() ends in; a real one on `not-determined` opens a prompt and waits.
  void check_access() {
    const std::string status(store_.state["status"].as_string());
    if (store_.state.contains("hangs")) ::pause();
    if (status == "full-access") return;
    if (status == "write-only") {
      throw Failure{
          "Reminders access is write-only. Switch to Full Access in System Settings > Privacy & "
          "Security > Reminders."};
    }
    if (status == "not-determined") throw std::runtime_error("a prompt would be open for ever");
    throw Failure{
        "Reminders access denied. Run `remindctl authorize` to trigger the prompt, then allow "
        "Terminal (or remindctl) in System Settings > Privacy & Security > Reminders. If no prompt "
        "appears, run `osascript -e 'tell application \"Reminders\" to get name of reminders'` "
        "once "
        "from the same terminal app. If running over SSH, grant access on the Mac that runs the "
        "command."};
  }

  std::string argument() const {
    if (words_.positional.empty()) throw Failure{"Missing argument: id"};
    return words_.positional.front();
  }

  bool has_target() const { return words_.option("list") || words_.option("list-id"); }

  // The id of the list that --list-id (an id or the beginning of one), --list or the first word
  // names.
  std::string target() {
    const auto id = words_.option("list-id");
    const auto name = words_.option("list");
    if (id && name) throw Failure{"Use either --list or --list-id, not both"};
    const std::string wanted = id ? *id : name ? *name : words_.positional.at(0);
    std::vector<const json::value*> found;
    for (const auto& list : store_.lists()) {
      const bool is_it = id ? lower(text_of(list, "id")).starts_with(lower(wanted))
                            : text_of(list, "title") == wanted;
      if (is_it) found.push_back(&list);
    }
    if (found.empty()) throw Failure{"List not found: \"" + wanted + "\"."};
    if (found.size() == 1) return text_of(*found.front(), "id");
    std::string names;
    for (const auto* list : found) {
      names +=
          (names.empty() ? "" : ", ") + text_of(*list, "title") + " (" + text_of(*list, "id") + ")";
    }
    throw Failure{"List \"" + wanted + "\" matches multiple lists: " + names + "."};
  }

  std::string default_list() {
    if (store_.lists().empty()) throw Failure{"No default list found. Specify --list."};
    return text_of(store_.lists().front(), "id");
  }

  // With listName; members that are nil are left out.
  json::value shown(const json::value& item) {
    json::object out = item.as_object();
    for (const auto& list : store_.lists()) {
      if (text_of(list, "id") == text_of(item, "listID")) out["listName"] = text_of(list, "title");
    }
    return out;
  }

  std::vector<json::value> in_list() {
    const std::string id = has_target() ? target() : "";
    std::vector<json::value> found;
    for (const auto& item : store_.reminders()) {
      if (id.empty() || text_of(item, "listID") == id) found.push_back(shown(item));
    }
    return found;
  }

  bool is_today(const json::value& item) {
    const std::string due = text_of(item, "dueDate");
    return !is_completed(item) && !due.empty() && due.substr(0, 10) <= store_.now().substr(0, 10);
  }

  int show_lists() {
    json::array found;
    for (const auto& list : store_.lists()) {
      int open = 0, overdue = 0;
      for (const auto& item : store_.reminders()) {
        if (text_of(item, "listID") != text_of(list, "id") || is_completed(item)) continue;
        ++open;
        const std::string due = text_of(item, "dueDate");
        overdue += !due.empty() && due.substr(0, 10) < store_.now().substr(0, 10) ? 1 : 0;
      }
      found.push_back(json::object{{"id", text_of(list, "id")},
                                   {"overdueCount", overdue},
                                   {"reminderCount", open},
                                   {"title", text_of(list, "title")}});
    }
    print(found);
    return 0;
  }

  // Digits are an index into today's view; the beginning of an id needs four signs.
  json::value* resolve(const std::string& input) {
    const bool is_index = !input.empty() && input.find_first_not_of("0123456789") == input.npos;
    std::vector<json::value*> found;
    if (is_index) {
      std::vector<json::value> today;
      for (const auto& item : store_.reminders()) {
        if (is_today(item)) today.push_back(item);
      }
      const auto view = sorted(today);
      const auto index = std::stoull(input);
      if (index < 1 || index > view.size()) throw Failure{"Invalid identifier: \"" + input + "\"."};
      return resolve(text_of(view[index - 1], "id"));
    }
    if (input.size() < 4) throw Failure{"Invalid identifier: \"" + input + "\"."};
    for (auto& item : store_.reminders()) {
      if (lower(text_of(item, "id")).starts_with(lower(input))) found.push_back(&item);
    }
    if (found.empty()) throw Failure{"Reminder not found: \"" + input + "\"."};
    if (found.size() == 1) return found.front();
    std::string ids;
    for (const auto* item : found) ids += (ids.empty() ? "" : ", ") + text_of(*item, "id");
    throw Failure{"Identifier \"" + input + "\" matches multiple reminders: " + ids + "."};
  }

  void take_fields(json::object& item) {
    if (const auto notes = words_.option("notes")) item["notes"] = *notes;
    if (const auto url = words_.option("url")) item["url"] = *url;
    if (const auto priority = words_.option("priority")) {
      const std::string name = lower(*priority) == "med" ? "medium" : lower(*priority);
      if (!std::set<std::string>{"none", "low", "medium", "high"}.contains(name))
        throw Failure{"Invalid priority: \"" + *priority + "\" (use none|low|medium|high)"};
      item["priority"] = name;
    }
    const auto due = words_.option("due");
    if (!due) return;
    const auto date = read_date(*due, store_.zone_minutes());
    if (!date) throw Failure{"Invalid date: \"" + *due + "\"."};
    item["dueDate"] = date->text;
    item["dueDateIsAllDay"] = date->is_all_day;
  }

  void tick(json::object& item) {
    item["isCompleted"] = true;
    item["completionDate"] = store_.now();
  }

  Store store_;
  const Words& words_;
};

int run_command(const std::string& name, const Words& words, const std::string& file) {
  Session session(file, words);
  if (name == "status") return session.status();
  if (name == "authorize") return session.authorize();
  if (name == "show") return session.show();
  if (name == "list") return session.list();
  if (name == "export") return session.export_all();
  if (name == "info") return session.info();
  if (name == "add") return session.add();
  if (name == "edit") return session.edit();
  if (name == "complete") return session.complete();
  return session.remove();
}

}  // namespace

int run(const std::vector<std::string>& typed, const std::string& store_file) {
  const auto says = [&](const char* word) {
    return std::find(typed.begin(), typed.end(), word) != typed.end();
  };
  if (says("--version") || says("-V")) {
    std::cout << std::string(Store(store_file).state["version"].as_string()) << "\n";
    return 0;
  }
  if (says("--help") || says("-h")) {
    std::cout << "remindctl\nManage Apple Reminders from the terminal\n";
    return 0;
  }
  std::vector<std::string> words = typed;
  const std::map<std::string, std::string> aliases = {
      {"lists", "list"}, {"ls", "list"}, {"rm", "delete"}, {"done", "complete"}};
  if (!words.empty() && aliases.contains(words[0])) words[0] = aliases.at(words[0]);
  if (words.empty() || words[0].starts_with('-')) words.insert(words.begin(), "show");
  if (!is_command(words[0])) {
    std::cerr << "Unknown command\n";
    return 1;
  }
  try {
    return run_command(words[0], parse(words), store_file);
  } catch (const Failure& failure) {
    std::cerr << failure.text << "\n";
    return 1;
  }
}

}  // namespace fake_remindctl
