// The documents at the tasks door: any request is refused or does what it says, and every answer is
// valid JSON.
#include "documents.h"

#include "fuzz.h"

namespace {

using namespace chela;
constexpr std::string_view kNow = "2026-11-22T05:40:11Z";

std::string trimmed(std::string text) {
  text.erase(0, text.find_first_not_of(" \t"));
  text.erase(text.find_last_not_of(" \t") + 1);
  return text;
}

// A title becomes one line of text; one that is such a line already stays to the byte.
void expect_title(const std::string& wanted, const std::string& found) {
  fuzz::require(found == markdown::readable_title(wanted), "a title is as it was asked for", found);
  const bool is_plain = !wanted.empty() && wanted == trimmed(wanted) &&
                        fuzz::is_printable(wanted) &&
                        wanted.find_first_of("\n") == std::string::npos;
  if (is_plain)
    fuzz::require(found == wanted || wanted.find("  ") != std::string::npos, "to the byte", found);
}

void expect_answer(const markdown::TaskFile& file, const markdown::Edit& edit) {
  const auto after = markdown::parse(markdown::apply_splices(file.bytes, edit.splices));
  const auto* task = after.find(edit.task.handle);
  fuzz::require(task != nullptr, "the task can be found by the answer's id", after.bytes);
  const json::value answer = markdown::task_document(*task);
  const auto read = parse_json(json::serialize(answer));
  fuzz::require(read && *read == answer, "an answer is JSON");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto file = markdown::parse(
      "# Mine\n\n## Queue\n- [ ] Water [id:: plants] [priority:: low]\n  - daily\n\n## Done\n- [x] "
      "Lamp [id:: lamp01]\n");
  const auto request = parse_json(fuzz::text_of(data, size));
  if (!request) return 0;
  (void)markdown::read_states(*request);
  (void)markdown::read_text(*request, "id");
  if (const auto task = markdown::read_new_task(*request)) {
    if (const auto edit = markdown::create(file, *task, kNow)) {
      expect_answer(file, *edit);
      if (edit->is_created) {
        expect_title(task->title, edit->task.title);
        fuzz::require(edit->task.state == task->state, "the state, too");
      }
    }
  }
  if (const auto change = markdown::read_change(*request)) {
    if (const auto edit = markdown::update(file, "plants", *change, kNow)) {
      expect_answer(file, *edit);
      expect_title(change->title.value_or("Water"), edit->task.title);
      // Blanks around it and line ends become the file's own.
      if (change->note.find_first_of("\r\n") != std::string::npos) return 0;
      const std::string wanted = trimmed(change->note);
      fuzz::require(edit->task.notes.find(wanted) != std::string::npos, "a note is as written",
                    edit->task.notes);
    }
  }
  return 0;
}
