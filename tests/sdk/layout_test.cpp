// The binary layout of the C contract against the table in abi_layout.txt: an insertion or a
// reordering fails here.
#include <gtest/gtest.h>

#include <cstddef>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "chela/abi/kinds.h"

namespace {

struct Member {
  std::string name;
  std::size_t offset;
  std::size_t size;
};
struct Struct {
  std::string name;
  std::size_t size;
  std::vector<Member> members;
};

#define MEMBER(type, member) \
  { #member, offsetof(type, member), sizeof(type::member) }

const std::vector<Struct>& structs() {
  static const std::vector<Struct> all{
      {"chela_str", sizeof(chela_str), {MEMBER(chela_str, data), MEMBER(chela_str, size)}},
      {"chela_sink",
       sizeof(chela_sink),
       {MEMBER(chela_sink, struct_size), MEMBER(chela_sink, reserved), MEMBER(chela_sink, put)}},
      {"chela_host",
       sizeof(chela_host),
       {MEMBER(chela_host, struct_size), MEMBER(chela_host, abi_major),
        MEMBER(chela_host, abi_minor), MEMBER(chela_host, reserved), MEMBER(chela_host, service)}},
      {"chela_call",
       sizeof(chela_call),
       {MEMBER(chela_call, struct_size), MEMBER(chela_call, attempt), MEMBER(chela_call, host),
        MEMBER(chela_call, deadline_ns), MEMBER(chela_call, cancel_fd),
        MEMBER(chela_call, reserved), MEMBER(chela_call, cancelled), MEMBER(chela_call, fail),
        MEMBER(chela_call, emit)}},
      {"chela_ops",
       sizeof(chela_ops),
       {MEMBER(chela_ops, struct_size), MEMBER(chela_ops, reserved), MEMBER(chela_ops, create),
        MEMBER(chela_ops, destroy), MEMBER(chela_ops, extension)}},
      {"chela_component",
       sizeof(chela_component),
       {MEMBER(chela_component, struct_size), MEMBER(chela_component, flags),
        MEMBER(chela_component, kind), MEMBER(chela_component, ops)}},
      {"chela_plugin",
       sizeof(chela_plugin),
       {MEMBER(chela_plugin, struct_size), MEMBER(chela_plugin, abi_minor_built),
        MEMBER(chela_plugin, abi_minor_needed), MEMBER(chela_plugin, component_count),
        MEMBER(chela_plugin, id), MEMBER(chela_plugin, version), MEMBER(chela_plugin, components)}},
      {"chela_check_ops",
       sizeof(chela_check_ops),
       {MEMBER(chela_check_ops, base), MEMBER(chela_check_ops, run)}},
      {"chela_tasks_ops",
       sizeof(chela_tasks_ops),
       {MEMBER(chela_tasks_ops, base), MEMBER(chela_tasks_ops, list), MEMBER(chela_tasks_ops, get),
        MEMBER(chela_tasks_ops, create), MEMBER(chela_tasks_ops, update),
        MEMBER(chela_tasks_ops, note), MEMBER(chela_tasks_ops, remove),
        MEMBER(chela_tasks_ops, describe)}},
      {"chela_log_v1",
       sizeof(chela_log_v1),
       {MEMBER(chela_log_v1, struct_size), MEMBER(chela_log_v1, reserved),
        MEMBER(chela_log_v1, write)}},
      {"chela_clock_v1",
       sizeof(chela_clock_v1),
       {MEMBER(chela_clock_v1, struct_size), MEMBER(chela_clock_v1, reserved),
        MEMBER(chela_clock_v1, now_ms)}},
      {"chela_state_v1",
       sizeof(chela_state_v1),
       {MEMBER(chela_state_v1, struct_size), MEMBER(chela_state_v1, reserved),
        MEMBER(chela_state_v1, get), MEMBER(chela_state_v1, set), MEMBER(chela_state_v1, remove)}},
      {"chela_files_v1",
       sizeof(chela_files_v1),
       {MEMBER(chela_files_v1, struct_size), MEMBER(chela_files_v1, reserved),
        MEMBER(chela_files_v1, read), MEMBER(chela_files_v1, stat), MEMBER(chela_files_v1, list),
        MEMBER(chela_files_v1, disk_usage), MEMBER(chela_files_v1, replace)}},
      {"chela_exec_v1",
       sizeof(chela_exec_v1),
       {MEMBER(chela_exec_v1, struct_size), MEMBER(chela_exec_v1, reserved),
        MEMBER(chela_exec_v1, run)}},
      {"chela_board_v1",
       sizeof(chela_board_v1),
       {MEMBER(chela_board_v1, struct_size), MEMBER(chela_board_v1, reserved),
        MEMBER(chela_board_v1, list)}},
      {"chela_http_v1",
       sizeof(chela_http_v1),
       {MEMBER(chela_http_v1, struct_size), MEMBER(chela_http_v1, reserved),
        MEMBER(chela_http_v1, fetch)}},
      {"chela_stream_v1",
       sizeof(chela_stream_v1),
       {MEMBER(chela_stream_v1, struct_size), MEMBER(chela_stream_v1, reserved),
        MEMBER(chela_stream_v1, open), MEMBER(chela_stream_v1, read),
        MEMBER(chela_stream_v1, write), MEMBER(chela_stream_v1, close)}},
      {"chela_sign_v1",
       sizeof(chela_sign_v1),
       {MEMBER(chela_sign_v1, struct_size), MEMBER(chela_sign_v1, reserved),
        MEMBER(chela_sign_v1, sign)}},
      {"chela_notifier_ops",
       sizeof(chela_notifier_ops),
       {MEMBER(chela_notifier_ops, base), MEMBER(chela_notifier_ops, send)}},
  };
  return all;
}

std::string found_layout() {
  std::ostringstream text;
  for (const auto& s : structs()) {
    text << s.name << " " << s.size << "\n";
    for (const auto& m : s.members)
      text << "  " << m.name << " " << m.offset << " " << m.size << "\n";
  }
  return text.str();
}

// Without the lines that start with '#'.
std::string written_layout() {
  std::ifstream in(CHELA_SOURCE_DIR "/tests/sdk/abi_layout.txt");
  std::string text;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with('#')) text += line + "\n";
  }
  return text;
}

TEST(AbiLayout, IsWhatTheTableSays) {
  EXPECT_EQ(found_layout(), written_layout())
      << "appending: add the line to abi_layout.txt; anything else breaks plugins";
}

TEST(AbiLayout, ListsEveryMember) {
  for (const auto& s : structs()) {
    SCOPED_TRACE(s.name);
    std::size_t end = 0;
    for (const auto& m : s.members) {
      EXPECT_EQ(m.offset, end) << m.name << ": a hole, or a member before it is not listed here";
      end = m.offset + m.size;
    }
    EXPECT_EQ(s.size, end) << "a member behind the last one is not listed here";
  }
}

// A struct that a header declares but this table forgets would not be guarded.
TEST(AbiLayout, KnowsEveryStructOfTheHeaders) {
  std::map<std::string, bool> listed;
  for (const auto& s : structs()) listed[s.name] = true;
  int seen = 0;
  for (const std::string header :
       {"types", "host", "call", "plugin", "check", "tasks", "service/log", "service/clock",
        "service/state", "service/files", "service/exec", "service/board", "service/http",
        "service/stream", "service/sign", "notifier"}) {
    SCOPED_TRACE(header);
    std::ifstream in(CHELA_SOURCE_DIR "/sdk/include/chela/abi/" + header + ".h");
    ASSERT_TRUE(in.good());
    for (std::string line; std::getline(in, line);) {
      if (!line.starts_with("typedef struct chela_") || !line.ends_with("{")) continue;
      std::istringstream words(line);
      std::string name;
      words >> name >> name >> name;
      EXPECT_TRUE(listed[name]) << name;
      ++seen;
    }
  }
  EXPECT_EQ(seen, static_cast<int>(structs().size()));
}

}  // namespace
