#include "nginx.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "support/http_stub.h"

namespace chela::bench {
namespace {

constexpr const char* kProgram = "/usr/sbin/nginx";

std::string configuration(const std::string& folder, unsigned short port,
                          unsigned short server_port) {
  std::string text = "daemon off;\nmaster_process off;\nworker_processes 1;\n";
  text += "pid " + folder + "/pid;\nerror_log " + folder + "/error.log;\n";
  text += "events { worker_connections 4096; }\nhttp {\n  access_log off;\n";
  for (const char* use : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
    text += std::string("  ") + use + "_temp_path " + folder + "/" + use + ";\n";
  text += "  upstream server { server 127.0.0.1:" + std::to_string(server_port) +
          "; keepalive 64; keepalive_requests 1000000; }\n";
  text += "  server {\n    listen 127.0.0.1:" + std::to_string(port) +
          ";\n    keepalive_requests 1000000;\n";
  text +=
      "    location / {\n      proxy_pass http://server;\n      proxy_http_version 1.1;\n"
      "      proxy_set_header Connection \"\";\n      proxy_buffering off;\n"
      "      proxy_request_buffering off;\n    }\n  }\n}\n";
  return text;
}

bool is_listening(unsigned short port) {
  boost::asio::io_context loop;
  boost::asio::ip::tcp::socket socket(loop);
  boost::system::error_code error;
  socket.connect({boost::asio::ip::address_v4::loopback(), port}, error);
  return !error;
}

}  // namespace

Nginx::Nginx(const std::string& folder, unsigned short server_port) {
  if (::access(kProgram, X_OK) != 0) return;
  std::filesystem::create_directories(folder);
  const unsigned short port = test::closed_port();
  const std::string file = folder + "/nginx.conf";
  std::ofstream(file) << configuration(folder, port, server_port);
  const std::string log = folder + "/error.log";
  pid_ = ::fork();
  if (pid_ == 0) {
    ::execl(kProgram, kProgram, "-p", folder.c_str(), "-c", file.c_str(), "-e", log.c_str(),
            nullptr);
    ::_exit(127);
  }
  for (int i = 0; i < 500 && port_ == 0; ++i) {
    if (is_listening(port)) port_ = port;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

Nginx::~Nginx() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
}

double Nginx::cpu_us() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/schedstat");
  double ns = 0;
  file >> ns;
  return ns / 1000;
}

}  // namespace chela::bench
