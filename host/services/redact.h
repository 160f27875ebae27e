// Takes secrets out of text on its way into a log, a report or a message.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "chela/result.h"
#include "services/redact_rules.h"

namespace chela::services {

struct RedactSettings {
  RedactLevel level = RedactLevel::tools;
  // `logging.redactPatterns`: added to chela's own (see custom_pattern in redact_match.h).
  std::vector<std::string> patterns;
};

// "off", "tools" or "all"; `where` is named in the error, e.g. "openclaw.json:12:5:
// logging.redactSensitive".
Result<RedactLevel> redact_level(std::string_view word, std::string_view where);

// A value of 6 or 7 bytes is found in much that is no secret: somebody has to want it.
enum class ShortSecret { refused, allowed };

// The one of the process: app builds it and hands it on. What is known and which patterns apply may
// change at any time; whoever holds rules() goes on with those of that moment.
// As it is built: no values, RedactLevel::tools. [any-thread]
class Redactor {
 public:
  Redactor();

  // Level and own patterns from now on. Fails with invalid_argument at the first pattern that
  // cannot be used, naming `where` and its number; then nothing has changed.
  Result<void> configure(const RedactSettings& settings,
                         std::string_view where = "logging.redactPatterns");

  // From now on `value` becomes [redacted:NAME] in every encoding (redact_encodings.h); with ""
  // as name, [redacted]. Line ends at its end are no part of it. A value stays known for good:
  // texts of before may still be on their way. Fails with invalid_argument when it has fewer than
  // 8 bytes (6 where short ones are allowed) or more than 16 KiB; the message has no byte of it.
  Result<void> add(std::string_view name, std::string_view value,
                   ShortSecret short_one = ShortSecret::refused);

  // Of the values that were added under `name` only the newest `most` stay known: tokens that are
  // made anew each hour would grow without end.
  void keep_newest(std::string_view name, std::size_t most);

  std::string redact(std::string_view text, Reader reader = Reader::person) const {
    return rules()->redact(text, reader);
  }

  // The rules of now, for a RedactStream or another thread. After add() the first call builds the
  // automaton anew (some 5 ms for 100 secrets).
  // shared_ptr: they live as long as the last one who uses them.
  std::shared_ptr<const RedactRules> rules() const;

 private:
  mutable std::mutex mutex_;
  RedactLevel level_ = RedactLevel::tools;              // guarded by mutex_
  std::shared_ptr<const PatternList> custom_;           // guarded by mutex_
  std::vector<NamedSecret> secrets_;                    // guarded by mutex_
  std::size_t shortest_;                                // guarded by mutex_
  mutable std::shared_ptr<const SecretValues> values_;  // guarded by mutex_; null: to be built
  mutable std::shared_ptr<const RedactRules> current_;  // guarded by mutex_; null: to be built
};

}  // namespace chela::services
