// Looks for the file `path` and says so while it is there. Source: chela.files/1.
#include <chela/check.h>

struct MyCheck : chela::Check {
  explicit MyCheck(const chela::Config& config) : path_(config.get("path")) {}

  chela::Result<chela::Report> run(chela::Host& host) override {
    const auto file = host.files().stat(path_);
    if (!file && file.error().code == chela::ErrorCode::not_found) return chela::Report::ok();
    if (!file) return chela::fail(file.error());
    return chela::Report::warn(chela::condition("there:" + path_, path_ + " is there"));
  }

 private:
  std::string path_;
};

CHELA_CHECK(MyCheck)
