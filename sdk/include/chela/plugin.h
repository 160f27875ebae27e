// The glue under CHELA_CHECK and CHELA_TASKS: thunks that translate between the C door and C++
// classes.
//
// CHELA_PLUGIN_ID, CHELA_PLUGIN_VERSION and CHELA_PLUGIN_ABI_MINOR_NEEDED come from
// chela_add_plugin(), out of plugin.json.
#pragma once

#include <concepts>
#include <exception>
#include <memory>

#include "chela/abi/kinds.h"
#include "chela/config.h"
#include "chela/host.h"

namespace chela::internal {

inline chela_status report_failure(const chela_call* call, const Error& error) {
  const auto status = static_cast<chela_status>(error.code);
  const std::string message = replace_invalid_utf8(error.message);
  return CHELA_HAS(call, chela_call, fail) ? call->fail(call, status, str(message)) : status;
}

// Runs `body` (returning Result<void>); whatever it throws becomes INTERNAL with the exception's
// words.
template <class Body>
chela_status guard(const chela_call* call, Body&& body) noexcept {
  try {
    const Result<void> result = body();
    return result ? CHELA_OK : report_failure(call, result.error());
  } catch (const std::exception& e) {
    return report_failure(call, {ErrorCode::internal, std::string("exception: ") + e.what()});
  } catch (...) {
    return report_failure(call, {ErrorCode::internal, "exception of unknown type"});
  }
}

// T::create(config), a static function that may refuse settings which no schema can judge; else a
// constructor.
template <class T>
Result<std::unique_ptr<T>> construct(const Config& config) {
  if constexpr (requires {
                  { T::create(config) } -> std::same_as<Result<std::unique_ptr<T>>>;
                }) {
    return T::create(config);
  } else if constexpr (std::constructible_from<T, const Config&>) {
    return std::make_unique<T>(config);
  } else {
    static_assert(std::default_initializable<T>,
                  "expected a constructor T() or T(const chela::Config&), or "
                  "static chela::Result<std::unique_ptr<T>> create(const chela::Config&)");
    return std::make_unique<T>();
  }
}

// create/destroy for any class.
template <class T>
struct Lifetime {
  static chela_status create(const chela_host*, const chela_call* call, chela_str config,
                             chela_instance** out) noexcept {
    return guard(call, [&]() -> Result<void> {
      CHELA_TRY(json::value document, parse_json(view(config)));
      CHELA_TRY(auto made, construct<T>(Config(std::move(document))));
      *out = reinterpret_cast<chela_instance*>(made.release());
      return {};
    });
  }
  static void destroy(chela_instance* instance) noexcept { delete reinterpret_cast<T*>(instance); }
};

// One operation: JSON in, `body(instance, host)` gives JSON out. Bytes that are not UTF-8 become
// U+FFFD on the way.
template <class T, class Body>
chela_status operation(chela_instance* instance, const chela_call* call, chela_str request,
                       const chela_sink* reply, Body&& body) noexcept {
  return guard(call, [&]() -> Result<void> {
    CHELA_TRY(json::value document, parse_json(view(request)));
    Host host(call, std::move(document));
    CHELA_TRY(const json::value result, body(*reinterpret_cast<T*>(instance), host));
    std::string text = json::serialize(result);
    if (!is_utf8(text)) text = replace_invalid_utf8(text);
    reply->put(reply, str(text));
    return {};
  });
}

}  // namespace chela::internal

// The descriptor and the one exported symbol; `ops` is a static table of the kind.
#define CHELA_PLUGIN_WITH_(kind_id, ops)                                                      \
  extern "C" CHELA_EXPORT const chela_plugin* chela_plugin_v1(void);                          \
  extern "C" const chela_plugin* chela_plugin_v1(void) {                                      \
    static constexpr chela_component component{sizeof(chela_component), 0,                    \
                                               ::chela::internal::str(kind_id), &(ops).base}; \
    static constexpr chela_plugin plugin{sizeof(chela_plugin),                                \
                                         CHELA_ABI_MINOR,                                     \
                                         CHELA_PLUGIN_ABI_MINOR_NEEDED,                       \
                                         1,                                                   \
                                         ::chela::internal::str(CHELA_PLUGIN_ID),             \
                                         ::chela::internal::str(CHELA_PLUGIN_VERSION),        \
                                         &component};                                         \
    return &plugin;                                                                           \
  }
