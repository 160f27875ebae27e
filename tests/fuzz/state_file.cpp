// heartbeat-state.json: what others wrote stays to the byte, what chela writes is read back, and
// read again it is nobody's edit.
#include "heartbeat/state_file.h"

#include "fuzz.h"

namespace {

using namespace chela;
using heartbeat::RawMember;

// Whether all of `before` stands in `after`, in its order and to the byte, but for `ours`.
bool is_kept(const std::vector<RawMember>& before, const std::vector<RawMember>& after,
             const std::vector<std::string>& ours) {
  auto at = after.begin();
  for (const auto& member : before) {
    at = std::find_if(at, after.end(), [&](const auto& m) { return m.key == member.key; });
    if (at == after.end()) return false;
    const bool is_ours = std::find(ours.begin(), ours.end(), member.key) != ours.end();
    if (!is_ours && at->json != member.json) return false;
  }
  return true;
}

void expect_lossless(const heartbeat::StateFile& before, const heartbeat::TimesById& times) {
  const std::string written = heartbeat::write_state(before, times);
  const auto after = heartbeat::read_state(written);
  fuzz::require(after.has_value(), "what chela writes is read", written);
  fuzz::require(is_kept(before.members, after->members, {"lastChecks", "chela"}), "members stay");
  fuzz::require(is_kept(before.own, after->own, {"version", "written", "takenOver"}),
                "in our own part, too");
  std::vector<std::string> ids;
  for (const auto& [id, known] : times) ids.push_back(id);
  fuzz::require(is_kept(before.last_checks, after->last_checks, ids), "foreign checks stay",
                written);
  for (const auto& [id, known] : times) {
    const auto entry = after->entries.find(id);
    fuzz::require(entry != after->entries.end() && entry->second.time == known.last_ok,
                  "our times are in it", written);
  }
  fuzz::require(heartbeat::write_state(*after, times) == written, "written twice is the same");
  const auto merged = heartbeat::merge(written, written, times);
  fuzz::require(merged && merged->edits.empty(), "our own text is nobody's edit", written);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto input = fuzz::text_of(data, size);
  heartbeat::TimesById times;
  for (const char* id : {"email", "git"}) {
    const auto choice = fuzz::choose(input);
    const Timestamp at(Duration(1'700'000'000'000 + choice * 1001));
    if (choice % 4 != 0) times[id] = {choice % 4 == 1 ? std::optional<Timestamp>() : at, at, 0};
  }
  const auto file = fuzz::part_of(input), last_written = fuzz::part_of(input);
  const auto merged = heartbeat::merge(file, last_written, times);
  auto state = heartbeat::read_state(file);
  fuzz::require(merged.has_value() == state.has_value(), "merge refuses what reading refuses");
  if (!state) return 0;
  for (const auto& note : state->notes)
    fuzz::require(fuzz::is_printable(note), "a note is fit to be shown", note);
  expect_lossless(*state, times);
  expect_lossless(*state, merged->times);
  if (heartbeat::take_over(input, *state, times)) expect_lossless(*state, times);
  return 0;
}
