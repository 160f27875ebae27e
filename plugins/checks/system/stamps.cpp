#include "stamps.h"

#include "words.h"

namespace check_system {

using chela::condition;
using chela::ErrorCode;

std::vector<Stamp> parse_stamps(const chela::json::value& config) {
  std::vector<Stamp> stamps;
  const auto* list = chela::find(config, "stamps");
  if (list == nullptr || !list->is_array()) return stamps;
  for (const auto& item : list->get_array()) {
    const auto age = chela::parse_duration(chela::get_string(item, "max_age"));
    stamps.push_back({chela::get_string(item, "path"), age.value_or(chela::Duration(0))});
  }
  return stamps;
}

Outcome judge_stamp(const Stamp& stamp, std::optional<chela::Timestamp> modified,
                    chela::Timestamp now) {
  const std::string limit = chela::format_duration(stamp.max_age);
  if (!modified) {
    return {{condition("stamp:" + stamp.path, "a job has left no mark: " + shown(stamp.path))
                 .detail("The file is not there; its job is to touch it at least every " + limit +
                         ".")},
            "no " + shown(stamp.path),
            ""};
  }
  if (now - *modified <= stamp.max_age) return {};
  return {{condition("stamp:" + stamp.path, "a job is overdue: " + shown(stamp.path))
               .detail("It was last touched " + moment(modified->time_since_epoch().count()) +
                       "; its job is to do so at least every " + limit + ".")},
          shown(stamp.path) + " is old",
          ""};
}

Outcome look_at_stamp(chela::Host& host, const Stamp& stamp) {
  const auto info = host.files().stat(stamp.path);
  if (!info && info.error().code != ErrorCode::not_found)
    return {{}, "", "stamp " + shown(stamp.path) + ": " + info.error().message};
  return judge_stamp(stamp, info ? std::optional(info->modified) : std::nullopt,
                     host.clock().now());
}

}  // namespace check_system
