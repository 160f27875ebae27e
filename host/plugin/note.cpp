#include "plugin/note.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "chela/abi/types.h"

namespace chela::plugin {
namespace {

constexpr std::size_t kMaxNoteBytes = 256 * 1024;
constexpr std::size_t kMaxSegments = 64;

#if defined(__x86_64__)
constexpr Elf64_Half kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half kMachine = EM_AARCH64;
#endif

// Reads exactly `size` bytes at `offset`; false where the file is shorter.
bool read_at(int fd, void* to, std::size_t size, std::uint64_t offset) {
  auto* at = static_cast<char*>(to);
  while (size > 0) {
    const auto got = pread(fd, at, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    offset += static_cast<std::uint64_t>(got);
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

tl::unexpected<Error> broken(const char* what) {
  return fail(ErrorCode::invalid_argument, what);
}

std::size_t padded(std::size_t size) {
  return (size + 3) & ~std::size_t{3};
}

// The desc of note "chela" type 1 inside one PT_NOTE segment; "" where it is not there.
Result<std::string> find_in_segment(std::string_view segment) {
  constexpr std::string_view kName("chela\0", 6);
  while (segment.size() >= sizeof(Elf64_Nhdr)) {
    Elf64_Nhdr head;
    std::memcpy(&head, segment.data(), sizeof head);
    const std::size_t name_size = head.n_namesz;
    const std::size_t desc_size = head.n_descsz;
    const std::size_t desc_at = sizeof head + padded(name_size);
    if (name_size > segment.size() || desc_at > segment.size() ||
        desc_size > segment.size() - desc_at) {
      return broken("a broken note section");
    }
    if (head.n_type == 1 && segment.substr(sizeof head, name_size) == kName) {
      return std::string(segment.substr(desc_at, desc_size));
    }
    segment.remove_prefix(std::min(desc_at + padded(desc_size), segment.size()));
  }
  return std::string();
}

Result<int> read_int(const json::value& object, std::string_view key) {
  const auto* value = find(object, key);
  if (value == nullptr || !value->is_int64()) {
    return fail(ErrorCode::invalid_argument, "its note lacks the number abi." + std::string(key));
  }
  return static_cast<int>(std::clamp<std::int64_t>(value->get_int64(), -1, 1'000'000));
}

bool is_plugin_id(std::string_view id) {
  return !id.empty() && id.size() <= 100 && id.find('.') != std::string_view::npos &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
                  c == '-';
         });
}

}  // namespace

std::string Metadata::kind_name() const {
  const std::string full = kind();
  const auto dot = full.find('.');
  return dot == std::string::npos ? full : full.substr(dot + 1, full.find('/') - dot - 1);
}

Result<std::string> read_note(int fd) {
  Elf64_Ehdr head{};
  if (!read_at(fd, &head, sizeof head, 0))
    return broken("not an ELF library: the file is too short");
  if (std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0) return broken("not an ELF library");
  if (head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_ident[EI_DATA] != ELFDATA2LSB ||
      head.e_machine != kMachine || head.e_type != ET_DYN) {
    return broken("an ELF file, but no shared library for this machine");
  }
  if (head.e_phentsize != sizeof(Elf64_Phdr) || head.e_phnum == 0 || head.e_phnum > kMaxSegments) {
    return broken("an ELF library with a broken program header");
  }
  std::vector<Elf64_Phdr> segments(head.e_phnum);
  if (!read_at(fd, segments.data(), segments.size() * sizeof(Elf64_Phdr), head.e_phoff)) {
    return broken("a truncated ELF library");
  }
  struct stat info {};
  if (fstat(fd, &info) != 0) return broken("a file that cannot be looked at");
  const auto file_size = static_cast<std::uint64_t>(info.st_size);
  // The section table is what linkers write last: a file that ends before it was cut off.
  const std::uint64_t sections_end =
      head.e_shoff == 0 ? 0 : head.e_shoff + std::uint64_t{head.e_shnum} * head.e_shentsize;
  if (head.e_shoff > file_size || sections_end > file_size)
    return broken("a truncated ELF library");
  for (const auto& segment : segments) {
    // A library that was cut off would crash whoever maps it.
    if (segment.p_type == PT_LOAD &&
        (segment.p_offset > file_size || segment.p_filesz > file_size - segment.p_offset)) {
      return broken("a truncated ELF library");
    }
  }
  for (const auto& segment : segments) {
    if (segment.p_type != PT_NOTE || segment.p_filesz > kMaxNoteBytes) continue;
    std::string bytes(segment.p_filesz, '\0');
    if (!read_at(fd, bytes.data(), bytes.size(), segment.p_offset))
      return broken("a truncated ELF library");
    CHELA_TRY(std::string note, find_in_segment(bytes));
    if (!note.empty()) return note;
  }
  return fail(ErrorCode::not_found,
              "no chela plugin: it has no 'chela' note (was it built with chela_add_plugin?)");
}

namespace {

std::vector<SecretNeed> secrets_of(const json::value& needs) {
  std::vector<SecretNeed> secrets;
  const auto* list = find(needs, "secrets");
  if (list == nullptr || !list->is_array()) return secrets;
  for (const auto& one : list->get_array()) {
    SecretNeed need{get_string(one, "name"),
                    get_string(one, "description"),
                    get_strings(one, "env"),
                    get_bool(one, "optional"),
                    {}};
    const auto* refused = find(one, "refuse");
    if (refused != nullptr && refused->is_array()) {
      for (const auto& rule : refused->get_array())
        need.refused.emplace_back(get_string(rule, "prefix"), get_string(rule, "why"));
    }
    if (!need.name.empty()) secrets.push_back(std::move(need));
  }
  return secrets;
}

}  // namespace

Result<Metadata> parse_metadata(std::string_view text) {
  const auto parsed = parse_json(text);
  if (!parsed) return fail(ErrorCode::invalid_argument, "its note is " + parsed.error().message);
  const json::value& note = *parsed;
  const auto* abi = find(note, "abi");
  if (abi == nullptr) return broken("its note lacks 'abi'");
  Metadata metadata;
  CHELA_TRY(metadata.abi_major, read_int(*abi, "major"));
  CHELA_TRY(metadata.abi_minor_built, read_int(*abi, "minor_built"));
  CHELA_TRY(metadata.abi_minor_needed, read_int(*abi, "minor_needed"));
  if (metadata.abi_major != CHELA_ABI_MAJOR) {
    return fail(ErrorCode::failed_precondition,
                "it was built for chela ABI " + std::to_string(metadata.abi_major) +
                    ", this host speaks ABI " + std::to_string(CHELA_ABI_MAJOR) +
                    "; rebuild it with this version's SDK");
  }
  if (metadata.abi_minor_needed > CHELA_ABI_MINOR) {
    return fail(ErrorCode::failed_precondition,
                "it needs chela ABI 1." + std::to_string(metadata.abi_minor_needed) +
                    ", this host speaks 1." + std::to_string(CHELA_ABI_MINOR) + "; update chela");
  }
  metadata.id = get_string(note, "id");
  metadata.version = get_string(note, "version");
  metadata.summary = get_string(note, "summary");
  metadata.kinds = get_strings(note, "kinds");
  metadata.services = get_strings(note, "services");
  metadata.is_pure = get_bool(note, "pure");
  if (!is_plugin_id(metadata.id)) return broken("its note lacks a valid 'id' (such as check.git)");
  if (metadata.version.empty() || metadata.version.size() > 100)
    return broken("its note lacks a 'version'");
  if (metadata.kinds.empty()) return broken("its note names no kind");
  const auto* config = find(note, "config");
  metadata.config_schema = config != nullptr ? *config : json::object{{"type", "object"}};
  const auto* needs = find(note, "needs");
  metadata.needs = needs != nullptr && needs->is_object() ? *needs : json::object();
  metadata.secrets = secrets_of(metadata.needs);
  metadata.answers = get_strings(note, "answers");
  metadata.speaks = get_strings(note, "speaks");
  metadata.is_for_any_service = get_bool(note, "any_service");
  return metadata;
}

Result<Metadata> read_metadata(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  if (fd < 0) return fail(ErrorCode::not_found, path + ": " + std::strerror(errno));
  auto note = read_note(fd);
  close(fd);
  auto metadata = note ? parse_metadata(*note) : Result<Metadata>(fail(note.error()));
  if (!metadata) return fail(metadata.error().code, path + ": " + metadata.error().message);
  return metadata;
}

}  // namespace chela::plugin
