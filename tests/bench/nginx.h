// nginx as a plain reverse proxy before a loopback server: what another program costs that only
// passes calls on.
#pragma once

#include <sys/types.h>

#include <string>

namespace chela::bench {

// One process with one worker, connections to the server are kept, nothing is buffered or logged.
class Nginx {
 public:
  // `folder` is made. port() is 0 where nginx is not installed or did not start.
  Nginx(const std::string& folder, unsigned short server_port);
  ~Nginx();
  Nginx(const Nginx&) = delete;
  Nginx& operator=(const Nginx&) = delete;

  unsigned short port() const { return port_; }
  double cpu_us() const;  // processor time of the process so far

 private:
  pid_t pid_ = -1;
  unsigned short port_ = 0;
};

}  // namespace chela::bench
