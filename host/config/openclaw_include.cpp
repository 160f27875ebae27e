#include "config/openclaw_include.h"

#include <algorithm>

#include "base/text.h"
#include "config/file.h"
#include "config/json5.h"

namespace chela::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBytes = 1024 * 1024;
constexpr std::size_t kMaxIncludeDepth = 10;
constexpr std::size_t kMaxFiles = 200;
constexpr std::size_t kMaxMerged = 8 * 1024 * 1024;
constexpr std::string_view kInclude = "$include";

// Later values win, objects merge by key, lists are joined.
void merge_into(json::value& base, Origin& base_origin, json::value&& later,
                Origin&& later_origin) {
  if (base.is_array() && later.is_array()) {
    for (auto& item : later.get_array()) base.get_array().push_back(std::move(item));
    for (auto& item : later_origin.items) base_origin.items.push_back(std::move(item));
  } else if (base.is_object() && later.is_object()) {
    for (auto& member : later.get_object()) {
      const std::string key(member.key());
      auto [place, is_new] = base.get_object().emplace(key, nullptr);
      auto& origin = base_origin.members[key];
      if (is_new) {
        place->value() = std::move(member.value());
        origin = std::move(later_origin.members[key]);
      } else {
        merge_into(place->value(), origin, std::move(member.value()),
                   std::move(later_origin.members[key]));
      }
    }
  } else {
    base = std::move(later);
    base_origin = std::move(later_origin);
    return;
  }
  base_origin.file = later_origin.file;
  base_origin.key = later_origin.key;
  base_origin.begin = later_origin.begin;
  base_origin.end = later_origin.end;
}

class Includer {
 public:
  Includer(fs::path folder, std::vector<SourceText>& files)
      : folder_(std::move(folder)), files_(files) {}

  Result<json::value> read(const fs::path& file, const std::string* instead, Origin& origin) {
    std::error_code error;
    const auto real = fs::canonical(file, error);
    if (error) return refuse(file, "cannot be read: " + error.message());
    const auto inside = std::mismatch(folder_.begin(), folder_.end(), real.begin(), real.end());
    if (inside.first != folder_.end())
      return refuse(file, "leads out of the folder; wanted a file below " + folder_.string() +
                              "; found " + real.string());
    if (std::find(open_.begin(), open_.end(), real) != open_.end())
      return refuse(file, "includes itself in a circle; wanted no cycle; found " + chain());
    if (open_.size() > kMaxIncludeDepth)
      return refuse(file, "is included too deeply; wanted at most 10 levels; found " + chain());
    if (files_.size() >= kMaxFiles)
      return refuse(file, "is one include too many; wanted at most 200; found more");
    std::string text;
    if (instead != nullptr) {
      text = *instead;
    } else {
      CHELA_TRY(text, read_file(real, kMaxBytes, Trust{false, {}}));
    }
    bytes_ += text.size();
    if (bytes_ > kMaxMerged)
      return refuse(file, "makes the whole too large; wanted at most 8 MiB; found more");
    const auto number = static_cast<int>(files_.size());
    files_.push_back({file, std::move(text)});
    CHELA_TRY(auto value, parse_json5(files_.back().text, file.string(), number, origin));
    open_.push_back(real);
    auto resolved = resolve(std::move(value), origin, file);
    open_.pop_back();
    return resolved;
  }

 private:
  tl::unexpected<Error> refuse(const fs::path& file, const std::string& message) const {
    return fail(ErrorCode::invalid_argument, base::printable(file.string(), 300) + ": $include " +
                                                 base::printable(message, 900));
  }
  std::string chain() const {
    std::string names;
    for (const auto& file : open_) names += (names.empty() ? "" : " > ") + file.filename().string();
    return names;
  }

  Result<json::value> resolve(json::value value, Origin& origin, const fs::path& file) {
    if (auto* list = value.if_array()) {
      for (std::size_t i = 0; i < list->size(); ++i) {
        CHELA_TRY((*list)[i], resolve(std::move((*list)[i]), origin.items[i], file));
      }
      return value;
    }
    auto* object = value.if_object();
    if (object == nullptr) return value;
    for (auto& member : *object) {
      if (std::string_view(member.key()) == kInclude) continue;
      auto& inner = origin.members[std::string(member.key())];
      CHELA_TRY(member.value(), resolve(std::move(member.value()), inner, file));
    }
    const auto* include = object->if_contains(kInclude);
    if (include == nullptr) return value;
    Origin included_origin;
    CHELA_TRY(auto included, read_all(*include, included_origin, file));
    object->erase(kInclude);
    origin.members.erase(std::string(kInclude));
    if (object->empty()) {
      origin = std::move(included_origin);
      return included;
    }
    if (!included.is_object())
      return refuse(file,
                    "beside other keys brings no object; wanted an object; found another value");
    merge_into(included, included_origin, std::move(value), std::move(origin));
    origin = std::move(included_origin);
    return included;
  }

  Result<json::value> read_all(const json::value& include, Origin& origin, const fs::path& file) {
    if (include.is_string()) return read_one(include, origin, file);
    const auto* list = include.if_array();
    if (list == nullptr || list->empty())
      return refuse(file, "names no file; wanted a path or a list of paths; found " +
                              json::serialize(include).substr(0, 80));
    json::value merged;
    for (const auto& one : *list) {
      Origin one_origin;
      CHELA_TRY(auto value, read_one(one, one_origin, file));
      if (merged.is_null()) {
        merged = std::move(value);
        origin = std::move(one_origin);
      } else {
        merge_into(merged, origin, std::move(value), std::move(one_origin));
      }
    }
    return merged;
  }

  Result<json::value> read_one(const json::value& include, Origin& origin, const fs::path& file) {
    if (!include.is_string() || include.get_string().empty())
      return refuse(
          file, "names no file; wanted a path; found " + json::serialize(include).substr(0, 80));
    return read(file.parent_path() / fs::path(std::string(include.get_string())), nullptr, origin);
  }

  fs::path folder_;  // real path
  std::vector<fs::path> open_;
  std::vector<SourceText>& files_;
  std::size_t bytes_ = 0;
};

// Length of NAME} after "${", or 0 where it is no name of OpenClaw's.
std::size_t env_name(std::string_view text) {
  const auto end = text.find('}');
  if (end == std::string_view::npos || end == 0 || (text[0] >= '0' && text[0] <= '9')) return 0;
  const auto name = text.substr(0, end);
  return name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string_view::npos
             ? end
             : 0;
}

std::string substituted(std::string_view text, const EnvLookup& env,
                        std::vector<std::string>& notes) {
  std::string done;
  while (!text.empty()) {
    const auto dollar = std::min(text.find('$'), text.size());
    done += text.substr(0, dollar);
    text.remove_prefix(dollar);
    const bool is_escaped = text.starts_with("$${");
    const std::size_t lead = is_escaped ? 3 : 2;
    const auto length = is_escaped || text.starts_with("${") ? env_name(text.substr(lead)) : 0;
    if (length == 0) {
      done += text.substr(0, 1);
      text.remove_prefix(std::min<std::size_t>(text.size(), 1));
      continue;
    }
    const std::string name(text.substr(lead, length));
    const auto value = is_escaped ? std::nullopt : env(name);
    done += value && !value->empty() ? *value : "${" + name + "}";
    if (!is_escaped && (!value || value->empty())) {
      const auto note = "the environment has no " + name;
      if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
    }
    text.remove_prefix(lead + length + 1);
  }
  return done;
}

}  // namespace

Result<json::value> read_with_includes(const fs::path& file, const std::string* text,
                                       Origins& origins) {
  std::error_code error;
  const auto real = fs::canonical(file, error);
  if (error) return fail(ErrorCode::not_found, file.string() + ": " + error.message());
  return Includer(real.parent_path(), origins.files).read(real, text, origins.root);
}

std::optional<std::string> only_variable(std::string_view text) {
  if (!text.starts_with("${")) return std::nullopt;
  const auto length = env_name(text.substr(2));
  if (length == 0 || length + 3 != text.size()) return std::nullopt;
  return std::string(text.substr(2, length));
}

bool has_variable(std::string_view text) {
  for (auto at = text.find("${"); at != std::string_view::npos; at = text.find("${", at + 2)) {
    const bool is_escaped = at > 0 && text[at - 1] == '$';
    if (!is_escaped && env_name(text.substr(at + 2)) != 0) return true;
  }
  return false;
}

void substitute_env(json::value& value, const EnvLookup& env, std::vector<std::string>& notes) {
  if (value.is_string()) {
    if (value.get_string().find('$') != std::string_view::npos)
      value = json::string(substituted(value.get_string(), env, notes));
  } else if (auto* list = value.if_array()) {
    for (auto& item : *list) substitute_env(item, env, notes);
  } else if (auto* object = value.if_object()) {
    for (auto& member : *object) substitute_env(member.value(), env, notes);
  }
}

}  // namespace chela::config
