// A folder per test, a caller with grants, and a loop that runs one awaitable to its end.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "services/files.h"

namespace chela::services {

class TempFolder {
 public:
  explicit TempFolder(const std::filesystem::path& under = std::filesystem::temp_directory_path()) {
    std::string pattern = (under / "chela-services-XXXXXX").string();
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    path_ = std::filesystem::canonical(pattern);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string path(const std::string& name = "") const {
    return name.empty() ? path_.string() : (path_ / name).string();
  }
  std::string write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

inline std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

template <class T>
T await(boost::asio::awaitable<T> work) {
  boost::asio::io_context loop;
  std::optional<T> result;
  boost::asio::co_spawn(loop, std::move(work), [&](std::exception_ptr error, T value) {
    if (error) std::rethrow_exception(error);
    result = std::move(value);
  });
  loop.run();
  return std::move(*result);
}

inline Deadline in(Duration span) {
  return std::chrono::steady_clock::now() + span;
}

inline Caller caller_for(const std::string& folder) {
  Caller caller;
  caller.instance = "workspace-notes";
  caller.grant.read = {folder};
  caller.grant.write = {folder};
  return caller;
}

inline Result<FileBytes> read_now(const Files& files, const Caller& caller, const std::string& path,
                                  std::uint64_t max_bytes = 0) {
  return await(files.read(caller, path, max_bytes, Duration(0), in(Duration(1000))));
}

}  // namespace chela::services
