#include "cli/backends.h"

#include <algorithm>

#include "base/text.h"

namespace chela::cli {

Result<void> check_backend(const app::Setup& setup, const std::string& id) {
  std::vector<std::string> known;
  for (const auto& one : setup.instances) {
    if (one.kind == config::Kind::tasks) known.push_back(one.id);
  }
  if (std::find(known.begin(), known.end(), id) != known.end()) return {};
  const auto meant = base::closest(id, known);
  return fail(ErrorCode::not_found, "no task backend '" + base::printable(id, 64) + "' is enabled" +
                                        (meant.empty() ? "" : "; did you mean '" + meant + "'?"));
}

}  // namespace chela::cli
