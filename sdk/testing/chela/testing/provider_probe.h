// ProviderProbe: a provider's .so driven as the host drives it, with replies from memory.
#pragma once

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "chela/document.h"
#include "chela/provider.h"
#include "chela/testing/opened_plugin.h"

namespace chela::testing {

// How the bytes of a body are cut on their way to the decoder: sizes of pieces, the last one
// repeats.
struct Cuts {
  std::vector<std::size_t> sizes{std::string::npos};

  static Cuts whole() { return {}; }
  static Cuts bytewise() { return {{1}}; }
  static Cuts random(unsigned seed) {
    std::mt19937 engine(seed);
    Cuts cuts{{}};
    for (int i = 0; i < 64; ++i) cuts.sizes.push_back(1 + engine() % 97);
    return cuts;
  }
};

class ProviderProbe {
 public:
  static Result<std::unique_ptr<ProviderProbe>> open(const std::string& file,
                                                     const std::string& dir,
                                                     json::value config = json::object()) {
    auto probe = std::unique_ptr<ProviderProbe>(new ProviderProbe);
    CHELA_TRY(probe->plugin_, OpenedPlugin::open(file, dir, probe->host_, std::move(config)));
    return probe;
  }

  Result<json::value> describe() { return plugin_->call("describe", json::object()); }

  // `operation`: encode, embed_encode, quota_encode, models_encode.
  Result<WireRequest> request(std::string_view operation, const json::value& document) {
    CHELA_TRY(const std::string text, plugin_->call_text(operation, json::serialize(document)));
    CHELA_TRY(const Document parsed, parse_document(text));
    return WireRequest{get_string(parsed.head, "method"), get_string(parsed.head, "url"),
                       internal::parse_headers(parsed.head), std::string(parsed.bytes)};
  }

  // explain, quota_decode, models_decode, embed_decode (with `count` texts).
  Result<std::string> reply(std::string_view operation, const WireReply& reply,
                            std::size_t count = 0) {
    json::object head = head_of(reply);
    if (count > 0) head["count"] = count;
    return plugin_->call_text(operation, write_document(head, reply.body));
  }

  Result<ProviderError> explain(const WireReply& wire) {
    CHELA_TRY(const std::string text, reply("explain", wire));
    CHELA_TRY(const json::value value, parse_json(text));
    const auto* error = find(value, "error");
    if (error == nullptr) return fail(ErrorCode::internal, "explain gave no error: " + text);
    return provider_error(*error);
  }

  // All events of a reply with status 2xx. `is_complete`: its body came to a proper end.
  Result<json::array> decode(const WireReply& wire, const Cuts& cuts = {},
                             bool is_complete = true) {
    CHELA_TRY(const json::value opened, plugin_->call("open", head_of(wire)));
    const json::object id{{"decoder", get_int(opened, "decoder")}};
    json::array events;
    const auto take = [&](const std::string& text) -> Result<void> {
      CHELA_TRY(json::value value, parse_json(text));
      for (auto& event : value.as_object().at("events").as_array()) events.push_back(event);
      return {};
    };
    std::string_view rest = wire.body;
    for (std::size_t i = 0; !rest.empty(); ++i) {
      const std::size_t wanted = cuts.sizes[std::min(i, cuts.sizes.size() - 1)];
      const std::string_view piece = rest.substr(0, wanted);
      rest.remove_prefix(piece.size());
      CHELA_TRY(const std::string text, plugin_->call_text("feed", write_document(id, piece)));
      CHELA_TRY(take(text));
    }
    json::object end = id;
    end["complete"] = is_complete;
    CHELA_TRY(const std::string text, plugin_->call_text("close", json::serialize(end)));
    CHELA_TRY(take(text));
    return events;
  }

  // The rate limits that the host would learn from this reply.
  Result<std::vector<RateLimit>> limits(const WireReply& wire) {
    const bool is_good = wire.status >= 200 && wire.status < 300;
    if (!is_good) {
      CHELA_TRY(const std::string text, reply("explain", wire));
      CHELA_TRY(const json::value value, parse_json(text));
      return rate_limits(value);
    }
    CHELA_TRY(const json::value opened, plugin_->call("open", head_of(wire)));
    json::object end{{"decoder", get_int(opened, "decoder")}, {"complete", false}};
    CHELA_TRY(plugin_->call_text("close", json::serialize(end)));
    return rate_limits(opened);
  }

  OpenedPlugin& plugin() { return *plugin_; }

 private:
  ProviderProbe() = default;
  static json::object head_of(const WireReply& reply) {
    return {{"status", reply.status}, {"headers", internal::headers_json(reply.headers)}};
  }

  FakeHost host_;
  std::unique_ptr<OpenedPlugin> plugin_;
};

// The last event of a reply, null where there is none.
inline json::value last_event(const json::array& events) {
  return events.empty() ? json::value() : events.back();
}

// The code of the error that ended a reply, "" where it ended well.
inline std::string error_code_of(const json::array& events) {
  const json::value last = last_event(events);
  const auto* error = find(last, "error");
  return error == nullptr ? "" : get_string(*error, "code");
}

}  // namespace chela::testing
