#include "store.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <sstream>

namespace fake_remindctl {

Store::Store(std::string path) : file(std::move(path)) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  if (!text.str().empty()) state = json::parse(text.str()).as_object();
  for (const char* name : {"lists", "reminders"}) {
    if (!state.contains(name)) state[name] = json::array();
  }
  if (!state.contains("status")) state["status"] = "full-access";
  if (!state.contains("version")) state["version"] = "0.3.3";
  if (!state.contains("next")) state["next"] = 1;
}

void Store::save() {
  std::ofstream(file, std::ios::trunc) << json::serialize(state) << "\n";
}

std::string Store::new_id() {
  const auto count = state["next"].to_number<std::uint64_t>();
  state["next"] = count + 1;
  const std::uint64_t high = (count + 7) * 0x9e3779b97f4a7c15ull;
  const std::uint64_t low = high * 0xbf58476d1ce4e5b9ull;
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%08X-%04X-4%03X-9%03X-%012llX",
                static_cast<unsigned>(high >> 32), static_cast<unsigned>(high & 0xffff),
                static_cast<unsigned>((high >> 16) & 0xfff), static_cast<unsigned>(low & 0xfff),
                static_cast<unsigned long long>(low >> 16));
  return text.data();
}

int Store::zone_minutes() const {
  const auto* minutes = state.if_contains("zone_minutes");
  return minutes == nullptr ? 0 : minutes->to_number<int>();
}

std::string Store::now() {
  std::tm utc{};
  std::time_t time = std::time(nullptr);
  if (const auto* fixed = state.if_contains("now")) {
    ::strptime(fixed->as_string().c_str(), "%Y-%m-%dT%H:%M:%SZ", &utc);
    time = ::timegm(&utc) + 1;
  }
  ::gmtime_r(&time, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  if (state.contains("now")) state["now"] = text.data();
  return text.data();
}

}  // namespace fake_remindctl
