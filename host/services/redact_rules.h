// What is taken out of texts at one moment: the known values, the patterns of the level, the
// person's own patterns.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "services/redact_match.h"
#include "services/redact_values.h"

namespace chela::services {

// `logging.redactSensitive`.
enum class RedactLevel {
  off,    // known values only; there is no level that lets them out
  tools,  // and what looks like a key or stands where one does; the default
  all,    // and what tells about a person or a vault: op:// names, e-mail, card and bank numbers
};

// Who reads the text. A model works with what it reads, so only what cannot be anything but a
// secret is taken out of it: never the value in `token = timeObserverToken`.
enum class Reader { person, model };

// Immutable; shared by whoever redacts. [any-thread]
class RedactRules {
 public:
  // shared_ptr: rules of different levels and times hold the same values and patterns.
  // `custom` may be null.
  RedactRules(RedactLevel level, std::shared_ptr<const SecretValues> values,
              std::shared_ptr<const PatternList> custom);

  // `text` without secrets; the same as RedactStream makes of it in pieces.
  std::string redact(std::string_view text, Reader reader = Reader::person) const;

  // The known values alone: for data that has to stay as it is where it holds none.
  std::string redact_values(std::string_view text) const;

  const SecretValues& values() const { return *values_; }
  bool has_patterns() const { return level_ != RedactLevel::off; }

  // A match of find().
  struct Hit {
    Match match;
    std::string_view kind;
    Tail tail = Tail::word;
  };
  // What the patterns see in `line` at `from` or later (see PatternList::find). Unordered.
  void find(std::string_view line, std::size_t from, Reader reader, std::vector<Hit>& hits) const;

 private:
  RedactLevel level_;
  std::shared_ptr<const SecretValues> values_;
  std::shared_ptr<const PatternList> custom_;
};

// How many expressions of the pattern table this process has compiled so far: none until a text
// holds the words of one.
std::size_t compiled_patterns();

}  // namespace chela::services
