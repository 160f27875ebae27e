// The reminders of the fake: one JSON file, and what EventKit does when one is saved.
#pragma once

#include <boost/json.hpp>
#include <string>

namespace fake_remindctl {

namespace json = boost::json;

// {"status":"full-access","version":"0.3.3","lists":[{"id","title"}],"reminders":[{..as remindctl
// shows them}],"next":1,"now":"2026-11-22T05:40:11Z","zone_minutes":60,"hangs":true}. Every member
// may be missing. With "now" the clock stands there and goes on by a second for each write;
// "zone_minutes" is how far the Mac's time is ahead of UTC; with "hangs" whatever wants access to
// the reminders waits for ever, as behind a prompt that nobody sees.
struct Store {
  explicit Store(std::string file);
  void save();

  std::string new_id();
  std::string now();  // RFC 3339, whole seconds
  int zone_minutes() const;

  std::string file;
  json::object state;
  json::array& lists() { return state["lists"].get_array(); }
  json::array& reminders() { return state["reminders"].get_array(); }
};

}  // namespace fake_remindctl
