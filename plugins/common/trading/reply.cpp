#include "reply.h"

#include <chela/untrusted.h>

#include <charconv>

namespace trading {
namespace {

using chela::ErrorCode;

constexpr Duration kNoticed = std::chrono::seconds(10);

// What the service says itself: {"message": ".."}, {"error": ".."} or {"error": {"message": ".."}}.
std::string own_words(const chela::FetchReply& reply) {
  const auto document = chela::parse_json(reply.body);
  if (!document) return "";
  std::string text = chela::get_string(*document, "message");
  if (text.empty()) text = chela::get_string(*document, "error");
  if (const auto* error = chela::find(*document, "error"); text.empty() && error != nullptr)
    text = chela::get_string(*error, "message");
  return text.empty() ? "" : ": '" + word(text, 120) + "'";
}

std::optional<Timestamp> reset_of(const chela::FetchReply& reply) {
  const auto text = reply.header("x-ratelimit-reset");
  if (!text) return std::nullopt;
  std::int64_t seconds = 0;
  const auto read = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (read.ec != std::errc() || read.ptr != text->data() + text->size()) return std::nullopt;
  // Up to the year 5138; beyond that it is no time in seconds.
  if (seconds < 0 || seconds > 100'000'000'000) return std::nullopt;
  return Timestamp(std::chrono::seconds(seconds));
}

Miss refused_by(const chela::FetchReply& reply, Timestamp now) {
  Miss miss{.status = reply.status,
            .why = "HTTP " + std::to_string(reply.status) + own_words(reply)};
  if (reply.status == 401 || reply.status == 403) {
    miss.kind = Miss::Kind::refused;
    miss.code = ErrorCode::unauthenticated;
    const auto date = reply.header("date");
    if (const auto theirs = date ? parse_http_date(*date) : std::nullopt)
      miss.clock_ahead = now - *theirs;
  } else if (reply.status == 429) {
    miss.kind = Miss::Kind::rate_limited;
    miss.code = ErrorCode::resource_exhausted;
    miss.again_at = reset_of(reply);
  } else if (reply.status < 500) {
    miss.kind = Miss::Kind::broken;
    miss.code = ErrorCode::failed_precondition;
  }
  return miss;
}

Miss broken(std::string why) {
  return {.kind = Miss::Kind::broken,
          .status = 200,
          .code = ErrorCode::data_loss,
          .why = std::move(why)};
}

}  // namespace

std::string word(std::string_view text, std::size_t max_bytes) {
  return chela::untrusted_text(text, max_bytes);
}

Reading read_reply(const chela::Result<chela::FetchReply>& reply, Timestamp now) {
  if (!reply) {
    const bool is_broken = reply.error().code == ErrorCode::data_loss;
    return {.miss = {.kind = is_broken ? Miss::Kind::broken : Miss::Kind::unavailable,
                     .code = reply.error().code,
                     .why = reply.error().message}};
  }
  if (reply->status != 200) return {.miss = refused_by(*reply, now)};
  auto document = chela::parse_json(reply->body);
  if (!document) return {.miss = broken("the answer is no JSON")};
  return {.document = std::move(*document)};
}

Reading out_of_time() {
  return {.miss = {.kind = Miss::Kind::unavailable,
                   .code = ErrorCode::deadline_exceeded,
                   .why = "no time was left, the service is slow"}};
}

std::optional<json::value> body_of(const chela::Result<chela::FetchReply>& reply) {
  if (!reply) return std::nullopt;
  auto document = chela::parse_json(reply->body);
  if (!document) return std::nullopt;
  return std::move(*document);
}

std::string describe_clock(const Miss& miss) {
  if (!miss.clock_ahead) return "";
  const Duration off = *miss.clock_ahead;
  const Duration size = off < Duration(0) ? -off : off;
  if (size < kNoticed) return "";
  return "The clock of this machine is " + chela::describe_duration(size) +
         (off > Duration(0) ? " ahead of" : " behind") + " the service's.";
}

}  // namespace trading
