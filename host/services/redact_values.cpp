#include "services/redact_values.h"

#include <algorithm>
#include <cstring>

#include "services/redact_encodings.h"

namespace chela::services {
namespace {

constexpr std::size_t kPiece = 4;      // bytes that the bitmap looks at
constexpr std::size_t kMaxStride = 5;  // what literals of 8 bytes allow

std::uint32_t piece_at(const char* at) {
  std::uint32_t piece;
  std::memcpy(&piece, at, sizeof piece);
  return piece;
}

std::uint32_t place_of(std::uint32_t piece, unsigned shift) {
  return (piece * 0x9e3779b1u) >> shift;
}

}  // namespace

SecretValues::SecretValues(const std::vector<NamedSecret>& secrets, std::size_t shortest) {
  if (secrets.empty()) return;
  std::vector<std::string> literals;
  std::size_t least = kPiece + kMaxStride - 1;
  for (std::uint32_t which = 0; which < secrets.size(); ++which) {
    for (auto& literal : encodings_of(secrets[which].value, shortest)) {
      least = std::min(least, literal.size());
      insert(literal, which);
      literals.push_back(std::move(literal));
    }
  }
  link();
  stride_ = least - kPiece + 1;
  const std::size_t count = literals.size() * stride_;
  unsigned bits = 13;  // one bit in twenty is set, or fewer
  while (bits < 20 && (std::size_t{1} << bits) < count * 20) ++bits;
  sample_shift_ = 32 - bits;
  sampled_.assign((std::size_t{1} << bits) / 64, 0);
  std::size_t slots = 64;
  while (slots < count * 2) slots *= 2;
  pieces_.assign(slots, 0);
  for (const auto& literal : literals) sample(literal);
  choose_marks(secrets, literals);
}

void SecretValues::insert(std::string_view literal, std::uint32_t which) {
  State state = 0;
  for (const char c : literal) {
    const auto byte = static_cast<unsigned char>(c);
    State next = child(state, byte);
    if (next == 0) {
      next = static_cast<State>(nodes_.size());
      Node node;
      node.byte = byte;
      node.depth = nodes_[state].depth + 1;
      node.sibling = nodes_[state].child;
      nodes_.push_back(node);
      nodes_[state].child = next;
      if (state == 0) roots_[byte] = next;
    }
    state = next;
  }
  if (nodes_[state].which != kNone) return;  // the same text for two names: the first one's
  nodes_[state].which = which;
  nodes_[state].length = nodes_[state].depth;
}

// Breadth first, so that the shorter suffix is linked already.
void SecretValues::link() {
  std::vector<State> order;
  order.reserve(nodes_.size());
  for (auto at = nodes_[0].child; at != 0; at = nodes_[at].sibling) order.push_back(at);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const State parent = order[i];
    for (auto at = nodes_[parent].child; at != 0; at = nodes_[at].sibling) {
      auto& node = nodes_[at];
      node.fail = step(nodes_[parent].fail, node.byte);
      if (node.which == kNone) {
        node.which = nodes_[node.fail].which;
        node.length = nodes_[node.fail].length;
      }
      order.push_back(at);
    }
  }
}

void SecretValues::sample(std::string_view literal) {
  for (std::size_t i = 0; i < stride_; ++i) {
    const auto piece = piece_at(literal.data() + i);
    const auto place = place_of(piece, sample_shift_);
    sampled_[place / 64] |= std::uint64_t{1} << (place % 64);
    auto& slot = pieces_[slot_of(piece)];
    slot = piece;
  }
}

// Where `piece` is, or the free slot where it belongs. Half of the slots stay free.
std::size_t SecretValues::slot_of(std::uint32_t piece) const {
  std::size_t slot = piece * 0x85ebca6bu >> 7;
  for (;; ++slot) {
    slot &= pieces_.size() - 1;
    if (pieces_[slot] == piece || pieces_[slot] == 0) return slot;
  }
}

// A mark must neither hold a secret nor make one together with the text beside it. Where only its
// name would (a value may be "github"), the plain one stands in.
void SecretValues::choose_marks(const std::vector<NamedSecret>& secrets,
                                const std::vector<std::string>& literals) {
  const auto fits = [&](const MarkStyle& style) {
    const auto could_end = [&](const std::string& text) { return style.could_end(text); };
    if (std::any_of(literals.begin(), literals.end(), could_end)) return false;
    return !holds_or_begins(style.mark());
  };
  const auto& styles = mark_styles();
  const auto chosen = std::find_if(styles.begin(), styles.end(), fits);
  if (chosen != styles.end()) style_ = *chosen;
  for (const auto& secret : secrets) marks_.push_back(mark_of(secret.name));
}

std::string SecretValues::mark_of(std::string_view name) const {
  auto mark = style_.mark(name);
  return holds_or_begins(mark) ? style_.mark() : mark;
}

bool SecretValues::holds_or_begins(std::string_view mark) const {
  State state = 0;
  for (const char c : mark) {
    state = step(state, static_cast<unsigned char>(c));
    if (nodes_[state].which != kNone) return true;
  }
  return state != 0;
}

SecretValues::State SecretValues::child(State state, unsigned char byte) const {
  if (state == 0) return roots_[byte];
  State at = nodes_[state].child;
  while (at != 0 && nodes_[at].byte != byte) at = nodes_[at].sibling;
  return at;
}

SecretValues::State SecretValues::step(State state, unsigned char byte) const {
  for (;;) {
    const State next = child(state, byte);
    if (next != 0 || state == 0) return next;
    state = nodes_[state].fail;
  }
}

bool SecretValues::may_begin(const char* at) const {
  const auto piece = piece_at(at);
  const auto place = place_of(piece, sample_shift_);
  if ((sampled_[place / 64] >> (place % 64) & 1) == 0) [[likely]]
    return false;
  return pieces_[slot_of(piece)] == piece;
}

SecretValues::State SecretValues::scan(State state, std::string_view text, std::size_t from,
                                       std::vector<Found>& found) const {
  if (is_empty()) return 0;
  const std::size_t size = text.size();
  std::size_t at = from;
  while (at < size) {
    std::size_t read_to = at + 1;  // what must go through the automaton before sampling again
    if (state == 0) {
      // Literals that begin at `at`.. have their piece at `place`; what begins before is ruled out.
      std::size_t place = at + stride_ - 1;
      while (place + kPiece <= size && !may_begin(text.data() + place)) place += stride_;
      at = place - (stride_ - 1);
      read_to = place + kPiece <= size ? place + 1 : size;
    }
    while (at < size && (state != 0 || at < read_to)) {
      state = step(state, static_cast<unsigned char>(text[at++]));
      const auto& node = nodes_[state];
      if (node.which != kNone) found.push_back({at, node.length, node.which});
    }
  }
  return state;
}

}  // namespace chela::services
