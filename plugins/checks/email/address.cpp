#include "address.h"

#include <optional>

#include "charset.h"
#include "domain.h"
#include "encoded_word.h"
#include "words.h"

namespace check_email {
namespace {

constexpr std::size_t kMaxAddresses = 200;

// One item of the list, taken apart.
struct Item {
  std::string phrase;               // outside of angles, comments left out, quotes kept
  std::string comment;              // the last one
  std::vector<std::string> angles;  // what stood in <>
  bool is_sound = true;
};

// Walks over the value; what is asked for stands at `at` when it is called.
struct Walk {
  std::string_view text;
  std::size_t at = 0;

  bool is_at_end() const { return at >= text.size(); }

  // "a \"b\"" with its quotation marks; false where its end is missing.
  bool quoted(std::string& into) {
    into += text[at++];
    while (!is_at_end()) {
      const char c = text[at++];
      into += c;
      if (c == '"') return true;
      if (c == '\\' && !is_at_end()) into += text[at++];
    }
    return false;
  }

  // (a (nested) comment)
  bool comment(std::string& into) {
    int depth = 0;
    into.clear();
    while (!is_at_end()) {
      const char c = text[at++];
      if (c == '\\' && !is_at_end()) {
        into += text[at++];
        continue;
      }
      if (c == '(' && depth++ == 0) continue;
      if (c == ')' && --depth == 0) return true;
      into += c;
    }
    return false;
  }

  // <ana@example.org>, comments in it left out
  bool angle(std::string& into) {
    ++at;
    while (!is_at_end()) {
      const char c = text[at];
      if (c == '"') {
        if (!quoted(into)) return false;
      } else if (c == '(') {
        std::string ignored;
        if (!comment(ignored)) return false;
      } else if (c == '>') {
        ++at;
        return true;
      } else {
        into += c;
        ++at;
      }
    }
    return false;
  }
};

// Takes the item that begins here, up to a comma, a semicolon or a group's colon, which stays.
Item take_item(Walk& walk) {
  Item item;
  while (!walk.is_at_end()) {
    const char c = walk.text[walk.at];
    if (c == ',' || c == ';' || (c == ':' && item.angles.empty())) break;
    if (c == '"') {
      item.is_sound = walk.quoted(item.phrase) && item.is_sound;
    } else if (c == '(') {
      item.is_sound = walk.comment(item.comment) && item.is_sound;
      item.phrase += ' ';
    } else if (c == '<') {
      item.angles.emplace_back();
      item.is_sound = walk.angle(item.angles.back()) && item.is_sound;
    } else {
      item.phrase += c;
      ++walk.at;
    }
  }
  return item;
}

// "Ana \"the first\" of Example" without its quotation marks, decoded.
std::string display(std::string_view phrase) {
  std::string plain;
  for (std::size_t i = 0; i < phrase.size(); ++i) {
    if (phrase[i] == '"') continue;
    if (phrase[i] == '\\' && i + 1 < phrase.size()) ++i;
    plain += phrase[i];
  }
  return decode_words(trim(plain));
}

// Where the @ between local part and domain stands, outside of quotation marks.
std::size_t find_at(std::string_view spec) {
  bool is_quoted = false;
  std::size_t found = std::string_view::npos;
  for (std::size_t i = 0; i < spec.size(); ++i) {
    if (spec[i] == '\\') {
      ++i;
    } else if (spec[i] == '"') {
      is_quoted = !is_quoted;
    } else if (spec[i] == '@' && !is_quoted) {
      found = i;
    }
  }
  return found;
}

std::string unquoted(std::string_view local) {
  std::string plain;
  for (std::size_t i = 0; i < local.size(); ++i) {
    if (local[i] == '"') continue;
    if (local[i] == '\\' && i + 1 < local.size()) ++i;
    plain += local[i];
  }
  return plain;
}

// "ana@example.org", perhaps with a route before it.
std::optional<Address> read_spec(std::string_view spec) {
  spec = trim(spec);
  if (spec.starts_with('@')) {  // a route: @one,@two:ana@example.org
    const auto colon = spec.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    spec = trim(spec.substr(colon + 1));
  }
  const auto at = find_at(spec);
  if (at == std::string_view::npos) return std::nullopt;
  const auto local = trim(spec.substr(0, at));
  Address address;
  address.local = unquoted(local);
  address.domain = ascii_domain(trim(spec.substr(at + 1)));
  if (address.local.empty() || address.domain.empty()) return std::nullopt;
  const bool is_quoted = local.starts_with('"') && local.ends_with('"') && local.size() > 1;
  for (const char c : address.local) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return std::nullopt;
    if (!is_quoted && std::string_view(" \t()<>,;:@[]\"").find(c) != std::string_view::npos)
      return std::nullopt;
  }
  address.local = guess_utf8(address.local);
  return address;
}

void add_item(const Item& item, AddressList& list) {
  const auto phrase = trim(item.phrase);
  list.is_sound = list.is_sound && item.is_sound && item.angles.size() <= 1;
  if (phrase.empty() && item.angles.empty()) return;  // ", ," is nobody
  std::vector<std::string> specs = item.angles;
  if (specs.empty()) specs.emplace_back(phrase);
  for (const auto& spec : specs) {
    auto address = read_spec(spec);
    if (!address || list.addresses.size() == kMaxAddresses) {
      list.is_sound = false;
      continue;
    }
    const bool has_name = !item.angles.empty();
    address->name = has_name ? display(phrase) : decode_words(trim(item.comment));
    // An unquoted name that is an address itself: other programs may take that one.
    if (has_name && find_at(phrase) != std::string_view::npos) {
      const auto other = read_spec(phrase);
      list.is_sound = list.is_sound && other && is_same_address(*other, *address);
    }
    list.addresses.push_back(std::move(*address));
  }
}

}  // namespace

AddressList parse_addresses(std::string_view value) {
  AddressList list;
  Walk walk{value};
  bool is_in_group = false;
  while (!walk.is_at_end()) {
    const Item item = take_item(walk);
    const char end = walk.is_at_end() ? ',' : walk.text[walk.at++];
    if (end == ':' && !is_in_group && item.angles.empty()) {
      is_in_group = true;  // what was read is its name
      continue;
    }
    if (end == ':') list.is_sound = false;
    add_item(item, list);
    if (end == ';') {
      list.is_sound = list.is_sound && is_in_group;
      is_in_group = false;
    }
  }
  return list;
}

bool is_same_address(const Address& a, const Address& b) {
  return a.domain == b.domain && is_same_word(a.local, b.local);
}

}  // namespace check_email
