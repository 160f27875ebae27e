// Puts secrets where a request says {{secret:NAME}}, and takes them out of texts again.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chela/result.h"

namespace chela::services {

// The value of one secret, nullopt where the name is unknown or not granted to this request. The
// view must stay valid until the request has been started. [loop-thread]
using SecretLookup = std::function<std::optional<std::string_view>(std::string_view name)>;

// A text whose memory is overwritten before it is freed. Not copied, never grown beyond what was
// reserved without the old memory being overwritten too.
class SecretText {
 public:
  SecretText() = default;
  explicit SecretText(std::string text) : text_(std::move(text)) {}
  SecretText(SecretText&& other) noexcept;
  SecretText& operator=(SecretText&& other) noexcept;
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  ~SecretText() { wipe(); }

  const std::string& text() const { return text_; }
  void append(std::string_view more);
  void wipe();

 private:
  std::string text_;
};

enum class SecretForm { verbatim, percent_encoded };

// What a request was filled with, so that texts on their way out can be cleaned of it.
class UsedSecrets {
 public:
  void add(std::string_view name, std::string_view value);
  bool is_empty() const { return values_.empty(); }
  // Each value of 4 bytes or more, also percent-encoded or escaped, becomes its placeholder again,
  // in one pass for each form.
  std::string scrub(std::string text) const;

 private:
  struct Used {
    std::string placeholder;
    SecretText value;
    SecretText encoded;
    SecretText encoded_lower;
    SecretText escaped;  // for JSON
  };
  std::vector<Used> values_;
};

bool has_placeholder(std::string_view text);

// `text` with every {{secret:NAME}} replaced. invalid_argument: no closing braces or no name;
// not_found: the lookup does not know the name (`where` says which part of the request).
Result<SecretText> fill_secrets(std::string_view text, SecretForm form, const SecretLookup& lookup,
                                const std::string& where, UsedSecrets& used);

}  // namespace chela::services
