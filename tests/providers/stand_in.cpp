#include "stand_in.h"

#include <algorithm>

namespace chela::stand_in {

HttpAnswer StandIn::answer(const HttpSeen& seen) {
  // The host says who it is, whichever plugin asks.
  if (!seen.field("user-agent").starts_with("chela/"))
    return refuse_with(seen, bad_request("user-agent: " + seen.field("user-agent")));
  if (const auto refusal = refuse(seen)) return refuse_with(seen, *refusal);
  if (!manner_.quota_path.empty() && seen.target == manner_.quota_path)
    return json_answer(200, manner_.quota, {{"Date", "Fri, 27 Nov 2026 10:00:00 GMT"}});
  if (const auto list = model_list(seen)) return json_answer(200, *list);
  const std::string model = model_of(seen);
  if (const auto fails = manner_.fails.find(model); fails != manner_.fails.end())
    return fails->second;
  if (const auto vectors = embeddings(seen)) {
    if (model != manner_.embed_model) return refuse_with(seen, no_such_model(model));
    return json_answer(200, *vectors);
  }
  if (model != manner_.model) return refuse_with(seen, no_such_model(model));
  const Talk talk = read(seen);
  const auto line = next_line(talk, manner_.returns);
  if (!line) return refuse_with(seen, bad_request(line.error().message));
  return talk.is_streaming ? streaming(write_stream(talk, *line))
                           : json_answer(200, write_whole(talk, *line));
}

HttpAnswer StandIn::refuse_with(const HttpSeen& seen, const Refusal& refusal) {
  const std::lock_guard lock(mutex_);
  refused_.push_back(std::to_string(refusal.status) + " to " + seen.method + " " + seen.target +
                     ": " + refusal.body);
  return json_answer(refusal.status, refusal.body);
}

std::vector<std::string> StandIn::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

HttpAnswer streaming(const std::string& body) {
  auto answer = HttpAnswer::chunked(200, {{"Content-Type", "text/event-stream; charset=utf-8"}});
  std::size_t size = 1;
  for (std::size_t at = 0; at < body.size(); at += size) {
    size = (size * 7 + 11) % 97 + 1;
    answer.chunk(std::string_view(body).substr(at, size));
  }
  return answer.end();
}

HttpAnswer json_answer(int status, const std::string& body, HttpFields fields) {
  fields.emplace_back("Content-Type", "application/json");
  return HttpAnswer::whole(status, body, std::move(fields));
}

std::vector<float> vector_of(const std::string& text, std::size_t dimensions) {
  unsigned hash = 2166136261u;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  std::vector<float> vector(dimensions);
  for (std::size_t i = 0; i < dimensions; ++i) {
    hash = hash * 1664525u + 1013904223u;
    // Eighths: exact as a float and as decimal digits.
    vector[i] = static_cast<float>(static_cast<int>(hash >> 24) - 128) / 8;
  }
  return vector;
}

std::vector<std::string> pieces_of(const std::string& text) {
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = std::min(at + 5, text.size());
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
    pieces.push_back(text.substr(at, end - at));
    at = end;
  }
  return pieces;
}

}  // namespace chela::stand_in
