// The two directions through the C door: strings, sinks and statuses on one side, Result on the
// other.
#pragma once

#include <string>
#include <string_view>

#include "chela/abi/kinds.h"
#include "chela/result.h"

namespace chela::internal {

constexpr std::string_view view(chela_str text) {
  return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}
constexpr chela_str str(std::string_view text) {
  return {text.data(), text.size()};
}

// A sink that joins what it is given into `text`.
struct StringSink : chela_sink {
  StringSink() : chela_sink{sizeof(chela_sink), 0, &StringSink::append} {}
  StringSink(const StringSink&) = delete;
  StringSink& operator=(const StringSink&) = delete;
  mutable std::string text;

 private:
  static void append(const chela_sink* self, chela_str bytes) noexcept {
    static_cast<const StringSink*>(self)->text.append(view(bytes));
  }
};

// gRPC numbers come from the other side of the door: outside the table means `unknown`.
inline ErrorCode error_code(chela_status status) {
  return status > CHELA_OK && status <= CHELA_UNAUTHENTICATED ? static_cast<ErrorCode>(status)
                                                              : ErrorCode::unknown;
}

// OK, or the Error made of a status and the words beside it. By reference: in
// `check_status(call(.., &error), error.text)` a copy could be made before the call has written the
// words.
inline Result<void> check_status(chela_status status, const std::string& message) {
  if (status == CHELA_OK) return {};
  return fail(error_code(status), message);
}

// All operations of all kinds have this shape.
using Operation = chela_status (*)(chela_instance*, const chela_call*, chela_str,
                                   const chela_sink*);

// The operation `name` of `kind`, or nullptr where the kind has none of that name or the table is
// too short for it: a table that ends early has the operations that fit, so that kinds can grow.
inline Operation find_operation(std::string_view kind, const chela_ops* ops,
                                std::string_view name) {
#define CHELA_OP_(type, member)                                         \
  if (name == #member) {                                                \
    const auto* table = reinterpret_cast<const type*>(ops);             \
    return CHELA_HAS_OP(table, type, member) ? table->member : nullptr; \
  }
  if (kind == CHELA_KIND_CHECK) {
    CHELA_OP_(chela_check_ops, run)
  }
  if (kind == CHELA_KIND_TASKS) {
    CHELA_OP_(chela_tasks_ops, list)
    CHELA_OP_(chela_tasks_ops, get)
    CHELA_OP_(chela_tasks_ops, create)
    CHELA_OP_(chela_tasks_ops, update)
    CHELA_OP_(chela_tasks_ops, note)
    CHELA_OP_(chela_tasks_ops, remove)
    CHELA_OP_(chela_tasks_ops, describe)
  }
  if (kind == CHELA_KIND_NOTIFIER) {
    CHELA_OP_(chela_notifier_ops, send)
  }
  if (kind == CHELA_KIND_PROVIDER) {
    CHELA_OP_(chela_provider_ops, describe)
    CHELA_OP_(chela_provider_ops, encode)
    CHELA_OP_(chela_provider_ops, open)
    CHELA_OP_(chela_provider_ops, feed)
    CHELA_OP_(chela_provider_ops, close)
    CHELA_OP_(chela_provider_ops, explain)
    CHELA_OP_(chela_provider_ops, embed_encode)
    CHELA_OP_(chela_provider_ops, embed_decode)
    CHELA_OP_(chela_provider_ops, quota_encode)
    CHELA_OP_(chela_provider_ops, quota_decode)
    CHELA_OP_(chela_provider_ops, models_encode)
    CHELA_OP_(chela_provider_ops, models_decode)
  }
#undef CHELA_OP_
  return nullptr;
}

}  // namespace chela::internal
