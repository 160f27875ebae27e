// Tells of new entries in feeds. Sources: RSS 2.0, RSS 1.0, Atom 1.0 (RFC 4287); conditional
// requests of RFC 9110. What is in a feed when it is first read is old.
#include <chela/check.h>
#include <chela/untrusted.h>

#include <algorithm>

#include "answer.h"
#include "entries.h"
#include "memory.h"
#include "rules.h"
#include "settings.h"
#include "turns.h"

namespace feed {
namespace {

namespace json = chela::json;
using chela::ErrorCode;
using chela::fail;

constexpr std::size_t kIdsInAll = 8000;  // of 19 bytes in the cursor, which may have 256 KiB

struct Round {
  std::size_t read = 0;
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
    turns::Turns turns(sources_.size(), turns::read_place(host.cursor(), sources_.size()), timeout_,
                       total_);
    const auto begin = host.clock().now();
    auto report = chela::Report::ok();
    Round round;
    const auto spent = [&] { return std::max(host.clock().now() - begin, chela::Duration(0)); };
    while (const auto turn = turns.next(spent())) {
      if (host.is_cancelled()) return fail(ErrorCode::cancelled, "the host cancelled this run");
      read_one(host, *turn, memories[turn->index], turns, round, report);
    }
    // Where none could be read, the fault may be here, and the host counts such runs itself. Where
    // there was no time for a verdict on each, the next run has to go on from here.
    const bool is_silent = round.read == 0 && !report.has_findings() && !has_lasting(memories);
    if (is_silent && turns.have_all_verdicts()) return fail(round.first_error);
    const turns::Place after = turns.after(is_silent);
    const bool is_alone = after.silent >= sources_.size();
    for (auto& memory : memories) settle(memory, is_silent, is_alone);
    conclude(report, memories, round);
    if (is_alone) add_doubt(report, round);
    report.set_cursor(write_cursor(memories, after));
    return report;
  }

 private:
  void read_one(const chela::Host& host, const turns::Turn& turn, Memory& memory,
                turns::Turns& turns, Round& round, chela::Report& report) const {
    const Source& source = sources_[turn.index];
    const auto reply = ask(host, source, memory, turn.timeout);
    const auto answer = read_reply(reply, memory);
    const bool is_silent = !answer && answer.error().code == ErrorCode::deadline_exceeded;
    turns.ended(turn, is_silent);
    if (answer && (!*answer || !(*answer)->broken)) {
      ++round.read;
      memory.failures = memory.doubted = 0;
    } else {
      const chela::Error& error = answer ? *(*answer)->broken : answer.error();
      if (round.first_error.message.empty())
        round.first_error = {error.code, source.name + ": " + error.message};
      // Too little time says nothing about a feed.
      if (!is_silent || turn.is_whole) note_failure(memory, error, reply ? target_of(*reply) : "");
    }
    if (!answer || !*answer) return;
    const Document& document = **answer;
    // A first look that broke off would make the rest of the feed new the next time.
    if (!document.broken || memory.is_known) tell_new(source, memory, document.entries, report);
  }

  static void note_failure(Memory& memory, const chela::Error& error, std::string moved_to) {
    memory.trouble = error.message;
    memory.moved_to = std::move(moved_to);
    memory.is_lasting =
        error.code == ErrorCode::not_found || error.code == ErrorCode::unauthenticated ||
        error.code == ErrorCode::permission_denied || error.code == ErrorCode::failed_precondition;
    ++memory.doubted;
  }

  // As long as none can be read, what failed is in doubt: it counts once one is read, and is void
  // where none of a whole round was.
  static void settle(Memory& memory, bool is_silent, bool is_alone) {
    if (is_silent && !is_alone) return;
    if (!is_silent) memory.failures += memory.doubted;
    memory.doubted = 0;
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

  chela::Result<chela::FetchReply> ask(const chela::Host& host, const Source& source,
                                       const Memory& memory, chela::Duration timeout) const {
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
    return host.http().fetch(request);
  }

  // nullopt where nothing has changed since the last time.
  static chela::Result<std::optional<Document>> read_reply(
      const chela::Result<chela::FetchReply>& outcome, Memory& memory) {
    if (!outcome) return fail(outcome.error());
    const chela::FetchReply& reply = *outcome;
    if (reply.status == 304) return std::nullopt;
    if (reply.status != 200) return fail(explain(reply));
    const auto charset = charset_of(reply.header("content-type").value_or(""));
    CHELA_TRY(Document document, parse_feed(reply.body, charset));
    const bool is_whole = !document.broken;
    memory.etag = is_whole ? std::string(reply.header("etag").value_or("")) : "";
    memory.modified = is_whole ? std::string(reply.header("last-modified").value_or("")) : "";
    return std::optional(std::move(document));
  }

  static bool has_lasting(const std::vector<Memory>& memories) {
    return std::any_of(memories.begin(), memories.end(), [](const Memory& memory) {
      return memory.failures + memory.doubted > 0 && memory.is_lasting;
    });
  }

  static void add_doubt(chela::Report& report, const Round& round) {
    const std::string title = "no feed can be read: is this machine online?";
    report.set_status("warn");
    report.set_summary(title);
    report.add(chela::condition("unread", title).detail(round.first_error.message));
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
      auto finding = chela::condition("feed:" + sources_[i].name, title);
      finding.url(sources_[i].url);
      if (!memory.moved_to.empty()) finding.detail("it leads to " + memory.moved_to).untrusted();
      report.add(std::move(finding));
    }
    if (has_news || !first_trouble.empty()) report.set_status("warn");
    report.set_summary(!first_trouble.empty() ? first_trouble
                       : has_news             ? "new entries"
                                              : "nothing new in " + count_of(round.read));
  }

  // "3 feeds", "1 of 3 feeds".
  std::string count_of(std::size_t read) const {
    const std::string all =
        std::to_string(sources_.size()) + (sources_.size() == 1 ? " feed" : " feeds");
    return read == sources_.size() ? all : std::to_string(read) + " of " + all;
  }

  // How many in a row were asked and none was read.
  std::vector<Memory> read_memories(const json::value& cursor) const {
    std::vector<Memory> memories;
    const auto* feeds = chela::find(cursor, "feeds");
    for (const auto& source : sources_) {
      const auto* one = feeds == nullptr ? nullptr : chela::find(*feeds, source.url);
      memories.push_back(one == nullptr ? Memory{} : memory_from(*one));
    }
    return memories;
  }

  json::value write_cursor(const std::vector<Memory>& memories, const turns::Place& after) const {
    json::object feeds;
    for (std::size_t i = 0; i < sources_.size(); ++i) feeds[sources_[i].url] = to_json(memories[i]);
    json::object cursor{{"v", 1}, {"feeds", std::move(feeds)}};
    turns::write_place(cursor, after);
    return cursor;
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
