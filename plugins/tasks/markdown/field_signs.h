// What can open inside the text of a task line: a field, a comment, a code span.
#pragma once

#include <cstddef>
#include <string_view>

#include "fields.h"

namespace chela::markdown {

inline constexpr std::size_t kMaxField =
    1000;  // bytes; longer brackets are prose, and scanning stays linear

enum class Special { none, field, comment, code, lone_backticks };
struct Found {
  Special kind = Special::none;
  std::size_t end = 0;
  Field field = {};
};

// What opens at `at` if no backslash escapes it.
Found special_at(std::string_view text, std::size_t at);

// What a backslash can stand before: whatever may open a field, a comment or a code span.
bool is_escapable(std::string_view text, std::size_t at);

// Bytes of the sign at `at`: those of an emoji that we know, else 1.
std::size_t sign_bytes(std::string_view text, std::size_t at);

// One past the code span that opens at `at`, or `at` where the backticks have no partner.
std::size_t code_span_end(std::string_view text, std::size_t at);

// One past the run of equal characters that begins at `at`.
std::size_t run_end(std::string_view text, std::size_t at);

// A letter, a digit, "-" or "_".
bool is_id_char(char c);

}  // namespace chela::markdown
