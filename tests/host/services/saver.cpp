// What a test needs in a process of its own: a person who edits a file, and a chela that may be
// killed.
//   services_saver human rename|truncate|in_place FILE COUNT SEED
//   services_saver chela FILE        replaces FILE by "version N" lines for ever
#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <thread>

#include "services/files.h"

namespace {

using chela::services::Caller;
using chela::services::Files;

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_all(int fd, const std::string& text) {
  for (std::size_t used = 0; used < text.size();) {
    const ssize_t count = ::write(fd, text.data() + used, text.size() - used);
    if (count <= 0) std::exit(3);
    used += static_cast<std::size_t>(count);
  }
}

// As editors do: read, think not at all, write the whole buffer back.
class Human {
 public:
  Human(std::string mode, std::string file, unsigned seed)
      : mode_(std::move(mode)), file_(std::move(file)), random_(seed) {}

  void save(int number) {
    const std::string line = "- human " + std::to_string(number) + "\n";
    if (mode_ == "rename") save_by_rename(line);
    if (mode_ == "truncate") save_by_truncation(line);
    if (mode_ == "in_place") save_in_place(line);
  }
  void pause(int least_us, int most_us) {
    std::uniform_int_distribution<int> span(least_us, most_us);
    std::this_thread::sleep_for(std::chrono::microseconds(span(random_)));
  }

 private:
  void save_by_rename(const std::string& line) {
    const std::string temporary = file_ + ".swp";
    std::ofstream(temporary, std::ios::binary) << content(file_) + line;
    std::filesystem::rename(temporary, file_);
  }
  void save_by_truncation(const std::string& line) {
    const std::string text = content(file_) + line;
    const int fd = ::open(file_.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (fd < 0) std::exit(4);
    pause(0, 8000);
    write_all(fd, text.substr(0, text.size() / 2));
    pause(0, 3000);
    write_all(fd, text.substr(text.size() / 2));
    ::close(fd);
  }
  void save_in_place(const std::string& line) {
    const int fd = ::open(file_.c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0) std::exit(5);
    std::string text(1 << 20, '\0');
    const ssize_t size = ::pread(fd, text.data(), text.size(), 0);
    text.resize(static_cast<std::size_t>(size));
    pause(0, 8000);
    write_all(fd, text + line);
    ::close(fd);
  }

  std::string mode_;
  std::string file_;
  std::mt19937 random_;
};

int be_human(const std::string& mode, const std::string& file, int count, unsigned seed) {
  Human human(mode, file, seed);
  for (int i = 0; i < count; ++i) {
    human.save(i);
    human.pause(2000, 45000);
  }
  return 0;
}

boost::asio::awaitable<void> replace_for_ever(const Files& files, const Caller& caller,
                                              std::string file) {
  const auto deadline = chela::services::Deadline::max();
  for (int version = 1;; ++version) {
    const auto old = co_await files.read(caller, file, 0, chela::Duration(0), deadline);
    if (!old) std::exit(6);
    std::string text;
    for (int line = 0; line < 2000; ++line) text += "version " + std::to_string(version) + "\n";
    const auto done = co_await files.replace(caller, file, old->version, std::move(text), deadline);
    if (!done) std::exit(7);
  }
}

int be_chela(const std::string& file) {
  Caller caller;
  caller.instance = "saver";
  caller.grant.read = caller.grant.write = {file};
  chela::services::FilesSettings settings;
  settings.settle = chela::Duration(1);
  const Files files(settings);
  boost::asio::io_context loop;
  boost::asio::co_spawn(loop, replace_for_ever(files, caller, file), boost::asio::detached);
  loop.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string role = argc > 1 ? argv[1] : "";
  if (role == "human" && argc == 6)
    return be_human(argv[2], argv[3], std::stoi(argv[4]),
                    static_cast<unsigned>(std::stoul(argv[5])));
  if (role == "chela" && argc == 3) return be_chela(argv[2]);
  std::fputs("see the head of saver.cpp\n", stderr);
  return 64;
}
