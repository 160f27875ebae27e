#include "app/manifest_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <cstring>
#include <string_view>

#include "config/manifest.h"

namespace chela::app {
namespace {

constexpr auto kDebounce = std::chrono::milliseconds(300);

// Temporaries and lock files come and go; manifests end in .yaml, .yml or become .off.
bool is_relevant(std::string_view name, std::uint32_t mask) {
  return name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".off") ||
         (mask & IN_ISDIR) != 0;
}

bool read_events(int fd) {
  char events[4096];
  bool found = false;
  for (auto got = read(fd, events, sizeof events); got > 0; got = read(fd, events, sizeof events)) {
    for (ssize_t at = 0; at < got;) {
      inotify_event event;
      std::memcpy(&event, events + at, sizeof event);
      const char* name = events + at + sizeof event;
      found |= is_relevant({name, strnlen(name, event.len)}, event.mask);
      at += static_cast<ssize_t>(sizeof event + event.len);
    }
  }
  return found;
}

}  // namespace

ManifestWatch::ManifestWatch(boost::asio::any_io_executor executor, std::function<void()> changed)
    : events_(executor, inotify_init1(IN_CLOEXEC | IN_NONBLOCK)),
      debounce_(executor),
      changed_(std::move(changed)) {
  wait();
}

void ManifestWatch::look_at(const std::filesystem::path& manifests) {
  constexpr std::uint32_t kChanges =
      IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE | IN_ONLYDIR;
  const int fd = events_.native_handle();
  inotify_add_watch(fd, manifests.c_str(), kChanges);
  inotify_add_watch(fd, manifests.parent_path().c_str(), IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
  for (const auto kind :
       {config::Kind::check, config::Kind::tasks, config::Kind::notifier, config::Kind::provider}) {
    inotify_add_watch(fd, (manifests / config::folder_of(kind)).c_str(), kChanges);
  }
}

void ManifestWatch::wait() {
  events_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [this](const boost::system::error_code& error) {
                       if (error) return;
                       if (read_events(events_.native_handle())) {
                         debounce_.expires_after(kDebounce);
                         debounce_.async_wait([this](const boost::system::error_code& cancelled) {
                           if (!cancelled) changed_();
                         });
                       }
                       wait();
                     });
}

}  // namespace chela::app
