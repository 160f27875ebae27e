#include "models/openclaw_usage.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <optional>

#include "base/time.h"
#include "chela/json.h"

namespace chela::models {
namespace {

constexpr std::size_t kMostSeen = 250'000;
constexpr std::size_t kMostSessions = 5'000;
constexpr std::size_t kMostModels = 500;
constexpr std::size_t kAckBytes = 300;  // OpenClaw's ackMaxChars
constexpr double kMostTokens = 1e12;    // of one call; more is no count

// Texts that OpenClaw 2026.2 to 2026.9 begins a heartbeat turn with.
constexpr std::array<std::string_view, 4> kHeartbeatOpenings{
    "[OpenClaw heartbeat poll]", "Read HEARTBEAT.md if it exists",
    "Follow the heartbeat monitor scratch context",
    "Run the following periodic tasks (only those due"};
constexpr std::array<std::string_view, 3> kCronOpenings{"[cron:", "[OpenClaw cron wake]",
                                                        "A scheduled reminder has been triggered"};

std::string_view trimmed(std::string_view text, std::string_view edges) {
  const auto first = text.find_first_not_of(edges);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(edges) - first + 1);
}

// Without the lines that OpenClaw puts before a text: "System: [..] node connected", blank ones.
std::string_view without_system_lines(std::string_view text) {
  while (true) {
    text = text.substr(std::min(text.size(), text.find_first_not_of(" \t\r\n")));
    if (!text.starts_with("System:")) return text;
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
}

// The text blocks of a message, which is a string or a list of blocks.
std::string text_of(const json::value& message) {
  const auto* content = find(message, "content");
  if (content == nullptr) return {};
  if (content->is_string()) return std::string(content->get_string());
  std::string text;
  if (!content->is_array()) return text;
  for (const auto& block : content->get_array()) {
    const std::string type = get_string(block, "type");
    if (type == "text" || type == "input_text" || type == "output_text")
      text += get_string(block, "text");
  }
  return text;
}

// A user message that only hands tool results back begins no turn.
bool is_tool_result(const json::value& message) {
  const auto* content = find(message, "content");
  if (content == nullptr || !content->is_array() || content->get_array().empty()) return false;
  const auto& blocks = content->get_array();
  return std::all_of(blocks.begin(), blocks.end(), [](const json::value& block) {
    const std::string type = get_string(block, "type");
    return type == "tool_result" || type == "toolResult";
  });
}

// "role":"user", with or without blanks, at the beginning of an entry that is too long to be
// parsed.
bool is_from_user(std::string_view head) {
  constexpr std::string_view kRole = "\"role\"";
  const auto at = head.find(kRole);
  if (at == std::string_view::npos) return false;
  auto rest = head.substr(at + kRole.size());
  rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of(" :")));
  return rest.starts_with("\"user\"");
}

struct ToolCalls {
  bool any = false;               // but heartbeat_respond
  bool responds_quietly = false;  // heartbeat_respond that notifies nobody
};
ToolCalls tool_calls_of(const json::value& message) {
  ToolCalls calls;
  const auto* content = find(message, "content");
  if (content == nullptr || !content->is_array()) return calls;
  for (const auto& block : content->get_array()) {
    const std::string type = get_string(block, "type");
    if (type != "toolCall" && type != "tool_use" && type != "toolUse") continue;
    const auto* arguments = find(block, "arguments");
    if (arguments == nullptr) arguments = find(block, "input");
    if (get_string(block, "name") == "heartbeat_respond" && arguments != nullptr &&
        !get_bool(*arguments, "notify"))
      calls.responds_quietly = true;
    else
      calls.any = true;
  }
  return calls;
}

// The first of `names` that holds a number above zero.
std::int64_t count_of(const json::value& usage, std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    const double count = get_double(usage, name);
    if (count > 0 && count <= kMostTokens) return static_cast<std::int64_t>(count);
  }
  return 0;
}

std::optional<Timestamp> time_of(const json::value& entry, const json::value& message) {
  if (const auto text = find_string(entry, "timestamp")) {
    if (const auto time = base::parse_utc(*text)) return *time;
  }
  const double ms = get_double(message, "timestamp", -1);
  if (ms < 0 || ms > 1e14) return std::nullopt;
  return Timestamp(Duration(static_cast<std::int64_t>(ms)));
}

std::vector<std::string_view> parts_of(std::string_view key) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto colon = key.find(':');
    parts.push_back(key.substr(0, colon));
    if (colon == std::string_view::npos) return parts;
    key.remove_prefix(colon + 1);
  }
}

}  // namespace

const char* to_string(WorkKind kind) {
  switch (kind) {
    case WorkKind::quiet_heartbeat:
      return "quiet heartbeat";
    case WorkKind::heartbeat:
      return "heartbeat";
    case WorkKind::cron:
      return "cron";
    case WorkKind::subagent:
      return "subagent";
    case WorkKind::session:
      return "session";
  }
  return "?";
}

WorkSum& WorkSum::operator+=(const WorkSum& other) {
  turns += other.turns;
  calls += other.calls;
  input_tokens += other.input_tokens;
  cache_read_tokens += other.cache_read_tokens;
  cache_write_tokens += other.cache_write_tokens;
  output_tokens += other.output_tokens;
  recorded += other.recorded;
  estimated += other.estimated;
  estimated_calls += other.estimated_calls;
  unpriced_calls += other.unpriced_calls;
  return *this;
}

WorkSum OpenClawReport::total() const {
  WorkSum sum;
  for (const auto& [kind, one] : by_kind) sum += one;
  return sum;
}

Opening opening_of(std::string_view text, const std::vector<std::string>& heartbeat_prompts) {
  text = without_system_lines(text);
  const auto begins = [&](std::string_view prompt) { return text.starts_with(prompt); };
  if (std::any_of(kHeartbeatOpenings.begin(), kHeartbeatOpenings.end(), begins))
    return Opening::heartbeat;
  for (const auto& prompt : heartbeat_prompts) {
    const auto wanted = trimmed(prompt, " \t\r\n");
    if (!wanted.empty() && begins(wanted)) return Opening::heartbeat;
  }
  if (std::any_of(kCronOpenings.begin(), kCronOpenings.end(), begins)) return Opening::cron;
  return Opening::other;
}

bool is_acknowledgement(std::string_view reply) {
  const auto text = trimmed(reply, " \t\r\n*`~_");
  for (const std::string_view token : {"HEARTBEAT_OK", "NO_REPLY"}) {
    if (text.size() > token.size() + kAckBytes) continue;
    if (text.starts_with(token)) return true;
    // Up to four signs may follow: "HEARTBEAT_OK."
    for (std::size_t tail = 0; tail <= 4 && tail + token.size() <= text.size(); ++tail) {
      const auto rest = text.substr(text.size() - tail);
      const bool is_signs = std::none_of(rest.begin(), rest.end(), [](unsigned char c) {
        return c >= 0x80 || std::isalnum(c) != 0 || c == '_';
      });
      if (is_signs && text.substr(0, text.size() - tail).ends_with(token)) return true;
    }
  }
  return false;
}

WorkKind kind_of_key(std::string_view session_key) {
  auto parts = parts_of(session_key);
  // "agent:<id>:" says who; the id may be any word.
  if (parts.size() > 2 && parts[0] == "agent") parts.erase(parts.begin(), parts.begin() + 2);
  const bool is_cron = parts[0] == "cron";
  if (parts.back() == "heartbeat" || (is_cron && parts.size() > 1 && parts[1] == "heartbeat"))
    return WorkKind::heartbeat;
  if (is_cron) return WorkKind::cron;
  if (std::find(parts.begin(), parts.end(), "subagent") != parts.end()) return WorkKind::subagent;
  return WorkKind::session;
}

OpenClawUsage::OpenClawUsage(const Catalog& catalog, Timestamp since, Timestamp until,
                             std::vector<std::string> heartbeat_prompts)
    : catalog_(&catalog), since_(since), until_(until), prompts_(std::move(heartbeat_prompts)) {}

void OpenClawUsage::begin(TranscriptOrigin origin) {
  finish_turn();
  origin_ = std::move(origin);
}

void OpenClawUsage::end() {
  finish_turn();
}

void OpenClawUsage::line(std::string_view text) {
  text = trimmed(text, " \t\r\n");
  if (text.empty()) return;
  // Most of a transcript is what tools gave back; nothing of that is counted.
  const bool may_matter = text.find("\"usage\"") != std::string_view::npos ||
                          text.find("\"user\"") != std::string_view::npos;
  if (!may_matter && text.front() == '{' && text.back() == '}') return;
  const auto entry = parse_json(text);
  if (!entry || !entry->is_object()) {
    ++report_.unreadable_lines;
    return;
  }
  const auto* message = find(*entry, "message");
  if (message == nullptr) return;
  const std::string role = get_string(*message, "role");
  if (role == "user") take_user(*message);
  if (role == "assistant") take_assistant(*entry, *message);
}

void OpenClawUsage::unfinished_line(std::string_view text) {
  const std::int64_t unreadable = report_.unreadable_lines;
  line(text);
  report_.unreadable_lines = unreadable;
}

void OpenClawUsage::long_line(std::string_view head) {
  ++report_.long_lines;
  // A picture that a person sent: what follows belongs to that person.
  if (is_from_user(head)) {
    finish_turn();
    turn_.is_asked = true;
  }
}

void OpenClawUsage::take_user(const json::value& message) {
  if (is_tool_result(message)) return;
  finish_turn();
  turn_.is_asked = true;
  const std::string text = text_of(message);
  turn_.opening = opening_of(text, prompts_);
  if (turn_.opening == Opening::cron) {
    const auto body = without_system_lines(text);
    if (body.starts_with("[cron:")) {
      const auto id = body.substr(6, body.find_first_of(" ]", 6) - 6);
      turn_.cron_id = std::string(id.substr(0, 80));
    }
  }
}

void OpenClawUsage::take_assistant(const json::value& entry, const json::value& message) {
  const std::string text = text_of(message);
  const ToolCalls calls = tool_calls_of(message);
  const std::string stop = get_string(message, "stopReason");
  const bool is_broken = stop == "error" || stop == "aborted";
  const bool is_silent = trimmed(text, " \t\r\n").empty();
  turn_.is_quiet = !calls.any && !is_broken && (is_silent || is_acknowledgement(text));
  if (turn_.is_quiet && text.find("HEARTBEAT_OK") != std::string::npos)
    turn_.says_heartbeat_ok = true;

  const auto* usage = find(message, "usage");
  if (usage == nullptr) usage = find(entry, "usage");
  if (usage == nullptr) return;
  const auto time = time_of(entry, message);
  if (!time || *time < since_ || *time >= until_) return;
  WorkSum sum;
  sum.calls = 1;
  sum.input_tokens =
      count_of(*usage, {"input", "inputTokens", "input_tokens", "promptTokens", "prompt_tokens"});
  sum.output_tokens = count_of(
      *usage, {"output", "outputTokens", "output_tokens", "completionTokens", "completion_tokens"});
  sum.cache_read_tokens =
      count_of(*usage, {"cacheRead", "cache_read", "cache_read_input_tokens", "cached_tokens"});
  sum.cache_write_tokens =
      count_of(*usage, {"cacheWrite", "cache_write", "cache_creation_input_tokens"});
  const auto* cost = find(*usage, "cost");
  const double charged = cost == nullptr ? 0 : get_double(*cost, "total");
  // Messages that OpenClaw wrote itself cost nothing and are no calls.
  if (sum.tokens() == 0 && !(charged > 0)) return;
  if (is_repeated(entry, sum)) return;

  std::string provider = get_string(message, "provider", get_string(entry, "provider"));
  std::string model = get_string(message, "model", get_string(entry, "model"));
  const std::string ref = provider.empty() && model.empty()
                              ? "unknown"
                              : provider.substr(0, 100) + "/" + model.substr(0, 200);
  if (charged > 0 && charged < 1e6) {
    sum.recorded = Usd{std::llround(charged * 1e9)};
  } else {
    // Zero stands there for a plan that is paid for as well as for a price that nobody filled in.
    const auto known = catalog_->find(ref);
    const Usage counted{sum.input_tokens,
                        sum.cache_read_tokens,
                        sum.cache_write_tokens,
                        0,
                        sum.output_tokens,
                        0,
                        {}};
    if (const auto price = known ? cost_of(*known, counted) : std::nullopt) {
      sum.estimated = *price;
      sum.estimated_calls = 1;
    } else {
      sum.unpriced_calls = 1;
    }
  }
  const auto same = std::find_if(turn_.by_model.begin(), turn_.by_model.end(),
                                 [&](const auto& one) { return one.first == ref; });
  if (same != turn_.by_model.end())
    same->second += sum;
  else
    turn_.by_model.emplace_back(ref, sum);
}

// Forks and compactions copy entries into a new transcript, with id and time.
bool OpenClawUsage::is_repeated(const json::value& entry, const WorkSum& sum) {
  const auto id = find_string(entry, "id");
  const auto time = find_string(entry, "timestamp");
  if (!id || id->empty() || !time) return false;
  const std::string mark = *id + '\n' + *time + '\n' + std::to_string(sum.tokens());
  const std::uint64_t number = std::hash<std::string>{}(mark);
  if (seen_.contains(number)) {
    ++report_.repeated_calls;
    return true;
  }
  if (seen_.size() < kMostSeen) seen_.insert(number);
  return false;
}

WorkKind OpenClawUsage::kind_of_turn() const {
  const WorkKind key = kind_of_key(origin_.session_key);
  const bool is_beat =
      turn_.opening == Opening::heartbeat || key == WorkKind::heartbeat ||
      (turn_.opening == Opening::other && turn_.says_heartbeat_ok && key == WorkKind::session);
  if (is_beat) return turn_.is_quiet ? WorkKind::quiet_heartbeat : WorkKind::heartbeat;
  if (turn_.opening == Opening::cron) return WorkKind::cron;
  return key;
}

// The session's key, runs of one cron job under one name; made up where the key is not known.
std::string OpenClawUsage::session_name(WorkKind kind) const {
  const std::string& key = origin_.session_key;
  if (kind == WorkKind::cron && !turn_.cron_id.empty())
    return "agent:" + origin_.agent + ":cron:" + turn_.cron_id;
  if (!key.empty()) return key.substr(0, key.find(":run:"));
  return "agent:" + origin_.agent + ":(" + origin_.session_id.substr(0, 8) + ")";
}

void OpenClawUsage::finish_turn() {
  const Turn turn = turn_;
  if (!turn.by_model.empty()) {
    const WorkKind kind = kind_of_turn();
    WorkSum sum;
    for (const auto& [model, one] : turn.by_model) {
      sum += one;
      const bool has_room =
          report_.by_model.size() < kMostModels || report_.by_model.contains(model);
      WorkSum& line = report_.by_model[has_room ? model : "others"];
      line += one;
      ++line.turns;
    }
    sum.turns = 1;
    report_.by_kind[kind] += sum;
    if (kind != WorkKind::quiet_heartbeat && kind != WorkKind::heartbeat) {
      std::string name = session_name(kind);
      const bool has_room =
          report_.by_session.size() < kMostSessions || report_.by_session.contains(name);
      SessionSum& line = report_.by_session[has_room ? name : "others"];
      line.kind = kind;
      line.sum += sum;
    }
  }
  turn_ = Turn();
}

}  // namespace chela::models
