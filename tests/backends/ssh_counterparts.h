// What a backend that goes over ssh can be held against: a stand-in for both ends, and OpenSSH.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>

#include "support/chela_program.h"

namespace chela::test {

// One way to the other side: the program, and the words before the command that is asked for.
struct SshWay {
  std::string program;  // ends in /ssh, or is "ssh"
  std::vector<std::string> words;
  std::string port;
  std::vector<Running> server;  // empty: it did not come up
  std::string server_name() const { return "127.0.0.1:" + port; }
};

// The first line that `fd` brings which holds `wanted`; "" where it ends before.
inline std::string line_with(int fd, const std::string& wanted) {
  std::string line;
  for (char c = 0; ::read(fd, &c, 1) == 1;) {
    if (c != '\n') {
      line += c;
    } else if (line.find(wanted) != std::string::npos) {
      return line;
    } else {
      line.clear();
    }
  }
  return "";
}

// `forced` as in authorized_keys; empty: whatever is asked for is run by `sh -c`.
inline SshWay stand_in(const Desk& desk, const std::string& forced) {
  const fs::path ends = desk.workspace() / "ends";
  fs::create_directories(ends);
  for (const char* name : {"ssh", "sshd"})
    fs::copy_file(CHELA_SSH_STAND_IN, ends / name, fs::copy_options::skip_existing);
  SshWay way{(ends / "ssh").string(), {}, "", {}};
  std::vector<std::string> words;
  if (!forced.empty()) words.push_back(forced);
  way.server.push_back(desk.start(words, (ends / "sshd").string()));
  const std::string line = line_with(way.server[0].out_fd, "port ");
  if (line.empty()) {
    way.server.clear();
    return way;
  }
  way.port = line.substr(5);
  way.words = {"-T", "-p", way.port, "-o", "BatchMode=yes", "127.0.0.1"};
  return way;
}

inline std::string free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  ::bind(fd, reinterpret_cast<sockaddr*>(&at), size);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size);
  ::close(fd);
  return std::to_string(ntohs(at.sin_port));
}

// OpenSSH's own sshd on loopback, as the user who runs the test, with keys made for it. `folder`
// holds the client's key and known hosts; what is on the other side runs with `env`.
inline SshWay openssh(const Desk& desk, const fs::path& folder, const std::string& forced,
                      const std::map<std::string, std::string>& env) {
  const fs::path other = desk.root() / "sshd";
  fs::create_directories(folder);
  fs::create_directories(other);
  // What Debian's own start script makes at boot; sshd refuses to start as root without it.
  if (::geteuid() == 0) fs::create_directories("/run/sshd");
  for (const auto& key : {folder / "key", other / "host_key"})
    Desk::finish(
        desk.start({"-q", "-t", "ed25519", "-N", "", "-f", key.string()}, "/usr/bin/ssh-keygen"));
  SshWay way{"ssh", {}, free_port(), {}};
  const std::string options =
      "restrict" + (forced.empty() ? std::string() : ",command=\"" + forced + "\"");
  spill(other / "authorized_keys", options + " " + slurp(folder / "key.pub"));
  spill(folder / "known_hosts", "[127.0.0.1]:" + way.port + " " + slurp(other / "host_key.pub"));
  // The shell on the other side reads the start files of a home that the test made.
  std::string variables = " HOME=" + desk.home().string();
  for (const auto& [name, value] : env) variables += " " + name + "=" + value;
  spill(other / "sshd_config", "ListenAddress 127.0.0.1\nPort " + way.port + "\nHostKey " +
                                   (other / "host_key").string() + "\nAuthorizedKeysFile " +
                                   (other / "authorized_keys").string() +
                                   "\nPidFile none\nUsePAM no\nStrictModes no\n"
                                   "PasswordAuthentication no\nKbdInteractiveAuthentication no\n"
                                   "PermitUserRC no\nPermitRootLogin prohibit-password\nSetEnv" +
                                   variables + "\n");
  way.server.push_back(
      desk.start({"-D", "-e", "-f", (other / "sshd_config").string()}, "/usr/sbin/sshd"));
  if (line_with(way.server[0].err_fd, "Server listening").empty()) {
    way.server.clear();
    return way;
  }
  const auto* self = ::getpwuid(::geteuid());
  way.words = {"-i",
               (folder / "key").string(),
               "-p",
               way.port,
               "-o",
               "UserKnownHostsFile=" + (folder / "known_hosts").string(),
               "-o",
               "BatchMode=yes",
               std::string(self == nullptr ? "nobody" : self->pw_name) + "@127.0.0.1"};
  return way;
}

}  // namespace chela::test
