// A strict stand-in for Kalshi: refuses whatever Kalshi would refuse, and answers the rest from a
// fixture's world.
#pragma once

#include <chela/testing/fixtures.h>

#include <atomic>
#include <charconv>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "../testing/loopback.h"
#include "keys.h"
#include "moments.h"

namespace check_kalshi {

using check_testing::Question;

class KalshiStandIn {
 public:
  static constexpr const char* kKeyId = "test-key-id";
  static constexpr std::int64_t kMostSkewMs = 30'000;

  KalshiStandIn(Key key, std::function<chela::Timestamp()> clock,
                std::vector<chela::testing::FakeHttpAnswer> answers)
      : key_(std::move(key)), clock_(std::move(clock)), answers_(std::move(answers)) {}

  chela::FetchReply answer(const Question& question) {
    const std::string path = question.path();
    if (question.method != "GET") return refuse(405, "only GET is answered");
    if (open_paths().contains(path)) return play(question);
    if (!signed_paths().contains(path)) return refuse(404, "no such path");
    const std::string why = why_unauthenticated(question);
    if (!why.empty()) return refuse(401, why);
    ++verified;
    return play(question);
  }

  std::atomic<int> verified = 0;  // requests whose signature held

 private:
  static const std::set<std::string>& open_paths() {
    static const std::set<std::string> paths{"/trade-api/v2/exchange/status",
                                             "/trade-api/v2/markets"};
    return paths;
  }
  static const std::set<std::string>& signed_paths() {
    static const std::set<std::string> paths{
        "/trade-api/v2/portfolio/balance",  "/trade-api/v2/portfolio/positions",
        "/trade-api/v2/portfolio/orders",   "/trade-api/v2/portfolio/settlements",
        "/trade-api/v2/portfolio/deposits", "/trade-api/v2/portfolio/withdrawals",
        "/trade-api/v2/api_keys",           "/trade-api/v2/account/limits"};
    return paths;
  }

  std::string why_unauthenticated(const Question& question) const {
    if (question.header("kalshi-access-key") != kKeyId) return "no such key";
    const std::string time = question.header("kalshi-access-timestamp");
    std::int64_t sent = 0;
    const auto read = std::from_chars(time.data(), time.data() + time.size(), sent);
    if (read.ec != std::errc() || read.ptr != time.data() + time.size()) return "no time";
    const std::int64_t skew = sent - clock_().time_since_epoch().count();
    if (skew > kMostSkewMs || skew < -kMostSkewMs) return "the time is off";
    const std::string text = time + question.method + question.path();
    if (!key_.verifies(text, question.header("kalshi-access-signature")))
      return "the signature does not hold";
    return "";
  }

  chela::FetchReply refuse(int status, const std::string& why) const {
    chela::FetchReply reply;
    reply.status = status;
    reply.body = chela::json::serialize(chela::json::object{{"error", {{"message", why}}}});
    return finish(std::move(reply));
  }

  chela::FetchReply play(const Question& question) const {
    for (const auto& one : answers_) {
      if (question.target.find(one.url_contains) != std::string::npos) return finish(one.reply);
    }
    return refuse(404, "the world has no answer");
  }

  chela::FetchReply finish(chela::FetchReply reply) const {
    reply.headers = {{"date", http_date(clock_())}, {"content-type", "application/json"}};
    return reply;
  }

  static std::string http_date(chela::Timestamp time) {
    static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::string iso = trading::format_time(time);  // 2026-11-24T16:00:00Z
    return "Day, " + iso.substr(8, 2) + " " + kMonths[std::stoi(iso.substr(5, 2)) - 1] + " " +
           iso.substr(0, 4) + " " + iso.substr(11, 8) + " GMT";
  }

  Key key_;
  std::function<chela::Timestamp()> clock_;
  std::vector<chela::testing::FakeHttpAnswer> answers_;
};

}  // namespace check_kalshi
