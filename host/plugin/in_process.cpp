#include "plugin/in_process.h"

#include <fcntl.h>
#include <time.h>

#include <map>
#include <string>

#include "base/text.h"
#include "chela/internal/door.h"
#include "chela/utf8.h"
#include "plugin/loader.h"

namespace chela::plugin {
namespace {

using chela::internal::str;
using chela::internal::view;

struct LocalHost : chela_host {
  LocalHost(const services::Clock& the_clock, services::Log& the_log, std::string the_instance)
      : chela_host{sizeof(chela_host), CHELA_ABI_MAJOR, CHELA_ABI_MINOR, 0, &find_service},
        clock(the_clock),
        log(the_log, std::move(the_instance)) {}

  static const void* find_service(const chela_host* self, chela_str id);

  const services::Clock& clock;
  services::PluginLog log;
};

LocalHost& of(const chela_host* host) {
  return *const_cast<LocalHost*>(static_cast<const LocalHost*>(host));
}

chela_status refuse(const chela_sink* error) {
  if (error != nullptr) {
    error->put(error,
               str("this service waits; it is not there for a plugin with 'isolation: host'"));
  }
  return CHELA_FAILED_PRECONDITION;
}

void log_write(const chela_host* host, std::int32_t level, chela_str message) {
  of(host).log.write(level, view(message));
}
std::int64_t now_ms(const chela_host* host) {
  return of(host).clock.now().time_since_epoch().count();
}

const void* LocalHost::find_service(const chela_host*, chela_str id) {
  static const chela_log_v1 log_table{sizeof(chela_log_v1), 0, &log_write};
  static const chela_clock_v1 clock_table{sizeof(chela_clock_v1), 0, &now_ms};
  static const chela_state_v1 state_table{
      sizeof(chela_state_v1), 0,
      [](const chela_call*, chela_str, const chela_sink*, const chela_sink* error) {
        return refuse(error);
      },
      [](const chela_call*, chela_str, chela_str, const chela_sink* error) {
        return refuse(error);
      },
      [](const chela_call*, chela_str, const chela_sink* error) { return refuse(error); }};
  static const chela_files_v1 files_table{
      sizeof(chela_files_v1),
      0,
      [](const chela_call*, chela_str, std::uint64_t, std::uint32_t, const chela_sink*,
         const chela_sink*, const chela_sink* error) { return refuse(error); },
      [](const chela_call*, chela_str, const chela_sink*, const chela_sink* error) {
        return refuse(error);
      },
      [](const chela_call*, chela_str, const chela_sink*, const chela_sink* error) {
        return refuse(error);
      },
      [](const chela_call*, chela_str, const chela_sink*, const chela_sink* error) {
        return refuse(error);
      },
      [](const chela_call*, chela_str, chela_str, chela_str, const chela_sink*,
         const chela_sink* error) { return refuse(error); }};
  static const chela_exec_v1 exec_table{
      sizeof(chela_exec_v1), 0,
      [](const chela_call*, chela_str, const chela_sink*, const chela_sink*, const chela_sink*,
         const chela_sink* error) { return refuse(error); }};
  static const chela_board_v1 board_table{sizeof(chela_board_v1), 0,
                                          [](const chela_call*, chela_str, const chela_sink*,
                                             const chela_sink* error) { return refuse(error); }};
  const std::string_view name = view(id);
  if (name == CHELA_SERVICE_LOG) return &log_table;
  if (name == CHELA_SERVICE_CLOCK) return &clock_table;
  if (name == CHELA_SERVICE_STATE) return &state_table;
  if (name == CHELA_SERVICE_FILES) return &files_table;
  if (name == CHELA_SERVICE_EXEC) return &exec_table;
  if (name == CHELA_SERVICE_BOARD) return &board_table;
  return nullptr;
}

struct LocalCall : chela_call {
  LocalCall(const LocalHost& local_host, Duration timeout) : chela_call{} {
    struct_size = sizeof(chela_call);
    host = &local_host;
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    deadline_ns = static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u +
                  static_cast<std::uint64_t>(time.tv_nsec) +
                  static_cast<std::uint64_t>(timeout.count()) * 1'000'000u;
    cancel_fd = -1;
    cancelled = [](const chela_call*) { return std::int32_t{0}; };
    fail = [](const chela_call* self, chela_status status, chela_str message) {
      static_cast<const LocalCall*>(self)->failure =
          replace_invalid_utf8(view(message).substr(0, 8192));
      return status;
    };
    emit = [](const chela_call*, chela_str, chela_str) {
      return static_cast<chela_status>(CHELA_OK);
    };
  }
  mutable std::string failure;
};

// A descriptor of the library's bytes that stays open as long as the process lives, as
// load_component wants it: that of an activation is closed with it, and the linker would then give
// this library for the next one whose descriptor has the same number. The same bytes are loaded
// once.
Result<int> lasting_descriptor(const SealedLibrary& library) {
  static auto& held = *new std::map<std::string, int>();
  if (const auto found = held.find(library.sha256); found != held.end()) return found->second;
  const int fd = ::fcntl(library.fd.get(), F_DUPFD_CLOEXEC, 3);
  if (fd < 0) return fail(ErrorCode::resource_exhausted, "no descriptor is left for its library");
  held.emplace(library.sha256, fd);
  return fd;
}

class LocalInstance final : public Instance {
 public:
  LocalInstance(const Activation& activation, const services::Clock& clock, services::Log& log)
      : log_(log), host_(clock, log, activation.instance) {}
  ~LocalInstance() override {
    if (instance_ != nullptr) component_->ops->destroy(instance_);
  }

  Result<void> open(const Activation& activation) {
    CHELA_TRY(const int library, lasting_descriptor(activation.library));
    CHELA_TRY(component_, load_component(library, {activation.metadata.id,
                                                   activation.metadata.version, activation.kind}));
    const LocalCall call(host_, activation.deadline);
    const std::string config = json::serialize(activation.config);
    const chela_status status = component_->ops->create(&host_, &call, str(config), &instance_);
    return chela::internal::check_status(status,
                                         "it cannot start with this config: " + words_of(call));
  }

  boost::asio::awaitable<TextOutcome> call_text(std::string op, std::string request,
                                                Duration timeout) override {
    const auto function =
        chela::internal::find_operation(view(component_->kind), component_->ops, op);
    if (function == nullptr)
      co_return TextOutcome{fail(ErrorCode::unimplemented, "it has no operation " + op), {}};
    const LocalCall call(host_, timeout);
    chela::internal::StringSink reply;
    const chela_status status = function(instance_, &call, str(request), &reply);
    if (status != CHELA_OK) {
      std::string words = words_of(call);
      if (words.empty()) words = "failed without saying why";
      co_return TextOutcome{fail(chela::internal::error_code(status), words), {}};
    }
    co_return TextOutcome{std::move(reply.text), {}};
  }

  void distrust() override { is_usable_ = false; }
  bool is_usable() const override { return is_usable_; }
  const json::object& enforced() const override { return enforced_; }

 private:
  // What the plugin says about its failure, fit to be shown and kept: it may quote what it read.
  std::string words_of(const LocalCall& call) const {
    return base::printable(log_.redacted(call.failure));
  }

  const services::Log& log_;
  LocalHost host_;
  const chela_component* component_ = nullptr;
  chela_instance* instance_ = nullptr;
  bool is_usable_ = true;
  json::object enforced_;
};

}  // namespace

Result<std::unique_ptr<Instance>> open_in_process(const Activation& activation,
                                                  const services::Clock& clock,
                                                  services::Log& log) {
  auto instance = std::make_unique<LocalInstance>(activation, clock, log);
  CHELA_TRY(instance->open(activation));
  return std::unique_ptr<Instance>(std::move(instance));
}

}  // namespace chela::plugin
