// A plugin's note: any file and any JSON in a sound note are read without harm, and judged the same
// twice.
#include "plugin/note.h"

#include <elf.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/schema.h"
#include "fuzz.h"

namespace {

using namespace chela;

template <class T>
void append(std::string& to, const T& value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// The smallest library that holds `json` as its note.
std::string library_with(std::string_view json) {
  Elf64_Ehdr head{};
  std::copy_n(ELFMAG, SELFMAG, head.e_ident);
  head.e_ident[EI_CLASS] = ELFCLASS64;
  head.e_ident[EI_DATA] = ELFDATA2LSB;
  head.e_type = ET_DYN;
  head.e_machine = EM_X86_64;
  head.e_phoff = sizeof head;
  head.e_phentsize = sizeof(Elf64_Phdr);
  head.e_phnum = 1;
  Elf64_Phdr segment{};
  segment.p_type = PT_NOTE;
  segment.p_offset = sizeof head + sizeof segment;
  segment.p_filesz = sizeof(Elf64_Nhdr) + 8 + (json.size() + 3) / 4 * 4;
  std::string bytes;
  append(bytes, head);
  append(bytes, segment);
  append(bytes, Elf64_Nhdr{6, static_cast<Elf64_Word>(json.size()), 1});
  bytes.append("chela\0\0\0", 8).append(json);
  return bytes.append((4 - json.size() % 4) % 4, '\0');
}

void judge(std::string_view text) {
  const auto metadata = plugin::parse_metadata(text);
  if (!metadata)
    return fuzz::require(fuzz::is_printable(metadata.error().message),
                         "an error is fit to be shown", metadata.error().message);
  fuzz::require(metadata->id.find('.') != std::string::npos && !metadata->version.empty() &&
                    !metadata->kinds.empty(),
                "an accepted note says who it is");
  const auto& schema = metadata->config_schema;
  if (!config::check_schema(schema)) return;
  const auto filled = config::apply_schema(schema, json::object());
  if (!filled) return;
  const auto again = config::apply_schema(schema, *filled);
  fuzz::require(again && fuzz::is_same(*again, *filled), "what defaults made fits the schema",
                json::serialize(*filled));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int fd = memfd_create("note", MFD_CLOEXEC);
  auto input = fuzz::text_of(data, size);
  const bool is_json = fuzz::choose(input) % 2 == 0;
  const std::string bytes = is_json ? library_with(input) : std::string(input);
  fuzz::require(ftruncate(fd, 0) == 0 &&
                    pwrite(fd, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()),
                "the memfd takes it");
  const auto note = plugin::read_note(fd);
  if (is_json && !input.empty())
    fuzz::require(note && *note == input, "a sound note is read whole");
  if (note) fuzz::require(bytes.find(*note) != std::string::npos, "a note's bytes are the file's");
  if (note) judge(*note);
  return 0;
}
