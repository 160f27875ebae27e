#include "services/http_secrets.h"

#include <string.h>

#include <algorithm>
#include <cctype>

#include "base/text.h"

namespace chela::services {
namespace {

constexpr std::string_view kOpen = "{{secret:";
constexpr std::string_view kClose = "}}";
constexpr std::size_t kShortestScrubbed = 4;  // shorter ones would blacken ordinary text

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

void append_encoded(SecretText& out, std::string_view value) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : value) {
    if (is_unreserved(c)) {
      out.append({&c, 1});
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    const char code[3] = {'%', kHex[byte >> 4], kHex[byte & 15]};
    out.append({code, sizeof code});
  }
}

// In one pass: a server may answer with nothing but the value.
std::string replaced(const std::string& text, std::string_view from, std::string_view to) {
  auto at = text.find(from);
  if (at == std::string::npos) return text;
  std::string clean;
  std::size_t begin = 0;
  for (; at != std::string::npos; at = text.find(from, begin)) {
    clean.append(text, begin, at - begin).append(to);
    begin = at + from.size();
  }
  return clean.append(text, begin);
}

// The same code in lower-case hex digits.
std::string in_lower_case(std::string code) {
  for (std::size_t at = code.find('%'); at != std::string::npos; at = code.find('%', at + 1)) {
    for (std::size_t i = at + 1; i < at + 3; ++i)
      code[i] = static_cast<char>(std::tolower(static_cast<unsigned char>(code[i])));
  }
  return code;
}

}  // namespace

SecretText::SecretText(SecretText&& other) noexcept {
  *this = std::move(other);
}

SecretText& SecretText::operator=(SecretText&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  text_ = std::move(other.text_);
  other.wipe();  // short texts live in the object itself and were copied
  return *this;
}

void SecretText::append(std::string_view more) {
  if (text_.size() + more.size() > text_.capacity()) {
    std::string larger;
    larger.reserve(std::max<std::size_t>(2 * text_.capacity(), text_.size() + more.size()));
    larger = text_;
    wipe();
    text_ = std::move(larger);
  }
  text_.append(more);
}

void SecretText::wipe() {
  text_.resize(text_.capacity());  // what an earlier, longer text left is overwritten as well
  ::explicit_bzero(text_.data(), text_.size());
  text_.clear();
}

void UsedSecrets::add(std::string_view name, std::string_view value) {
  if (value.size() < kShortestScrubbed) return;
  Used used;
  used.placeholder.append(kOpen).append(name).append(kClose);
  for (const auto& known : values_)
    if (known.placeholder == used.placeholder) return;
  used.value.append(value);
  append_encoded(used.encoded, value);
  used.encoded_lower = SecretText(in_lower_case(used.encoded.text()));
  for (const char c : value) {
    if (c == '/' || c == '"' || c == '\\') used.escaped.append("\\");
    used.escaped.append({&c, 1});
  }
  values_.push_back(std::move(used));
}

std::string UsedSecrets::scrub(std::string text) const {
  for (const auto& used : values_) {
    for (const auto* form : {&used.value, &used.encoded, &used.encoded_lower, &used.escaped})
      text = replaced(text, form->text(), used.placeholder);
  }
  return text;
}

bool has_placeholder(std::string_view text) {
  return text.find(kOpen) != std::string_view::npos;
}

Result<SecretText> fill_secrets(std::string_view text, SecretForm form, const SecretLookup& lookup,
                                const std::string& where, UsedSecrets& used) {
  SecretText filled;
  for (std::size_t from = 0;;) {
    const auto open = text.find(kOpen, from);
    filled.append(text.substr(from, open - from));
    if (open == std::string_view::npos) return filled;
    const auto begin = open + kOpen.size();
    const auto end = text.find(kClose, begin);
    if (end == std::string_view::npos || end == begin) {
      return fail(ErrorCode::invalid_argument,
                  where + ": wanted {{secret:NAME}}, found '{{secret:' without a name or its end");
    }
    const auto name = text.substr(begin, end - begin);
    const auto value = lookup ? lookup(name) : std::nullopt;
    if (!value) {
      return fail(ErrorCode::not_found,
                  where + ": no secret '" + base::printable(name, 100) + "' for this request");
    }
    used.add(name, *value);
    if (form == SecretForm::percent_encoded)
      append_encoded(filled, *value);
    else
      filled.append(*value);
    from = end + kClose.size();
  }
}

}  // namespace chela::services
