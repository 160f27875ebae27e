// What is kept of the calendars from run to run: their events in short iCalendar text, and what the
// server said about their age.
//
// Only what can matter is kept: events that repeat or lie ahead, and that count. Of the others a
// hash stays, so that they need not be fetched again.
#pragma once

#include <chela/json.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "zone_book.h"

namespace check_calendar {

// One file on the server, or one UID of a feed.
struct Resource {
  std::string tag{};   // ETag, or a hash of the text
  std::string text{};  // VEVENTs as write_event() makes them
};

struct Calendar {
  std::string name{};  // for people; words of others
  std::string ctag{}, sync_token{};
  std::map<std::string, Resource> kept{};  // by href or UID
  std::set<std::uint64_t> dropped{};       // mark_of() what need not be kept
  std::map<std::string, std::string>
      zones{};               // VTIMEZONE text by TZID, where nothing else knows it
  bool is_complete = false;  // everything was fetched at least once
  bool is_cut = false;       // too large: the most distant events are missing
  Instant full_at = 0;       // when it was last compared as a whole
  std::string as_of{};       // what the feed says about its age
};

struct Mirror {
  std::map<std::string, Calendar> calendars{};  // by path; a feed's is ""
};

std::uint64_t mark_of(std::string_view key, std::string_view tag);

chela::json::value to_json(const Mirror& mirror);
// An empty one where the text is none of ours.
Mirror mirror_from(const chela::json::value& document);

// Bytes of all texts that are kept.
std::size_t size_of(const Mirror& mirror);

// The component as text again, with what is inside.
std::string write_component(const Component& component);

}  // namespace check_calendar
