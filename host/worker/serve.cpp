#include "worker/serve.h"

#include "chela/internal/door.h"
#include "plugin/loader.h"
#include "worker/remote_host.h"

namespace chela::worker {
namespace {

using chela::internal::str;

// Runs one call frame and answers it with a "result" frame of the same id.
bool answer_call(HostLink& link, const RemoteHost& host, const chela_component& component,
                 chela_instance* instance, const plugin::Frame& frame, int cancel_fd) {
  const std::string operation = get_string(frame.head, "op");
  const auto function = chela::internal::find_operation(chela::internal::view(component.kind),
                                                        component.ops, operation);
  if (function == nullptr) {
    return link.send(frame.id, {{"type", "result"},
                                {"status", CHELA_UNIMPLEMENTED},
                                {"message", "the plugin has no operation '" + operation + "'"}});
  }
  const RemoteCall call(host, frame.id, get_int(frame.head, "timeout_ms"),
                        static_cast<std::uint32_t>(get_int(frame.head, "attempt")), cancel_fd);
  chela::internal::StringSink reply;
  const chela_status status = function(instance, &call, str(frame.tail), &reply);
  if (status != CHELA_OK) {
    return link.send(frame.id,
                     {{"type", "result"}, {"status", status}, {"message", call.failure()}});
  }
  return link.send(frame.id, {{"type", "result"}, {"status", CHELA_OK}}, reply.text);
}

struct Opened {
  const chela_component* component = nullptr;
  chela_instance* instance = nullptr;
};

Result<Opened> open(const plugin::Frame& frame, const RemoteHost& host,
                    const ServeRequest& request) {
  const plugin::ExpectedPlugin expected{get_string(frame.head, "id"),
                                        get_string(frame.head, "version"),
                                        get_string(frame.head, "kind")};
  CHELA_TRY(const auto* component, plugin::load_component(request.library_fd, expected));
  const RemoteCall call(host, frame.id, get_int(frame.head, "timeout_ms"), 0, request.cancel_fd);
  Opened opened{component, nullptr};
  const chela_status status =
      component->ops->create(&host, &call, str(frame.tail), &opened.instance);
  CHELA_TRY(
      chela::internal::check_status(status, "it cannot start with this config: " + call.failure()));
  return opened;
}

}  // namespace

void refuse(int socket_fd, const Error& error) {
  HostLink(socket_fd).send(
      0,
      {{"type", "refused"}, {"status", static_cast<int>(error.code)}, {"message", error.message}});
}

int serve(const ServeRequest& request) {
  HostLink link(request.socket_fd);
  const RemoteHost host(link);
  const auto open_frame = link.receive();
  if (!open_frame || open_frame->type() != "open") return 2;
  const auto opened = open(*open_frame, host, request);
  if (!opened) {
    refuse(request.socket_fd, opened.error());
    return 1;
  }
  if (!link.send(open_frame->id, {{"type", "ready"}, {"enforced", request.enforced}})) return 2;
  while (true) {
    const auto frame = link.receive();
    if (!frame) break;  // the host is done with us
    if (frame->type() != "call") return 2;
    if (!answer_call(link, host, *opened->component, opened->instance, *frame, request.cancel_fd))
      return 2;
  }
  opened->component->ops->destroy(opened->instance);
  return 0;
}

}  // namespace chela::worker
