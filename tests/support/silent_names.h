// A machine of a test's own whose name server never answers: namespaces with nothing but a
// loopback, and an /etc/resolv.conf that names a socket nobody reads from.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

namespace chela::test {

class SilentNames {
 public:
  // The one of this program; the first call moves the calling thread there, and with it every
  // thread and program that it starts from then on. To be called before any other thread is there.
  static SilentNames& here() {
    static SilentNames one;
    return one;
  }

  bool is_there() const { return why_not_.empty(); }
  const std::string& why_not() const { return why_not_; }

  // How long a look-up hangs from now on, in whole seconds from 1 to 30: what glibc waits for the
  // one server, asked once. Nothing else ends it.
  void hang_for(int seconds) const {
    std::ofstream(file_) << "nameserver 127.0.0.1\noptions attempts:1 timeout:" << seconds << "\n";
  }

  // Questions that have come since the last call.
  int asked() const {
    int questions = 0;
    char bytes[512];
    while (recv(socket_, bytes, sizeof bytes, MSG_DONTWAIT) > 0) ++questions;
    return questions;
  }

 private:
  SilentNames() {
    why_not_ = enter();
    if (!why_not_.empty())
      std::cerr << "\n*** NOT TESTED: names that hang need namespaces of the test's own: "
                << why_not_ << "\n\n";
  }
  ~SilentNames() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  static std::string failed(const char* what) {
    return std::string(what) + ": " + std::strerror(errno);
  }

  static bool write_text(const char* file, const std::string& text) {
    const int fd = open(file, O_WRONLY | O_CLOEXEC);
    const bool is_written =
        fd >= 0 && write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (fd >= 0) close(fd);
    return is_written;
  }

  static std::string leave() {
    constexpr int kOwn = CLONE_NEWNS | CLONE_NEWNET;
    if (geteuid() == 0 && unshare(kOwn) == 0) return "";
    const std::string uid = std::to_string(geteuid()), gid = std::to_string(getegid());
    if (unshare(kOwn | CLONE_NEWUSER) != 0) return failed("unshare");
    const bool is_mapped = write_text("/proc/self/setgroups", "deny") &&
                           write_text("/proc/self/uid_map", uid + " " + uid + " 1") &&
                           write_text("/proc/self/gid_map", gid + " " + gid + " 1");
    return is_mapped ? "" : failed("the user's map");
  }

  static bool raise_loopback() {
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    bool is_up = ioctl(fd, SIOCGIFFLAGS, &request) == 0;
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    is_up = is_up && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    close(fd);
    return is_up;
  }

  // What `file` leads to becomes `ours`; a file that is not there stays away.
  static bool cover(const char* file, const std::string& ours) {
    std::error_code error;
    const auto real = std::filesystem::canonical(file, error);
    return !error && mount(ours.c_str(), real.c_str(), nullptr, MS_BIND, nullptr) == 0;
  }

  std::string enter() {
    if (const auto why = leave(); !why.empty()) return why;
    if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return failed("mount");
    if (!raise_loopback()) return failed("the loopback");
    char pattern[] = "/tmp/chela-names-XXXXXX";
    const char* made = mkdtemp(pattern);
    if (made == nullptr) return failed("mkdtemp");
    folder_ = made;
    file_ = folder_ + "/resolv.conf";
    hang_for(1);
    std::ofstream(folder_ + "/nsswitch.conf") << "hosts: files dns\n";
    if (!cover("/etc/resolv.conf", file_)) return failed("/etc/resolv.conf");
    // Without one, glibc asks the name server anyway.
    if (std::filesystem::exists("/etc/nsswitch.conf") &&
        !cover("/etc/nsswitch.conf", folder_ + "/nsswitch.conf"))
      return failed("/etc/nsswitch.conf");
    socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(53);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      return failed("port 53");
    return "";
  }

  std::string why_not_;
  std::string folder_;
  std::string file_;
  int socket_ = -1;
};

}  // namespace chela::test
