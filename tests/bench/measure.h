// Small things that every part of the benchmark measures with.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace chela::bench {

using Clock = std::chrono::steady_clock;

// Prints a line of the table. Budget and floor are words: they carry their unit.
using Row = void (*)(const char* what, const std::string& measured, const char* budget,
                     const std::string& floor);

inline double us_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

// The value below which that part of them lies; 0 for none.
inline double quantile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto at = static_cast<std::size_t>(part * static_cast<double>(values.size()));
  return values[std::min(at, values.size() - 1)];
}
inline double median(std::vector<double> values) {
  return quantile(std::move(values), 0.5);
}

inline std::string text(const char* form, double number) {
  std::array<char, 64> out{};
  std::snprintf(out.data(), out.size(), form, number);
  return out.data();
}

// Processor time of this process so far.
inline double cpu_us() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

// As many open files as this process may have; processes that it starts then may, too.
inline void raise_file_limit() {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

inline double resident_mb() {
  std::ifstream statm("/proc/self/statm");
  long size = 0, resident = 0;
  statm >> size >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

}  // namespace chela::bench
