#include "worker/options.h"

#include <charconv>
#include <string>

namespace chela::worker {
namespace {

Result<int> parse_number(std::string_view option, std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= 0) return number;
  return fail(
      ErrorCode::invalid_argument,
      std::string(option) + ": wanted a whole number from 0, found '" + std::string(text) + "'");
}

Result<Confinement> parse_confinement(std::string_view text) {
  if (text == "require") return Confinement::require;
  if (text == "best-effort") return Confinement::best_effort;
  return fail(ErrorCode::invalid_argument,
              "--confinement: wanted require or best-effort, found '" + std::string(text) + "'");
}

int* number_of(LockDownRequest& request, std::string_view option) {
  if (option == "--memory-mb") return &request.limits.memory_mb;
  if (option == "--cpu-s") return &request.limits.cpu_s;
  if (option == "--file-mb") return &request.limits.file_mb;
  if (option == "--open-files") return &request.limits.open_files;
  if (option == "--processes") return &request.limits.processes;
  if (option == "--landlock-abi") return &request.max_landlock_abi;
  return nullptr;
}

Result<void> set(LockDownRequest& request, std::string_view option, std::string_view value) {
  if (int* number = number_of(request, option)) {
    CHELA_TRY(*number, parse_number(option, value));
    return {};
  }
  if (option == "--layers") {
    CHELA_TRY(request.layers, parse_layers(value));
    return {};
  }
  if (option == "--confinement") {
    CHELA_TRY(request.confinement, parse_confinement(value));
    return {};
  }
  return fail(ErrorCode::invalid_argument, "unknown option '" + std::string(option) + "'");
}

}  // namespace

Result<LockDownRequest> parse_options(const std::vector<std::string_view>& words) {
  LockDownRequest request;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    if (i + 1 == words.size()) {
      return fail(ErrorCode::invalid_argument, std::string(words[i]) + ": its value is missing");
    }
    CHELA_TRY(set(request, words[i], words[i + 1]));
  }
  return request;
}

}  // namespace chela::worker
