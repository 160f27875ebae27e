#include "settings.h"

#include <chela/untrusted.h>

#include <algorithm>
#include <set>

namespace feed {
namespace {

using chela::ErrorCode;
using chela::fail;

constexpr std::size_t kMostFeeds = 20;

// An address as a message may show it: what may be a password in it is masked, also where the
// address is none that can be read.
std::string shown(const std::string& url) {
  const auto scheme_end = url.find("://");
  const auto begin = scheme_end == std::string::npos ? 0 : scheme_end + 3;
  const auto at = url.rfind('@');
  const bool has_secret = at != std::string::npos && at >= begin;
  return chela::untrusted_text(has_secret ? url.substr(0, begin) + "***" + url.substr(at) : url,
                               80);
}

chela::Result<Source> parse_source(const chela::json::value& value) {
  Source source;
  source.url = chela::get_string(value, "url");
  const bool is_web = source.url.starts_with("https://") || source.url.starts_with("http://");
  const bool is_clean = std::all_of(source.url.begin(), source.url.end(),
                                    [](char c) { return c > 0x20 && c < 0x7f; });
  const std::string rest = is_web ? source.url.substr(source.url.find("://") + 3) : "";
  const std::string host = rest.substr(0, rest.find_first_of("/?#"));
  if (host.empty() || !is_clean || source.url.find("{{") != std::string::npos)
    return fail(
        ErrorCode::invalid_argument,
        "url: wanted http:// or https:// and a host, in ASCII, found '" + shown(source.url) + "'");
  if (host.find('@') != std::string::npos)
    return fail(ErrorCode::invalid_argument, "url: wanted no user and password in it");
  source.name = chela::untrusted_text(chela::get_string(value, "name"), 60);
  if (source.name.empty()) source.name = host;
  source.severity = chela::get_string(value, "severity", "info");
  CHELA_TRY(source.want, parse_rules(value, "want"));
  CHELA_TRY(source.skip, parse_rules(value, "skip"));
  return source;
}

}  // namespace

chela::Result<std::vector<Source>> parse_sources(const chela::Config& config) {
  std::vector<Source> sources;
  std::set<std::string> names, urls;
  const auto* list = chela::find(config.value(), "feeds");
  const auto* entries = list == nullptr ? nullptr : list->if_array();
  if (entries == nullptr || entries->empty() || entries->size() > kMostFeeds)
    return fail(ErrorCode::invalid_argument, "feeds: wanted 1 to 20 of them");
  for (std::size_t i = 0; i < entries->size(); ++i) {
    const std::string where = "feeds." + std::to_string(i) + ".";
    auto source = parse_source((*entries)[i]);
    if (!source) return fail(source.error().code, where + source.error().message);
    if (!names.insert(source->name).second)
      return fail(ErrorCode::invalid_argument,
                  where + "name: another one is called '" + source->name + "'");
    if (!urls.insert(source->url).second)
      return fail(ErrorCode::invalid_argument,
                  where + "url: it stands there twice; put the rules into one");
    sources.push_back(*std::move(source));
  }
  return sources;
}

}  // namespace feed
