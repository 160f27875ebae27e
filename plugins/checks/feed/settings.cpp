#include "settings.h"

#include <chela/untrusted.h>

#include <algorithm>
#include <set>

#include "web.h"

namespace feed {
namespace {

using chela::ErrorCode;
using chela::fail;

constexpr std::size_t kMostFeeds = 20;

chela::Result<Source> parse_source(const chela::json::value& value) {
  Source source;
  source.url = chela::get_string(value, "url");
  CHELA_TRY(const std::string host, web::host_of(source.url));
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
