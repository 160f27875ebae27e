// Tells of new entries in feeds. Sources: RSS 2.0, RSS 1.0, Atom 1.0 (RFC 4287); conditional
// requests of RFC 9110. What is in a feed when it is first read is old.
#include <chela/check.h>
#include <chela/untrusted.h>

#include <algorithm>

#include "entries.h"
#include "memory.h"
#include "rules.h"
#include "settings.h"

namespace feed {
namespace {

namespace json = chela::json;
using chela::ErrorCode;
using chela::fail;

constexpr std::size_t kIdsInAll = 8000;  // of 19 bytes in the cursor, which may have 256 KiB

struct Round {
  std::size_t asked = 0;
  std::size_t failed = 0;
  chela::Error first_error{};
};

bool is_link(std::string_view text) {
  return (text.starts_with("https://") || text.starts_with("http://")) && text.size() <= 500 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

chela::Finding with_severity(chela::Finding finding, std::string_view severity) {
  if (severity == "info") finding.info();
  if (severity == "crit") finding.crit();
  return finding;
}

chela::Finding finding_for(const Source& source, const Entry& entry) {
  std::string title = chela::untrusted_text(entry.title.empty() ? entry.id : entry.title, 150);
  if (title.empty()) title = "(without a title)";
  std::string categories;
  for (const auto& one : entry.categories)
    categories += (categories.empty() ? "in " : ", ") + chela::untrusted_text(one, 40);
  std::string detail;
  if (!entry.author.empty()) detail = "by " + chela::untrusted_text(entry.author, 100);
  if (!categories.empty()) detail += (detail.empty() ? "" : "\n") + categories;
  auto finding =
      chela::event("entry:" + source.name + ":" + hash_of(entry.id), source.name + ": " + title);
  finding.detail(detail).untrusted();
  if (is_link(entry.link)) finding.url(entry.link);
  return with_severity(std::move(finding), source.severity);
}

class FeedCheck : public chela::Check {
 public:
  static chela::Result<std::unique_ptr<FeedCheck>> create(const chela::Config& config) {
    auto made = std::make_unique<FeedCheck>();
    CHELA_TRY(made->sources_, parse_sources(config));
    made->at_once_ = static_cast<std::size_t>(config.get("at_once", 5));
    made->failures_ = static_cast<int>(config.get("failures", 3));
    made->max_bytes_ = static_cast<std::uint64_t>(config.get("max_size", 4)) << 20;
    made->timeout_ = config.duration("timeout", std::chrono::seconds(10));
    made->total_ = config.duration("total", std::chrono::seconds(25));
    return made;
  }

  chela::Result<chela::Report> run(chela::Host& host) override {
    if (chela::get_bool(host.request(), "brief")) return chela::Report::ok();
    auto memories = read_memories(host.cursor());
    const auto begin = host.clock().now();
    const auto next = chela::get_int(host.cursor(), "next");
    const std::size_t first = next < 0 ? 0 : static_cast<std::size_t>(next) % sources_.size();
    auto report = chela::Report::ok();
    Round round;
    for (; round.asked < sources_.size(); ++round.asked) {
      if (host.is_cancelled()) return fail(ErrorCode::cancelled, "the host cancelled this run");
      const auto spent = std::max(host.clock().now() - begin, chela::Duration(0));
      if (round.asked > 0 && spent + std::chrono::seconds(1) > total_) break;
      const std::size_t at = (first + round.asked) % sources_.size();
      read_one(host, sources_[at], memories[at], std::min(timeout_, total_ - spent), round, report);
    }
    // Where none could be read, the fault may be here, and the host counts such runs itself.
    if (round.failed == round.asked && !report.has_findings() && !has_lasting(memories))
      return fail(round.first_error);
    conclude(report, memories, round);
    report.set_cursor(write_cursor(memories, (first + round.asked) % sources_.size()));
    return report;
  }

 private:
  void read_one(const chela::Host& host, const Source& source, Memory& memory,
                chela::Duration timeout, Round& round, chela::Report& report) const {
    const auto answer = fetch(host, source, memory, timeout);
    if (answer && !*answer) {
      memory.failures = 0;
      return;
    }
    const Document* document = answer ? &**answer : nullptr;
    if (document == nullptr || document->broken) {
      const chela::Error& error = document != nullptr ? *document->broken : answer.error();
      ++round.failed;
      if (round.first_error.message.empty())
        round.first_error = {error.code, source.name + ": " + error.message};
      memory.failures = std::min(memory.failures + 1, 1000);
      memory.trouble = error.message;
      memory.is_lasting = error.code == ErrorCode::not_found ||
                          error.code == ErrorCode::unauthenticated ||
                          error.code == ErrorCode::permission_denied ||
                          error.code == ErrorCode::failed_precondition;
    } else {
      memory.failures = 0;
    }
    // A first look that broke off would make the rest of the feed new the next time.
    if (document == nullptr || (document->broken && !memory.is_known)) return;
    tell_new(source, memory, document->entries, report);
  }

  void tell_new(const Source& source, Memory& memory, const std::vector<Entry>& entries,
                chela::Report& report) const {
    const bool is_first = !memory.is_known;
    const std::size_t most = std::min<std::size_t>(500, kIdsInAll / sources_.size());
    auto fresh = take_new(memory, entries, most);
    memory.is_known = true;
    if (is_first) return;
    std::erase_if(fresh,
                  [&](const Entry& one) { return !is_wanted(one, source.want, source.skip); });
    for (std::size_t i = 0; i < std::min(at_once_, fresh.size()); ++i)
      report.add(finding_for(source, fresh[i]));
    if (fresh.size() <= at_once_) return;
    report.add(with_severity(
        chela::event(
            "more:" + source.name + ":" + hash_of(fresh[at_once_].id),
            source.name + ": " + std::to_string(fresh.size() - at_once_) + " more new entries"),
        source.severity));
  }

  // nullopt where nothing has changed since the last time.
  chela::Result<std::optional<Document>> fetch(const chela::Host& host, const Source& source,
                                               Memory& memory, chela::Duration timeout) const {
    chela::FetchRequest request;
    request.url = source.url;
    request.headers = {{"accept",
                        "application/atom+xml, application/rss+xml, application/xml;q=0.9, "
                        "text/xml;q=0.8, */*;q=0.1"},
                       {"user-agent", "chela"}};
    if (!memory.etag.empty()) request.headers.emplace_back("if-none-match", memory.etag);
    if (!memory.modified.empty())
      request.headers.emplace_back("if-modified-since", memory.modified);
    request.timeout = timeout;
    request.max_body_bytes = max_bytes_;
    CHELA_TRY(const chela::FetchReply reply, host.http().fetch(request));
    if (reply.status == 304) return std::nullopt;
    if (reply.status != 200) return fail(explain(reply));
    const auto charset = charset_of(reply.header("content-type").value_or(""));
    CHELA_TRY(Document document, parse_feed(reply.body, charset));
    const bool is_whole = !document.broken;
    memory.etag = is_whole ? std::string(reply.header("etag").value_or("")) : "";
    memory.modified = is_whole ? std::string(reply.header("last-modified").value_or("")) : "";
    return std::optional(std::move(document));
  }

  static chela::Error explain(const chela::FetchReply& reply) {
    const std::string what = "the server answers " + std::to_string(reply.status);
    if (reply.status == 401)
      return {ErrorCode::unauthenticated,
              what + ": this feed wants a login, which is not done here"};
    if (reply.status == 403)
      return {ErrorCode::permission_denied, what + ": it does not want to be read by programs"};
    if (reply.status == 404)
      return {ErrorCode::not_found,
              what + ": the feed is no longer there; look for its new address"};
    if (reply.status == 410)
      return {ErrorCode::not_found, what + ": the feed has ended; take it out of `feeds`"};
    if (reply.status == 429)
      return {ErrorCode::resource_exhausted, what + ": it is asked too often, raise `every`"};
    if (reply.status >= 300 && reply.status < 400)
      return {ErrorCode::failed_precondition,
              "the feed has moved to " +
                  chela::untrusted_text(reply.header("location").value_or("?"), 150) + " (" +
                  std::to_string(reply.status) + "); set that as `url` if you trust it"};
    if (reply.status >= 500) return {ErrorCode::unavailable, what};
    return {ErrorCode::failed_precondition, what + ": look at `url`"};
  }

  static bool has_lasting(const std::vector<Memory>& memories) {
    return std::any_of(memories.begin(), memories.end(), [](const Memory& memory) {
      return memory.failures > 0 && memory.is_lasting;
    });
  }

  // Conditions come from what is remembered, so that a feed that was not asked this time keeps its
  // own.
  void conclude(chela::Report& report, const std::vector<Memory>& memories,
                const Round& round) const {
    const bool has_news = report.has_findings();
    std::string first_trouble;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      const Memory& memory = memories[i];
      if (memory.failures == 0 || (!memory.is_lasting && memory.failures < failures_)) continue;
      const std::string title = sources_[i].name + " cannot be read: " + memory.trouble;
      if (first_trouble.empty()) first_trouble = title;
      report.add(chela::condition("feed:" + sources_[i].name, title).url(sources_[i].url));
    }
    if (has_news || !first_trouble.empty()) report.set_status("warn");
    report.set_summary(!first_trouble.empty() ? first_trouble
                       : has_news             ? "new entries"
                                              : "nothing new in " + std::to_string(round.asked) +
                                        (round.asked == 1 ? " feed" : " feeds"));
  }

  std::vector<Memory> read_memories(const json::value& cursor) const {
    std::vector<Memory> memories;
    const auto* feeds = chela::find(cursor, "feeds");
    for (const auto& source : sources_) {
      const auto* one = feeds == nullptr ? nullptr : chela::find(*feeds, source.url);
      memories.push_back(one == nullptr ? Memory{} : memory_from(*one));
    }
    return memories;
  }

  json::value write_cursor(const std::vector<Memory>& memories, std::size_t next) const {
    json::object feeds;
    for (std::size_t i = 0; i < sources_.size(); ++i) feeds[sources_[i].url] = to_json(memories[i]);
    return json::object{{"v", 1}, {"next", next}, {"feeds", std::move(feeds)}};
  }

  std::vector<Source> sources_;
  std::size_t at_once_ = 5;
  int failures_ = 3;
  std::uint64_t max_bytes_ = 0;
  chela::Duration timeout_{};
  chela::Duration total_{};
};

}  // namespace
}  // namespace feed

using feed::FeedCheck;
CHELA_CHECK(FeedCheck)
