// One value of an openclaw.json together with its path, so that what is wrong with it can be said.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chela/json.h"
#include "chela/result.h"
#include "config/openclaw.h"

namespace chela::config {

// Lent: it must not outlive the OpenClaw that it looks into.
class Look {
 public:
  explicit Look(const OpenClaw& openclaw)
      : openclaw_(&openclaw), value_(&openclaw.value), raw_(&openclaw.raw) {}

  bool exists() const { return value_ != nullptr; }
  const json::value& value() const { return *value_; }  // only where it exists
  const json::value& raw() const { return *raw_; }      // with ${NAME} as written
  const std::string& pointer() const { return pointer_; }
  const std::string& path() const { return path_; }  // "agents.list[1].model"

  Look operator[](std::string_view key) const;  // not there where this is no object
  std::vector<std::pair<std::string, Look>> members() const;
  std::vector<Look> items() const;

  // Absent: nothing. Of another type: invalid_argument, "file:line:column: path: wanted ..; found
  // ..", which never shows a value.
  Result<std::optional<std::string>> text() const;
  Result<std::optional<bool>> flag() const;
  Result<std::optional<std::int64_t>> whole(std::int64_t least, std::int64_t most) const;
  Result<void> want_object() const;  // or nothing
  Result<void> want_list() const;    // or nothing
  Result<std::vector<std::string>> texts() const;

  tl::unexpected<Error> refuse(const std::string& wanted) const;
  // "agents.defaults.model: <what> (openclaw.json:3:8)".
  std::string note(const std::string& what) const;

 private:
  Look child(const json::value* value, const json::value* raw, const std::string& key,
             bool is_item) const;

  const OpenClaw* openclaw_;
  const json::value* value_;
  const json::value* raw_;
  std::string pointer_;
  std::string path_;
};

}  // namespace chela::config
