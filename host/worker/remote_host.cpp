#include "worker/remote_host.h"

#include <poll.h>
#include <time.h>

#include "chela/internal/door.h"
#include "chela/utf8.h"

namespace chela::worker {
namespace {

using chela::internal::view;

std::string text(chela_str value) {
  return replace_invalid_utf8(view(value));
}

void put(const chela_sink* sink, std::string_view bytes) {
  if (sink != nullptr) sink->put(sink, chela::internal::str(bytes));
}

struct ServiceReply {
  json::value result;
  std::vector<std::string_view> parts;  // of frame.tail
  plugin::Frame frame;
};

// Splits the tail of a reply as its "parts" say; what does not fit is left out.
void split(ServiceReply& reply) {
  std::string_view rest = reply.frame.tail;
  const auto* sizes = find(reply.frame.head, "parts");
  if (sizes == nullptr || !sizes->is_array()) return;
  for (const auto& size : sizes->get_array()) {
    json::error_code error;
    const auto wanted = size.to_number<std::size_t>(error);
    const auto bytes = rest.substr(0, error ? 0 : wanted);
    reply.parts.push_back(bytes);
    rest.remove_prefix(bytes.size());
  }
}

// Asks the host and waits. Replies come in order: the serving thread is the one that is waiting
// here.
chela_status ask(const chela_call* call, std::string_view service, std::string_view operation,
                 json::object args, std::string_view tail, const chela_sink* error,
                 ServiceReply& reply) noexcept {
  try {
    HostLink& link = static_cast<const RemoteHost*>(call->host)->link();
    const std::uint64_t id = link.next_id();
    const json::object head{
        {"type", "service"}, {"service", service}, {"op", operation}, {"args", std::move(args)}};
    if (!link.send(id, head, tail)) {
      put(error, "the host is gone");
      return CHELA_UNAVAILABLE;
    }
    auto frame = link.receive();
    if (!frame || frame->type() != "reply" || frame->id != id) {
      put(error, "the host's answer is missing");
      return CHELA_UNAVAILABLE;
    }
    reply.frame = std::move(*frame);
    const auto status =
        static_cast<chela_status>(get_int(reply.frame.head, "status", CHELA_INTERNAL));
    if (status != CHELA_OK) {
      put(error, get_string(reply.frame.head, "message"));
      return status;
    }
    if (const auto* result = find(reply.frame.head, "result")) reply.result = *result;
    split(reply);
    return CHELA_OK;
  } catch (const std::exception& e) {
    put(error, e.what());
    return CHELA_INTERNAL;
  }
}

// Asks, gives the result document to `info` and the parts to `sinks` in order.
chela_status ask_into(const chela_call* call, std::string_view service, std::string_view operation,
                      json::object args, std::string_view tail, const chela_sink* info,
                      std::initializer_list<const chela_sink*> sinks,
                      const chela_sink* error) noexcept {
  ServiceReply reply;
  const chela_status status = ask(call, service, operation, std::move(args), tail, error, reply);
  if (status != CHELA_OK) return status;
  std::size_t i = 0;
  for (const auto* sink : sinks) {
    if (i < reply.parts.size()) put(sink, reply.parts[i]);
    ++i;
  }
  put(info, json::serialize(reply.result));
  return CHELA_OK;
}

void log_write(const chela_host* host, std::int32_t level, chela_str message) noexcept {
  try {
    const auto words = text({message.data, std::min<std::size_t>(message.size, 4096)});
    static_cast<const RemoteHost*>(host)->link().send(
        0, {{"type", "log"}, {"level", level}, {"message", words}});
  } catch (...) {  // a log line is not worth a crash
  }
}

std::int64_t now_ms(const chela_host*) {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return static_cast<std::int64_t>(time.tv_sec) * 1000 + time.tv_nsec / 1'000'000;
}

chela_status state_get(const chela_call* call, chela_str key, const chela_sink* value,
                       const chela_sink* error) {
  return ask_into(call, CHELA_SERVICE_STATE, "get", {{"key", text(key)}}, {}, nullptr, {value},
                  error);
}
chela_status state_set(const chela_call* call, chela_str key, chela_str value,
                       const chela_sink* error) {
  return ask_into(call, CHELA_SERVICE_STATE, "set", {{"key", text(key)}}, view(value), nullptr, {},
                  error);
}
chela_status state_remove(const chela_call* call, chela_str key, const chela_sink* error) {
  return ask_into(call, CHELA_SERVICE_STATE, "remove", {{"key", text(key)}}, {}, nullptr, {},
                  error);
}

// Paths may be any bytes, so they travel in the tail (replace sends the content there: its path
// must be UTF-8).
chela_status files_read(const chela_call* call, chela_str path, std::uint64_t max_bytes,
                        std::uint32_t quiet_ms, const chela_sink* bytes, const chela_sink* info,
                        const chela_sink* error) {
  return ask_into(call, CHELA_SERVICE_FILES, "read",
                  {{"max_bytes", max_bytes}, {"quiet_ms", quiet_ms}}, view(path), info, {bytes},
                  error);
}
chela_status files_stat(const chela_call* call, chela_str path, const chela_sink* info,
                        const chela_sink* error) {
  return ask_into(call, CHELA_SERVICE_FILES, "stat", {}, view(path), info, {}, error);
}
chela_status files_list(const chela_call* call, chela_str path, const chela_sink* info,
                        const chela_sink* error) {
  return ask_into(call, CHELA_SERVICE_FILES, "list", {}, view(path), info, {}, error);
}
chela_status files_disk_usage(const chela_call* call, chela_str path, const chela_sink* info,
                              const chela_sink* error) {
  return ask_into(call, CHELA_SERVICE_FILES, "disk_usage", {}, view(path), info, {}, error);
}
chela_status files_replace(const chela_call* call, chela_str path, chela_str base_version,
                           chela_str bytes, const chela_sink* info, const chela_sink* error) {
  return ask_into(call, CHELA_SERVICE_FILES, "replace",
                  {{"path", text(path)}, {"base_version", text(base_version)}}, view(bytes), info,
                  {}, error);
}

chela_status exec_run(const chela_call* call, chela_str request, const chela_sink* out,
                      const chela_sink* err, const chela_sink* info, const chela_sink* error) {
  return ask_into(call, CHELA_SERVICE_EXEC, "run", {}, view(request), info, {out, err}, error);
}

chela_status board_list(const chela_call* call, chela_str query, const chela_sink* tasks,
                        const chela_sink* error) {
  return ask_into(call, CHELA_SERVICE_BOARD, "list", {}, view(query), nullptr, {tasks}, error);
}

// Request and body travel in the tail, one behind the other.
chela_status http_fetch(const chela_call* call, chela_str request, chela_str body,
                        const chela_sink* info, const chela_sink* reply,
                        const chela_sink* error) noexcept {
  try {
    std::string tail;
    tail.reserve(request.size + body.size);
    tail.append(view(request)).append(view(body));
    return ask_into(call, CHELA_SERVICE_HTTP, "fetch", {{"request_bytes", request.size}}, tail,
                    info, {reply}, error);
  } catch (const std::exception& e) {
    put(error, e.what());
    return CHELA_RESOURCE_EXHAUSTED;
  }
}

chela_status stream_open(const chela_call* call, chela_str request, const chela_sink* info,
                         const chela_sink* error) {
  return ask_into(call, CHELA_SERVICE_STREAM, "open", {}, view(request), info, {}, error);
}
chela_status stream_read(const chela_call* call, std::uint32_t stream, std::uint64_t max_bytes,
                         std::uint32_t timeout_ms, const chela_sink* bytes,
                         const chela_sink* error) {
  return ask_into(call, CHELA_SERVICE_STREAM, "read",
                  {{"stream", stream}, {"max_bytes", max_bytes}, {"timeout_ms", timeout_ms}}, {},
                  nullptr, {bytes}, error);
}
chela_status stream_write(const chela_call* call, std::uint32_t stream, chela_str bytes,
                          std::uint32_t timeout_ms, const chela_sink* error) {
  return ask_into(call, CHELA_SERVICE_STREAM, "write",
                  {{"stream", stream}, {"timeout_ms", timeout_ms}}, view(bytes), nullptr, {},
                  error);
}
chela_status stream_close(const chela_call* call, std::uint32_t stream, const chela_sink* error) {
  return ask_into(call, CHELA_SERVICE_STREAM, "close", {{"stream", stream}}, {}, nullptr, {},
                  error);
}

chela_status sign_sign(const chela_call* call, chela_str key, chela_str algorithm, chela_str text_,
                       const chela_sink* signature, const chela_sink* info,
                       const chela_sink* error) {
  return ask_into(call, CHELA_SERVICE_SIGN, "sign",
                  {{"key", text(key)}, {"algorithm", text(algorithm)}}, view(text_), info,
                  {signature}, error);
}

const void* find_service(const chela_host*, chela_str id) {
  static const chela_log_v1 log{sizeof(chela_log_v1), 0, &log_write};
  static const chela_clock_v1 clock{sizeof(chela_clock_v1), 0, &now_ms};
  static const chela_state_v1 state{sizeof(chela_state_v1), 0, &state_get, &state_set,
                                    &state_remove};
  static const chela_files_v1 files{
      sizeof(chela_files_v1), 0, &files_read, &files_stat, &files_list, &files_disk_usage,
      &files_replace};
  static const chela_exec_v1 exec{sizeof(chela_exec_v1), 0, &exec_run};
  static const chela_board_v1 board{sizeof(chela_board_v1), 0, &board_list};
  static const chela_http_v1 http{sizeof(chela_http_v1), 0, &http_fetch};
  static const chela_stream_v1 stream{
      sizeof(chela_stream_v1), 0, &stream_open, &stream_read, &stream_write, &stream_close};
  static const chela_sign_v1 sign{sizeof(chela_sign_v1), 0, &sign_sign};
  const struct {
    std::string_view id;
    const void* table;
  } services[] = {
      {CHELA_SERVICE_LOG, &log},     {CHELA_SERVICE_CLOCK, &clock},   {CHELA_SERVICE_STATE, &state},
      {CHELA_SERVICE_FILES, &files}, {CHELA_SERVICE_EXEC, &exec},     {CHELA_SERVICE_BOARD, &board},
      {CHELA_SERVICE_HTTP, &http},   {CHELA_SERVICE_STREAM, &stream}, {CHELA_SERVICE_SIGN, &sign}};
  for (const auto& service : services) {
    if (service.id == view(id)) return service.table;
  }
  return nullptr;
}

}  // namespace

RemoteHost::RemoteHost(HostLink& link)
    : chela_host{sizeof(chela_host), CHELA_ABI_MAJOR, CHELA_ABI_MINOR, 0, &find_service},
      link_(link) {}

RemoteCall::RemoteCall(const RemoteHost& remote_host, std::uint64_t id, std::int64_t timeout_ms,
                       std::uint32_t attempt_number, int cancel_descriptor)
    : chela_call{}, link_(remote_host.link()), id_(id) {
  struct_size = sizeof(chela_call);
  attempt = attempt_number;
  host = &remote_host;
  if (timeout_ms > 0) {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    deadline_ns = static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u +
                  static_cast<std::uint64_t>(time.tv_nsec) +
                  static_cast<std::uint64_t>(timeout_ms) * 1'000'000u;
  }
  cancel_fd = cancel_descriptor;
  cancelled = &is_cancelled;
  fail = &fail_with;
  emit = &emit_event;
}

std::string RemoteCall::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

int32_t RemoteCall::is_cancelled(const chela_call* self) {
  if (self->cancel_fd < 0) return 0;
  pollfd wait{self->cancel_fd, POLLIN, 0};
  return poll(&wait, 1, 0) > 0 ? 1 : 0;
}

chela_status RemoteCall::fail_with(const chela_call* self, chela_status status, chela_str message) {
  const auto* call = static_cast<const RemoteCall*>(self);
  const std::lock_guard lock(call->mutex_);
  call->failure_ = text({message.data, std::min<std::size_t>(message.size, 8192)});
  return status;
}

chela_status RemoteCall::emit_event(const chela_call* self, chela_str topic, chela_str document) {
  const auto* call = static_cast<const RemoteCall*>(self);
  const bool sent =
      call->link_.send(call->id_, {{"type", "emit"}, {"topic", text(topic)}}, view(document));
  return sent ? CHELA_OK : CHELA_CANCELLED;
}

}  // namespace chela::worker
