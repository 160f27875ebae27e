// Looks at how full the file system of `path` is, in percent. Source: chela.files/1 (statvfs).
#include <chela/check.h>

struct DiskFree : chela::Check {
  explicit DiskFree(const chela::Config& config)
      : path_(config.get("path", "/")), min_free_percent_(config.get("min_free_percent", 10.0)) {}

  chela::Result<chela::Report> run(chela::Host& host) override {
    CHELA_TRY(const chela::DiskUsage disk, host.files().disk_usage(path_));
    if (disk.free_percent() >= min_free_percent_) return chela::Report::ok();
    return chela::Report::warn(chela::condition("disk:" + path_, "disk nearly full: " + path_));
  }

 private:
  std::string path_;
  double min_free_percent_;
};

CHELA_CHECK(DiskFree)
