// How the wrappers of host services find their table and say that there is none.
#pragma once

#include <string>
#include <string_view>

#include "chela/duration.h"
#include "chela/internal/door.h"

namespace chela::internal {

template <class Table>
const Table* service(const chela_host* host, std::string_view id) {
  return CHELA_HAS(host, chela_host, service)
             ? static_cast<const Table*>(host->service(host, str(id)))
             : nullptr;
}

inline tl::unexpected<Error> not_offered(std::string_view id) {
  return fail(ErrorCode::unimplemented, "this host does not offer " + std::string(id));
}

inline Timestamp timestamp(std::int64_t ms) {
  return Timestamp(Duration(ms));
}

}  // namespace chela::internal
