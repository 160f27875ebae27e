#include "config/openclaw_look.h"

#include "base/text.h"

namespace chela::config {
namespace {

std::string kind_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "true or false";
    case json::kind::string:
      return "a text";
    case json::kind::array:
      return "a list";
    case json::kind::object:
      return "an object";
    default:
      return "the number " + json::serialize(value);
  }
}

}  // namespace

Look Look::child(const json::value* value, const json::value* raw, const std::string& key,
                 bool is_item) const {
  Look next = *this;
  next.value_ = value;
  next.raw_ = raw;
  next.pointer_ = child_pointer(pointer_, key);
  const auto shown = base::printable(key, 80);
  if (is_item) {
    next.path_ += "[" + shown + "]";
  } else {
    next.path_ += (path_.empty() ? "" : ".") + shown;
  }
  return next;
}

Look Look::operator[](std::string_view key) const {
  const auto* value = exists() ? find(*value_, key) : nullptr;
  return child(value, value == nullptr ? nullptr : find(*raw_, key), std::string(key), false);
}

std::vector<std::pair<std::string, Look>> Look::members() const {
  std::vector<std::pair<std::string, Look>> all;
  if (!exists() || !value_->is_object()) return all;
  for (const auto& member : value_->get_object()) {
    const std::string key(member.key());
    all.emplace_back(key, child(&member.value(), find(*raw_, key), key, false));
  }
  return all;
}

std::vector<Look> Look::items() const {
  std::vector<Look> all;
  if (!exists() || !value_->is_array()) return all;
  const auto& values = value_->get_array();
  const auto& raws = raw_->get_array();
  for (std::size_t i = 0; i < values.size(); ++i)
    all.push_back(child(&values[i], &raws[i], std::to_string(i), true));
  return all;
}

Result<std::optional<std::string>> Look::text() const {
  if (!exists()) return std::optional<std::string>();
  if (!value_->is_string()) return refuse("a text");
  return std::optional(std::string(value_->get_string()));
}

Result<std::optional<bool>> Look::flag() const {
  if (!exists()) return std::optional<bool>();
  if (!value_->is_bool()) return refuse("true or false");
  return std::optional(value_->get_bool());
}

Result<std::optional<std::int64_t>> Look::whole(std::int64_t least, std::int64_t most) const {
  if (!exists()) return std::optional<std::int64_t>();
  json::error_code error;
  const auto number = value_->is_number() ? value_->to_number<std::int64_t>(error) : 0;
  if (!value_->is_number() || error || number < least || number > most)
    return refuse("a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return std::optional(number);
}

Result<void> Look::want_object() const {
  if (exists() && !value_->is_object()) return refuse("an object");
  return {};
}

Result<void> Look::want_list() const {
  if (exists() && !value_->is_array()) return refuse("a list");
  return {};
}

Result<std::vector<std::string>> Look::texts() const {
  CHELA_TRY(want_list());
  std::vector<std::string> all;
  for (const auto& item : items()) {
    CHELA_TRY(auto text, item.text());
    all.push_back(std::move(*text));
  }
  return all;
}

tl::unexpected<Error> Look::refuse(const std::string& wanted) const {
  const auto at = find_position(openclaw_->origins, pointer_);
  const auto file = at.file.empty() ? openclaw_->file : at.file;
  return fail(ErrorCode::invalid_argument,
              base::printable(where(file.string(), at.position), 1000) + ": " + path_ +
                  ": wanted " + wanted + "; found " + (exists() ? kind_of(*value_) : "nothing"));
}

std::string Look::note(const std::string& what) const {
  const auto at = find_position(openclaw_->origins, pointer_);
  const auto name = base::printable(at.file.filename().string(), 200);
  return path_ + ": " + base::printable(what, 400) +
         (name.empty() ? "" : " (" + where(name, at.position) + ")");
}

}  // namespace chela::config
