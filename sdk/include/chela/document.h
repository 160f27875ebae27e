// One JSON document with raw bytes behind it: the document, a newline, the bytes.
#pragma once

#include <string>
#include <string_view>

#include "chela/json.h"

namespace chela {

struct Document {
  json::value head;
  std::string_view bytes;  // of the text that was read
};

// `text` must outlive the result. Without a newline there are no bytes.
inline Result<Document> parse_document(std::string_view text) {
  const std::size_t end = text.find('\n');
  CHELA_TRY(json::value head, parse_json(text.substr(0, end)));
  if (end == std::string_view::npos) return Document{std::move(head), {}};
  return Document{std::move(head), text.substr(end + 1)};
}

// Serialized JSON holds no newline: inside strings it is written \n.
inline std::string write_document(const json::value& head, std::string_view bytes) {
  std::string text = json::serialize(head);
  text += '\n';
  text += bytes;
  return text;
}

}  // namespace chela
