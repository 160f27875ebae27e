// A program that tries to reach somebody in one way after the other: knock WAY [ADDRESS] [PORT].
// Exit code 0: it got through. 1: refused, errno on standard output.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef TCP_FASTOPEN_CONNECT
#define TCP_FASTOPEN_CONNECT 30
#endif

static int done(int result) {
  if (result >= 0) return 0;
  printf("%s\n", strerror(errno));
  return 1;
}

static struct sockaddr_in v4(const char* address, const char* port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port))};
  inet_pton(AF_INET, address, &to.sin_addr);
  return to;
}

static int tcp(const char* address, const char* port, int flags) {
  struct sockaddr_in to = v4(address, port);
  int fd = socket(AF_INET, SOCK_STREAM | flags, 0);
  if (fd < 0) return -1;
  int failed = connect(fd, (struct sockaddr*)&to, sizeof to);
  if (failed != 0 && errno == EINPROGRESS) failed = 0;
  if (failed != 0) return -1;
  // It must be this very socket that is connected, not another one somewhere.
  struct sockaddr_in peer;
  socklen_t size = sizeof peer;
  if (flags == 0 && getpeername(fd, (struct sockaddr*)&peer, &size) != 0) return -1;
  return fd;
}

static int path_socket(const char* path, int is_abstract, int type) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  strncpy(to.sun_path + is_abstract, path, sizeof to.sun_path - 2);
  int fd = socket(AF_UNIX, type, 0);
  if (fd < 0) return -1;
  return connect(
      fd, (struct sockaddr*)&to,
      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + (is_abstract ? 1 : 1)));
}

// Writes another address over the one that connect() was called with, again and again.
static struct sockaddr_in shared;
static struct sockaddr_in other;
static void* overwrite(void* ignored) {
  struct sockaddr_in good = shared;
  for (;;) {
    memcpy(&shared, &other, sizeof shared);
    memcpy(&shared, &good, sizeof shared);
  }
  return ignored;
}

static int race(const char* good_port, const char* bad_port) {
  shared = v4("127.0.0.1", good_port);
  other = v4("127.0.0.1", bad_port);
  pthread_t thread;
  if (pthread_create(&thread, NULL, overwrite, NULL) != 0) return -1;
  for (int i = 0; i < 2000; ++i) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr*)&shared, sizeof shared) == 0) {
      struct sockaddr_in peer;
      socklen_t size = sizeof peer;
      getpeername(fd, (struct sockaddr*)&peer, &size);
      if (peer.sin_port == other.sin_port) return 0;
    }
    close(fd);
  }
  errno = EACCES;
  return -1;
}

static int by_name(const char* name, const char* port) {
  struct addrinfo wish = {.ai_socktype = SOCK_STREAM}, *found = NULL;
  if (getaddrinfo(name, port, &wish, &found) != 0) {
    errno = ENOENT;
    return -1;
  }
  for (struct addrinfo* one = found; one != NULL; one = one->ai_next) {
    int fd = socket(one->ai_family, SOCK_STREAM, 0);
    if (fd >= 0 && connect(fd, one->ai_addr, one->ai_addrlen) == 0) return fd;
  }
  return -1;
}

static void* thread_tcp(void* words) {
  char** argv = words;
  int fd = tcp(argv[2], argv[3], 0);
  exit(done(fd));
}

int main(int argc, char** argv) {
  const char* way = argc > 1 ? argv[1] : "";
  const char* a = argc > 2 ? argv[2] : "";
  const char* b = argc > 3 ? argv[3] : "";
  struct sockaddr_in to = v4(a, b);
  if (strcmp(way, "tcp") == 0) return done(tcp(a, b, 0));
  if (strcmp(way, "tcp-nonblock") == 0) return done(tcp(a, b, SOCK_NONBLOCK));
  if (strcmp(way, "tcp-thread") == 0) {
    pthread_t thread;
    pthread_create(&thread, NULL, thread_tcp, argv);
    pthread_join(thread, NULL);
    return 1;
  }
  if (strcmp(way, "tcp-child") == 0) {
    if (fork() == 0) exit(done(tcp(a, b, 0)));
    int status = 0;
    wait(&status);
    return WEXITSTATUS(status);
  }
  if (strcmp(way, "mapped") == 0) {
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = to.sin_port};
    char text[64] = "::ffff:";
    strcat(text, a);
    inet_pton(AF_INET6, text, &six.sin6_addr);
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    return done(fd < 0 ? -1 : connect(fd, (struct sockaddr*)&six, sizeof six));
  }
  if (strcmp(way, "name") == 0) return done(by_name(a, b));
  if (strcmp(way, "udp") == 0) {
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    return done(fd < 0 ? -1 : (int)sendto(fd, "x", 1, 0, (struct sockaddr*)&to, sizeof to));
  }
  if (strcmp(way, "udp-flags") == 0) return done(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (strcmp(way, "raw") == 0) return done(socket(AF_INET, SOCK_RAW, 1));
  if (strcmp(way, "mptcp") == 0) return done(socket(AF_INET, SOCK_STREAM, 262));
  if (strcmp(way, "sctp") == 0) return done(socket(AF_INET, SOCK_STREAM, 132));
  if (strcmp(way, "netlink") == 0) return done(socket(AF_NETLINK, SOCK_RAW, 0));
  if (strcmp(way, "vsock") == 0) return done(socket(AF_VSOCK, SOCK_STREAM, 0));
  if (strcmp(way, "fastopen") == 0) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return done((int)sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr*)&to, sizeof to));
  }
  if (strcmp(way, "fastopen-msg") == 0) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct iovec data = {"x", 1};
    struct msghdr message = {
        .msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &data, .msg_iovlen = 1};
    return done((int)sendmsg(fd, &message, MSG_FASTOPEN));
  }
  if (strcmp(way, "fastopen-connect") == 0) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof on);
    return done(connect(fd, (struct sockaddr*)&to, sizeof to));
  }
  if (strcmp(way, "listen") == 0) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return done(listen(fd, 1));
  }
  if (strcmp(way, "bind") == 0) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return done(bind(fd, (struct sockaddr*)&to, sizeof to));
  }
  if (strcmp(way, "path") == 0) return done(path_socket(a, 0, SOCK_STREAM));
  if (strcmp(way, "path-datagram") == 0) return done(path_socket(a, 0, SOCK_DGRAM));
  if (strcmp(way, "abstract") == 0) return done(path_socket(a, 1, SOCK_STREAM));
  if (strcmp(way, "race") == 0) return done(race(a, b));
  if (strcmp(way, "die") == 0) return raise(SIGSEGV);
  if (strcmp(way, "hang") == 0) return done(pause());
  if (strcmp(way, "hosts") == 0) {
    char text[4096];
    int fd = open("/etc/hosts", O_RDONLY);
    ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text);
    if (got > 0) fwrite(text, 1, (size_t)got, stdout);
    return done((int)got);
  }
  return 2;
}
