// A check that misbehaves as `mode` says, so that the tests see what the wrapper makes of it.
#include <chela/check.h>

#include <limits>
#include <stdexcept>

class Odd : public chela::Check {
 public:
  static chela::Result<std::unique_ptr<Odd>> create(const chela::Config& config) {
    const std::string mode = config.get("mode");
    if (mode == "refuse config")
      return chela::fail(chela::ErrorCode::invalid_argument, "mode: wanted another one");
    if (mode == "throw in create") throw std::runtime_error("no such mode");
    return std::make_unique<Odd>(mode);
  }
  explicit Odd(std::string mode) : mode_(std::move(mode)) {}

  chela::Result<chela::Report> run(chela::Host& host) override {
    if (mode_ == "throw") throw std::runtime_error("boom \xff");
    if (mode_ == "throw a number") throw 7;
    if (mode_ == "fail") return chela::fail(chela::ErrorCode::unavailable, "later \xc3(");
    if (mode_ == "usage") {
      CHELA_TRY(host.files().disk_usage("/data"));
      return chela::Report::ok();
    }
    chela::Report report = chela::Report::ok("tick");
    if (mode_ == "bytes") {
      report = chela::Report::warn(
          chela::event("key\xff", "title\xff").detail("d\xff").url("u\xff").task("t\xff"));
      report.metric("m\xff", 1, "u\xff");
      report.set_cursor(chela::json::object{{"c", "\xe2\x82"}});
    }
    if (mode_ == "no number") {
      report.metric("rate", std::numeric_limits<double>::quiet_NaN(), "percent");
      report.metric("speed", std::numeric_limits<double>::infinity(), "bytes");
      report.metric("kept", 1.5, "");
    }
    if (mode_ == "cancelled") {
      if (!host.is_cancelled()) return chela::fail(chela::ErrorCode::internal, "nobody cancelled");
      return chela::fail(chela::ErrorCode::cancelled, "stopped early");
    }
    if (mode_ == "cursor") {
      const auto* last = host.cursor().if_int64();
      report.set_cursor(last == nullptr ? 1 : *last + 1);
    }
    host.log().info("ran");
    return report;
  }

 private:
  std::string mode_;
};

CHELA_CHECK(Odd)
