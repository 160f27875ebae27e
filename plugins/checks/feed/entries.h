// The entries of a feed: RSS 2.0 (and 0.9x), RSS 1.0 (RDF), Atom 1.0. Pure.
#pragma once

#include <chela/result.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace feed {

// All are words of others, as they came, in plain UTF-8, each at most 2 KiB.
struct Entry {
  std::string id{};     // guid, rdf:about or id; else the link, the title, or what it says
  std::string title{};  // where it has none, the first words of what it says
  std::string link{};
  std::string author{};
  std::vector<std::string> categories{};
};

struct Document {
  std::vector<Entry> entries{};  // the first 500, in the feed's order
  // Why not all of it could be read; those before the break are there.
  std::optional<chela::Error> broken{};
};

// `charset` is what the server's content-type says, "" for nothing. data_loss where it is no feed
// at all.
chela::Result<Document> parse_feed(std::string_view bytes, const std::string& charset);

// The charset of a content-type, in lower case; "" where it has none.
std::string charset_of(std::string_view content_type);

}  // namespace feed
