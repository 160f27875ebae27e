// A library that does what ordinary plugins and their libraries do. Prints "all N work" or the
// names of what broke.

#include <arpa/inet.h>
#include <dirent.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <iconv.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/timerfd.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <clocale>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <locale>
#include <mutex>
#include <random>
#include <shared_mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

bool many_threads() {
  std::atomic<int> sum = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&sum] {
      const std::string own(100'000, 'x');
      sum += static_cast<int>(own.size()) / 100'000;
    });
  }
  for (auto& thread : threads) thread.join();
  return sum == 16;
}

bool named_thread() {
  ::pthread_setname_np(::pthread_self(), "plugin");
  char name[32] = {};
  return ::pthread_getname_np(::pthread_self(), name, sizeof name) == 0 &&
         std::string(name) == "plugin";
}

bool condition_with_timeout() {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  return never.wait_for(lock, 1ms) == std::cv_status::timeout;
}

bool exception_through_frames() {
  try {
    std::vector<int>().at(3);
  } catch (const std::out_of_range&) {
    return true;
  }
  return false;
}

bool exception_in_a_thread() {
  auto later = std::async(std::launch::async, []() -> int { throw std::runtime_error("thrown"); });
  try {
    return later.get() == 0;
  } catch (const std::runtime_error&) {
    return true;
  }
}

bool stack_trace() {
  void* frames[16];
  const int count = ::backtrace(frames, 16);
  char** names = ::backtrace_symbols(frames, count);
  const bool is_there = count > 1 && names != nullptr;
  std::free(names);
  return is_there;
}

bool time_zone(const char* zone, int january_offset_s) {
  ::setenv("TZ", zone, 1);
  ::tzset();
  const time_t january = 1'704'110'400;  // 2024-01-01T12:00Z
  tm local{};
  ::localtime_r(&january, &local);
  ::unsetenv("TZ");
  return local.tm_gmtoff == january_offset_s;
}

bool local_time() {
  ::tzset();
  const time_t now = ::time(nullptr);
  tm local{};
  return ::localtime_r(&now, &local) != nullptr;
}

bool numeric_address() {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  if (::getaddrinfo("192.0.2.7", "443", &hints, &found) != 0) return false;
  ::freeaddrinfo(found);
  return true;
}

bool name_look_up_fails_at_once() {
  const auto start = std::chrono::steady_clock::now();
  addrinfo* found = nullptr;
  const bool fails = ::getaddrinfo("example.org", "443", nullptr, &found) != 0;
  return fails && std::chrono::steady_clock::now() - start < 2s;
}

bool character_sets() {
  const iconv_t converter = ::iconv_open("UTF-16LE", "ISO-8859-15");
  if (converter == reinterpret_cast<iconv_t>(-1)) return false;
  char in[] = "\xa4";  // the euro sign
  char out[8] = {};
  char* from = in;
  char* to = out;
  std::size_t in_left = 1;
  std::size_t out_left = sizeof out;
  const bool is_converted = ::iconv(converter, &from, &in_left, &to, &out_left) == 0;
  ::iconv_close(converter);
  return is_converted && out[0] == '\xac' && out[1] == '\x20';
}

bool epoll_on_timer_and_event() {
  const int timer = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  const int event = ::eventfd(1, EFD_CLOEXEC);
  const int poller = ::epoll_create1(EPOLL_CLOEXEC);
  itimerspec soon{};
  soon.it_value.tv_nsec = 1'000'000;
  ::timerfd_settime(timer, 0, &soon, nullptr);
  int seen = 0;
  for (const int fd : {timer, event}) {
    epoll_event wanted{};
    wanted.events = EPOLLIN | EPOLLONESHOT;
    if (::epoll_ctl(poller, EPOLL_CTL_ADD, fd, &wanted) != 0) return false;
  }
  for (int i = 0; i < 2; ++i) {
    epoll_event ready{};
    seen += ::epoll_wait(poller, &ready, 1, 1000);
  }
  for (const int fd : {timer, event, poller}) ::close(fd);
  return seen == 2;
}

bool self_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return false;
  const bool is_sent = ::write(ends[1], "x", 1) == 1;
  pollfd ready{ends[0], POLLIN, 0};
  const bool arrives = ::poll(&ready, 1, 1000) == 1;
  ::close(ends[0]);
  ::close(ends[1]);
  return is_sent && arrives;
}

std::atomic<bool> is_handled = false;

bool signal_to_oneself() {
  const auto before = ::signal(SIGUSR2, [](int) { is_handled = true; });
  ::raise(SIGUSR2);
  ::signal(SIGUSR2, before);
  return is_handled;
}

// An EPERM for pause() once made a loop at full speed of a waiting thread.
bool pause_waits() {
  std::atomic<bool> has_returned = false;
  std::thread waiting([&has_returned] {
    ::pause();
    has_returned = true;
  });
  std::this_thread::sleep_for(20ms);
  const bool waits = !has_returned;
  ::signal(SIGUSR2, [](int) {});
  ::pthread_kill(waiting.native_handle(), SIGUSR2);
  waiting.join();
  ::signal(SIGUSR2, SIG_DFL);
  return waits;
}

bool posix_timer() {
  timer_t timer{};
  sigevent nothing{};
  nothing.sigev_notify = SIGEV_NONE;
  if (::timer_create(CLOCK_MONOTONIC, &nothing, &timer) != 0) return false;
  return ::timer_delete(timer) == 0;
}

bool large_allocation() {
  std::vector<char> memory(64UL * 1024 * 1024, 1);
  memory.resize(96UL * 1024 * 1024, 2);
  return memory.front() == 1 && memory.back() == 2;
}

bool own_mapping() {
  void* memory = ::mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  const bool is_guarded = ::mprotect(memory, 4096, PROT_NONE) == 0;
  ::madvise(memory, 8192, MADV_DONTNEED);
  return is_guarded && ::munmap(memory, 8192) == 0;
}

bool another_library() {
  void* library = ::dlopen("libresolv.so.2", RTLD_NOW | RTLD_LOCAL);
  return library != nullptr && ::dlsym(library, "__res_ninit") != nullptr;
}

bool list_time_zones() {
  std::error_code error;
  const std::filesystem::directory_iterator folder("/usr/share/zoneinfo", error);
  return !error && begin(folder) != end(folder);
}

bool unreadable_is_an_error_not_a_crash() {
  std::error_code error;
  const bool is_empty = std::filesystem::is_empty("/root", error);
  std::ifstream secret("/etc/shadow");
  return !is_empty && !secret.is_open();
}

bool utf8_locale() {
  const std::locale locale("C.UTF-8");
  return locale.name() == "C.UTF-8" && std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr;
}

bool facts() {
  utsname system{};
  rusage usage{};
  rlimit files{};
  struct statvfs disk {};
  return ::uname(&system) == 0 && ::getrusage(RUSAGE_SELF, &usage) == 0 && ::getpid() > 0 &&
         ::getrlimit(RLIMIT_NOFILE, &files) == 0 && ::statvfs("/usr", &disk) == 0 &&
         std::thread::hardware_concurrency() > 0 && ::sysconf(_SC_PAGESIZE) > 0;
}

bool copy_without_copy_file_range() {
  int ends[2];
  if (::pipe(ends) != 0) return false;
  const int from = ::open("/etc/localtime", O_RDONLY | O_CLOEXEC);
  char part[16];
  const ssize_t got = from < 0 ? 0 : ::read(from, part, sizeof part);
  const bool is_refused_as_unknown =
      ::copy_file_range(from, nullptr, ends[1], nullptr, 1, 0) < 0 && errno != EPERM;
  ::close(ends[0]);
  ::close(ends[1]);
  return got > 0 && is_refused_as_unknown;
}

bool text_streams() {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text << 1.5 << ' ' << 42;
  std::clog << std::flush;
  return text.str() == "1.5 42";
}

struct Deed {
  const char* name;
  bool (*works)();
};

constexpr Deed deeds[] = {
    {"threads", many_threads},
    {"thread name", named_thread},
    {"condition variable", condition_with_timeout},
    {"shared mutex",
     [] {
       std::shared_mutex mutex;
       const std::shared_lock lock(mutex);
       return lock.owns_lock();
     }},
    {"async", [] { return std::async(std::launch::async, [] { return 7; }).get() == 7; }},
    {"exception", exception_through_frames},
    {"exception in a thread", exception_in_a_thread},
    {"stack trace", stack_trace},
    {"random_device", [] { return std::random_device()() != std::random_device()(); }},
    {"text streams", text_streams},
    {"locale", utf8_locale},
    {"TZ variable", [] { return time_zone("America/New_York", -5 * 3600); }},
    {"TZ variable by rule", [] { return time_zone("EST5EDT", -5 * 3600); }},
    {"local time", local_time},
    {"numeric address", numeric_address},
    {"name look-up fails at once", name_look_up_fails_at_once},
    {"character sets", character_sets},
    {"epoll", epoll_on_timer_and_event},
    {"self pipe", self_pipe},
    {"signal to oneself", signal_to_oneself},
    {"pause waits", pause_waits},
    {"posix timer", posix_timer},
    {"sleep",
     [] {
       std::this_thread::sleep_for(1ms);
       return true;
     }},
    {"large allocation", large_allocation},
    {"own mapping", own_mapping},
    {"another library", another_library},
    {"list time zones", list_time_zones},
    {"unreadable file", unreadable_is_an_error_not_a_crash},
    {"facts", facts},
    {"copy", copy_without_copy_file_range},
    {"not dumpable", [] { return ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0; }},
};

}  // namespace

// Called by the probe once the library is open.
extern "C" void run_in_worker() {
  std::string broken;
  int count = 0;
  for (const auto& deed : deeds) {
    ++count;
    bool works = false;
    try {
      works = deed.works();
    } catch (const std::exception&) {
      works = false;
    }
    if (!works) broken += std::string(broken.empty() ? "" : ", ") + deed.name;
  }
  std::cout << (broken.empty() ? "all " + std::to_string(count) + " work" : "broken: " + broken)
            << std::endl;
}
