// Shows messages on the desktop. Source: the Desktop Notifications Specification 1.2 of
// freedesktop, called through gdbus of GLib (2.58 or newer) on the session bus.
#include <chela/notifier.h>
#include <chela/untrusted.h>

#include "call.h"

namespace desktop {
namespace {

using chela::ErrorCode;
using chela::fail;

class Desktop : public chela::Notifier {
 public:
  static chela::Result<std::unique_ptr<Desktop>> create(const chela::Config& config) {
    auto made = std::make_unique<Desktop>();
    made->bus_ = config.get("bus");
    if (!made->bus_.starts_with('/') || made->bus_.find_first_of(",;=%\n") != std::string::npos)
      return fail(ErrorCode::invalid_argument,
                  "bus: wanted the absolute path of the session bus's socket, such as "
                  "/run/user/1000/bus, found '" +
                      made->bus_.substr(0, 80) + "'");
    made->timeout_ = config.duration("timeout", std::chrono::seconds(5));
    return made;
  }

  chela::Result<chela::Delivery> send(chela::Host& host, const chela::Message& message) override {
    chela::ExecRequest request;
    request.argv = notify_argv(message, timeout_);
    request.env = {{"DBUS_SESSION_BUS_ADDRESS", "unix:path=" + bus_}, {"LC_ALL", "C.UTF-8"}};
    request.timeout = timeout_ + std::chrono::seconds(1);
    request.max_output_bytes = 16u << 10;
    const auto reply = host.exec().run(request);
    if (!reply && reply.error().code == ErrorCode::not_found)
      return fail(ErrorCode::failed_precondition,
                  reply.error().message +
                      "; gdbus could not be started: install it (Debian: libglib2.0-bin)");
    if (!reply) return fail(reply.error());
    return judge(*reply);
  }

 private:
  chela::Result<chela::Delivery> judge(const chela::ExecReply& reply) const {
    if (reply.timed_out)
      return fail(ErrorCode::deadline_exceeded,
                  "the desktop did not answer in " + chela::describe_duration(timeout_));
    const long number = notification_number(reply.out);
    if (reply.exit_code == 0 && number > 0)
      return chela::Delivery{"shown as notification " + std::to_string(number)};
    const std::string said = chela::untrusted_text(reply.err.empty() ? reply.out : reply.err, 200);
    if (said.find("ServiceUnknown") != std::string::npos ||
        said.find("was not provided by any") != std::string::npos)
      return fail(ErrorCode::unavailable,
                  "nothing on the session bus shows notifications now: is somebody logged in at "
                  "the desktop?");
    if (said.find("Error connecting") != std::string::npos ||
        said.find("Could not connect") != std::string::npos)
      return fail(ErrorCode::unavailable,
                  "there is no session bus at " + bus_ +
                      ": is somebody logged in, and does chela run as the same person?");
    if (said.find("Timeout was reached") != std::string::npos ||
        said.find("NoReply") != std::string::npos)
      return fail(ErrorCode::deadline_exceeded,
                  "the desktop did not answer in " + chela::describe_duration(timeout_));
    if (reply.exit_code == 0)
      return fail(ErrorCode::data_loss,
                  "wanted the number of a notification, found '" + said + "'");
    return fail(ErrorCode::failed_precondition, "gdbus said: " + said);
  }

  std::string bus_;
  chela::Duration timeout_{};
};

}  // namespace
}  // namespace desktop

using desktop::Desktop;
CHELA_NOTIFIER(Desktop)
