// Finds known secrets in text: an Aho-Corasick automaton, entered only where a literal can begin.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/redact_mark.h"

namespace chela::services {

struct NamedSecret {
  std::string name;  // shown in the mark; may be ""
  std::string value;
};

// The values of one moment, ready for use. Immutable. [any-thread]
//
// Most bytes never reach the automaton: with literals of at least m bytes one of the four-byte
// pieces that begin at every (m-3)th place lies within each literal, so a bitmap of such pieces is
// asked there, and where it knows none, nothing begins. The result is that of the automaton alone.
class SecretValues {
 public:
  using State = std::uint32_t;  // 0: nothing that was read can become a secret
  struct Found {
    std::size_t end;      // in the text that was given
    std::size_t length;   // in bytes; may begin before that text
    std::uint32_t which;  // index for mark()
  };

  // `shortest`: encodings shorter than that are left out (at least 6).
  explicit SecretValues(const std::vector<NamedSecret>& secrets, std::size_t shortest);

  bool is_empty() const { return nodes_.size() <= 1; }
  // Reads `text` from `from` on; `state` is what the last call returned, 0 at first. For each place
  // where secrets end the longest of them is added to `found`, in order.
  State scan(State state, std::string_view text, std::size_t from, std::vector<Found>& found) const;
  // How many bytes before the end of what was read may be the front of a secret.
  std::size_t depth(State state) const { return nodes_[state].depth; }

  const std::string& mark(std::uint32_t which) const { return marks_[which]; }
  // `name` is a secret's, or the kind of what a pattern found.
  std::string mark_of(std::string_view name) const;
  const MarkStyle& style() const { return style_; }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  struct Node {
    std::uint32_t child = 0;    // the first; 0: none
    std::uint32_t sibling = 0;  // the next child of the same parent
    State fail = 0;             // the longest proper suffix that is a prefix of a literal
    std::uint32_t depth = 0;
    std::uint32_t which = kNone;  // the secret of the longest literal that ends here
    std::uint32_t length = 0;     // of that literal
    unsigned char byte = 0;
  };

  void insert(std::string_view literal, std::uint32_t which);
  void link();
  void sample(std::string_view literal);
  void choose_marks(const std::vector<NamedSecret>& secrets,
                    const std::vector<std::string>& literals);
  bool holds_or_begins(std::string_view mark) const;
  State child(State state, unsigned char byte) const;
  State step(State state, unsigned char byte) const;
  std::size_t slot_of(std::uint32_t piece) const;
  bool may_begin(const char* at) const;

  std::vector<Node> nodes_{Node{}};
  std::array<State, 256> roots_{};      // children of node 0
  std::size_t stride_ = 1;              // bytes between the places that are sampled
  std::vector<std::uint64_t> sampled_;  // by hash, for a first look
  unsigned sample_shift_ = 0;
  std::vector<std::uint32_t> pieces_;  // the same pieces themselves, a hash table; 0: free
  std::vector<std::string> marks_;
  MarkStyle style_;
};

}  // namespace chela::services
