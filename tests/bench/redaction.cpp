#include "redaction.h"

#include <algorithm>
#include <ctime>
#include <random>
#include <string>
#include <vector>

#include "services/redact.h"
#include "services/redact_stream.h"

namespace chela::bench {
namespace {

using namespace chela::services;

constexpr std::size_t kLogBytes = 32'000'000;
constexpr std::size_t kChunk = 64 * 1024;  // as they come from a file or a pipe

double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

template <class Work>
double median_cpu_ms(int runs, Work work) {
  std::vector<double> times;
  for (int i = 0; i < runs; ++i) {
    const double begin = cpu_ms();
    work();
    times.push_back(cpu_ms() - begin);
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

std::string letters(std::mt19937& random, std::size_t count) {
  constexpr std::string_view kAny =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::uniform_int_distribution<std::size_t> pick(0, kAny.size() - 1);
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += kAny[pick(random)];
  return text;
}

// Lines as chela and the programs beside it write them: with addresses, ids, words like "token" in
// prose and in names of counters.
std::string make_log(std::mt19937& random, const std::vector<std::string>& secrets) {
  std::string log;
  log.reserve(kLogBytes + 1000);
  for (std::size_t line = 0; log.size() < kLogBytes; ++line) {
    log += R"({"ts":"2026-11-27T07:38:00.)" + std::to_string(100 + line % 900) +
           R"(Z","level":"info","trace":")" + letters(random, 24) + R"(",)";
    switch (line % 4) {
      case 0:
        log += R"("msg":"check.done","id":"workspace-git","key":"repo:/srv/work","findings":2,)"
               R"("url":"https://git.example/api/v1/items?page=3&sort=asc","ms":381,)";
        break;
      case 1:
        log +=
            R"("msg":"model.call","model":"anthropic/claude","tokens_in":1200,"max_tokens":4096,)"
            R"("cost_usd":0.0123,"cached":false,"chain":["primary","fallback-1"],)";
        break;
      case 2:
        log +=
            R"("msg":"task.updated","title":"the password was changed, a new access token will be )"
            R"(needed in the authorization header","state":"blocked","priority":"high",)";
        break;
      default:
        log += R"("msg":"http.reply","method":"POST","path":"/v1/messages","status":200,)"
               R"("request_id":"req_011CSHoEeqs5C35K2UUqR7Fy","content_type":"application/json",)";
    }
    if (line % 100 == 37) log += R"("auth":"Bearer )" + secrets[line % secrets.size()] + R"(",)";
    if (line % 200 == 141)
      log += R"("env":"OPENAI_API_KEY=sk-proj-)" + letters(random, 48) + R"(",)";
    log += R"("agent":"main","session":")" + letters(random, 12) + "\"}\n";
  }
  return log;
}

}  // namespace

RedactionSpeed measure_redaction() {
  std::mt19937 random(7);
  std::vector<std::string> secrets;
  for (int i = 0; i < 100; ++i) {
    secrets.push_back(letters(random, 24 + static_cast<std::size_t>(i) % 40));
  }
  const auto log = make_log(random, secrets);

  RedactionSpeed speed;
  const auto mb_per_s = [&](auto work) {
    return static_cast<double>(log.size()) / 1e3 / median_cpu_ms(5, work);
  };
  const Redactor patterns_only;
  speed.first_hit_ms =
      median_cpu_ms(1, [&] { patterns_only.redact("GET https://x.example/?password=hunter2"); });
  Redactor both, values_only;
  const auto add_all = [&](Redactor& redactor) {
    for (const auto& secret : secrets) static_cast<void>(redactor.add("n", secret));
  };
  add_all(both);
  add_all(values_only);
  static_cast<void>(values_only.configure({RedactLevel::off, {}}));
  speed.build_ms = median_cpu_ms(1, [&] { both.rules(); });
  const auto stream = [&](const Redactor& redactor, Reader reader) {
    return mb_per_s([&] {
      RedactStream pass(redactor.rules(), reader);
      for (std::size_t at = 0; at < log.size(); at += kChunk) {
        pass.put(std::string_view(log).substr(at, kChunk));
      }
      pass.finish();
    });
  };
  speed.both_mb_per_s = stream(both, Reader::person);
  speed.model_mb_per_s = stream(both, Reader::model);
  speed.patterns_mb_per_s = stream(patterns_only, Reader::person);
  speed.values_mb_per_s = stream(values_only, Reader::person);

  std::vector<std::string> expressions;
  for (const auto& row : pattern_table()) {
    if (row.scope == PatternScope::personal) continue;
    expressions.emplace_back(row.regex);
  }
  speed.patterns = expressions.size();
  const PatternList list(expressions);
  const auto by_line = [&](auto look) {
    for (std::size_t at = 0; at < log.size();) {
      const auto end = log.find('\n', at);
      look(std::string_view(log).substr(at, end - at + 1));
      at = end + 1;
    }
  };
  std::vector<Match> found;
  speed.set_mb_per_s = mb_per_s([&] {
    by_line([&](std::string_view line) {
      found.clear();
      list.find(line, 0, PatternBits().set(), found);
    });
  });
  speed.copy_mb_per_s = mb_per_s([&] {
    std::string copy;
    by_line([&](std::string_view line) {
      if (copy.size() > kChunk) copy.clear();
      copy += line;
    });
  });
  return speed;
}

}  // namespace chela::bench
