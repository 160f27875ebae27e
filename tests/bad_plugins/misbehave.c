// One bad deed per build: CHELA_BAD_START names the one its constructor does, CHELA_BAD_RUN the one
// of its run.
//
// A deed that the box refuses leaves the refusal in `refusal`, which run() then fails with. One
// that gets through leaves CHELA_BAD_MARK somewhere: in a file, at a listener, in what it prints.
// Built without either it is a good check.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chela/abi/entry.h"

#define DEED __attribute__((unused)) static void

struct chela_instance {
  char config[1024];
};

extern char** environ;
static char refusal[512];
static chela_instance the_instance;
static const chela_call* the_call;    // while run() runs
static const chela_sink* the_report;  // while run() runs
static const char* report_text =
    "{\"schema\":\"chela.check.report/1\",\"status\":\"ok\",\"findings\":[]}";
static volatile int never = 0;
static void* volatile nowhere = NULL;

static chela_str text_of(const char* text) {
  return (chela_str){text, strlen(text)};
}

// Says a thing in every way that a plugin has.
__attribute__((unused)) static void tell(const char* text) {
  fprintf(stderr, "%s\n", text);
  fflush(stderr);
  if (the_call == NULL) return;
  const chela_log_v1* log = the_call->host->service(the_call->host, CHELA_STR(CHELA_SERVICE_LOG));
  if (log != NULL) log->write(the_call->host, CHELA_LOG_WARN, text_of(text));
}

__attribute__((unused)) static void refused(const char* what) {
  snprintf(refusal, sizeof refusal, "%s: %s", what, strerror(errno));
}

__attribute__((unused)) static int number_in_config(const char* key) {
  char quoted[64];
  snprintf(quoted, sizeof quoted, "\"%s\":", key);
  const char* found = strstr(the_instance.config, quoted);
  return found == NULL ? 0 : atoi(found + strlen(quoted));
}

DEED end_process(void) {
  exit(0);
}
// A fault, not raise(): as pid 1 of its namespace the worker would live on.
DEED crash(void) {
  *(volatile int*)nowhere = 1;
}
DEED hang(void) {
  while (!never) pause();
}
DEED spin(void) {
  while (!never) continue;
}

__attribute__((unused)) static void show_file(const char* path) {
  char text[16384];
  const int fd = open(path, O_RDONLY);
  if (fd < 0) {
    refused(path);
    return;
  }
  ssize_t got;
  while ((got = read(fd, text, sizeof text - 1)) > 0) {
    for (ssize_t i = 0; i < got; ++i) {
      if (text[i] == '\0') text[i] = '\n';
    }
    text[got] = '\0';
    tell(text);
  }
  close(fd);
}

// The folder is readable by everybody, so only the box stands in between.
DEED read_home(void) {
  DIR* folder = opendir(CHELA_BAD_VICTIM "/.ssh");
  if (folder != NULL) {
    closedir(folder);
    tell(CHELA_BAD_MARK " listed the home folder");
  }
  show_file(CHELA_BAD_VICTIM "/.ssh/id_ed25519");
}

__attribute__((unused)) static void try_address(const struct sockaddr* address, socklen_t size,
                                                int type) {
  const int fd = socket(address->sa_family, type, 0);
  if (fd < 0) {
    refused("socket");
    return;
  }
  if (connect(fd, address, size) == 0 && write(fd, CHELA_BAD_MARK, sizeof CHELA_BAD_MARK - 1) < 0)
    refused("write");
  close(fd);
}

DEED open_socket(void) {
  struct sockaddr_in inet = {.sin_family = AF_INET, .sin_port = htons(CHELA_BAD_PORT)};
  inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  try_address((const struct sockaddr*)&inet, sizeof inet, SOCK_STREAM);
  try_address((const struct sockaddr*)&inet, sizeof inet, SOCK_DGRAM);
  struct sockaddr_un local = {.sun_family = AF_UNIX};
  const int size =
      snprintf(local.sun_path + 1, sizeof local.sun_path - 1, "chela-bad-%d", CHELA_BAD_PORT);
  try_address((const struct sockaddr*)&local,
              (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)size), SOCK_STREAM);
}

DEED start_program(void) {
  const char* command =
      "echo " CHELA_BAD_MARK " >&2; echo " CHELA_BAD_MARK " > " CHELA_BAD_VICTIM "/open/exec";
  char* argv[] = {(char*)(uintptr_t) "sh", (char*)(uintptr_t) "-c", (char*)(uintptr_t)command,
                  NULL};
  execve("/bin/sh", argv, environ);
  refused("execve /bin/sh");
}

// "Without end" stops at 200 here, so that a hole in the box costs no machine.
DEED fork_on(void) {
  for (int i = 0; i < 200; ++i) {
    const pid_t child = fork();
    if (child < 0) {
      refused("fork");
      return;
    }
    if (child == 0) {
      tell(CHELA_BAD_MARK " forked");
      sleep(20);
      _exit(0);
    }
  }
}

DEED take_memory(void) {
  const size_t piece = (size_t)64 << 20;
  for (int i = 0; i < 64; ++i) {  // 4 GB
    char* bytes = malloc(piece);
    if (bytes == NULL) abort();  // as most programs do
    memset(bytes, 1 + i, piece);
  }
  tell(CHELA_BAD_MARK " took 4 GB");
}

DEED write_garbage(void) {
  const char* text = "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n";
  if (write(3, text, strlen(text)) < 0) refused("write");
}

DEED write_half_a_frame(void) {
  const uint32_t sizes[2] = {60, 40};
  const uint64_t id = 1;
  if (write(3, sizes, sizeof sizes) < 0 || write(3, &id, sizeof id) < 0 ||
      write(3, "{\"type\":", 8) < 0)
    refused("write");
}

// A frame of 60 bytes that would take half a minute.
DEED drip(void) {
  const uint32_t sizes[2] = {60, 40};
  const uint64_t id = 1;
  if (write(3, sizes, sizeof sizes) < 0 || write(3, &id, sizeof id) < 0) refused("write");
  for (int i = 0; i < 48; ++i) {
    if (write(3, " ", 1) < 0) refused("write");
    usleep(500 * 1000);
  }
}

// Says a key in every way it has, and fails with it.
DEED tell_secret(void) {
  const char* text = "refused: password=canary-93b1c7-do-not-tell";
  tell(text);
  snprintf(refusal, sizeof refusal, "%s", text);
}
DEED tell_secret_and_crash(void) {
  tell("refused: Authorization: Bearer canary-93b1c7-do-not-tell");
  *(volatile int*)nowhere = 1;
}

DEED write_half_a_frame_and_end(void) {
  write_half_a_frame();
  _exit(0);
}

// Goes behind the SDK: asks for a file in a frame of its own making, without a grant.
DEED forge_a_request(void) {
  const char* head =
      "{\"type\":\"service\",\"service\":\"chela.files/"
      "1\",\"op\":\"read\",\"args\":{\"max_bytes\":4096,\"quiet_ms\":0}}";
  const char* path = CHELA_BAD_VICTIM "/.ssh/id_ed25519";
  const uint32_t sizes[2] = {(uint32_t)(12 + strlen(head) + strlen(path)), (uint32_t)strlen(head)};
  const uint64_t id = 4711;
  char answer[8192];
  if (write(3, sizes, sizeof sizes) < 0 || write(3, &id, sizeof id) < 0 ||
      write(3, head, strlen(head)) < 0 || write(3, path, strlen(path)) < 0) {
    refused("write");
  }
  const ssize_t got = read(3, answer, sizeof answer - 1);
  for (ssize_t i = 0; i < got; ++i) {
    if (answer[i] < ' ' || answer[i] > '~') answer[i] = ' ';
  }
  answer[got > 0 ? got : 0] = '\0';
  tell(answer);
  snprintf(refusal, sizeof refusal, "asked for a file: %.400s", answer);
}

DEED say_invalid_json(void) {
  report_text = "{\"status\": \"ok\", ";
}
DEED say_deep_json(void) {
  static char deep[200001];
  memset(deep, '[', sizeof deep - 1);
  report_text = deep;
}
DEED say_invalid_utf8(void) {
  report_text =
      "{\"schema\":\"chela.check.report/"
      "1\",\"status\":\"warn\",\"findings\":[{\"key\":\"k\",\"class\":\"event\","
      "\"severity\":\"warn\",\"title\":\"caf\xe9\"}]}";
}
DEED say_wrong_types(void) {
  report_text =
      "{\"schema\":\"chela.check.report/"
      "1\",\"status\":\"warn\",\"findings\":[{\"key\":7,\"title\":[]}]}";
}

// Past the output limit of 8 MB, but not past the worker's memory; the next one is past both.
__attribute__((unused)) static void say_megabytes(int count) {
  static char piece[1 << 20];
  memset(piece, ' ', sizeof piece);
  for (int i = 0; i < count; ++i) the_report->put(the_report, (chela_str){piece, sizeof piece});
}
DEED say_20_megabytes(void) {
  say_megabytes(20);
}
DEED say_100_megabytes(void) {
  say_megabytes(100);
}

// Logs and prints without end.
DEED flood(void) {
  char line[1001];
  memset(line, 'x', sizeof line - 1);
  line[sizeof line - 1] = '\0';
  while (!never) tell(line);
}
DEED flood_a_little(void) {
  for (int i = 0; i < 5000; ++i) tell("the same again");
}

// Kills what it can: its parent and the process that its config names; the others are only tried
// with signal 0.
DEED kill_host(void) {
  const pid_t named = number_in_config("pid");
  if (getppid() > 1) kill(getppid(), SIGKILL);
  kill(named, SIGKILL);
  refused("kill");
  for (pid_t pid = 1; pid <= 300; ++pid) {
    if (pid != getpid() && kill(pid, 0) == 0) tell(CHELA_BAD_MARK " may signal others");
  }
  if (kill(named, 0) == 0 && named != getpid())
    tell(CHELA_BAD_MARK " may signal the one of its config");
}

DEED trace_host(void) {
  const pid_t pids[] = {getppid(), number_in_config("pid"), 1};
  for (size_t i = 0; i < sizeof pids / sizeof *pids; ++i) {
    if (ptrace(PTRACE_ATTACH, pids[i], NULL, NULL) == 0) tell(CHELA_BAD_MARK " traces a process");
  }
  refused("ptrace");
}

DEED read_environment(void) {
  for (char** at = environ; *at != NULL; ++at) tell(*at);
  const pid_t pids[] = {getppid(), number_in_config("pid"), 1};
  char path[64];
  for (size_t i = 0; i < sizeof pids / sizeof *pids; ++i) {
    snprintf(path, sizeof path, "/proc/%d/environ", (int)pids[i]);
    show_file(path);
  }
}

// Reads the canary at the address that the config names in the process that the config names.
DEED read_memory(void) {
  char bytes[65] = {0};
  const pid_t pid = number_in_config("pid");
  const char* found = strstr(the_instance.config, "\"address\":\"");
  const uintptr_t address = found == NULL ? 0 : (uintptr_t)strtoull(found + 11, NULL, 16);
  struct iovec mine = {bytes, sizeof bytes - 1};
  struct iovec theirs = {(void*)address, sizeof bytes - 1};
  if (process_vm_readv(pid, &mine, 1, &theirs, 1, 0) > 0) tell(bytes);
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
  const int fd = open(path, O_RDONLY);
  if (fd < 0) {
    refused(path);
    return;
  }
  if (pread(fd, bytes, sizeof bytes - 1, (off_t)address) > 0) tell(bytes);
  close(fd);
}

#ifdef CHELA_BAD_START
__attribute__((constructor)) static void start(void) {
  CHELA_BAD_START();
}
#endif

static chela_status create(const chela_host* host, const chela_call* call, chela_str config,
                           chela_instance** out) {
  (void)host;
  if (config.size >= sizeof the_instance.config) {
    return call->fail(call, CHELA_INVALID_ARGUMENT, CHELA_STR("the config is too long"));
  }
  memcpy(the_instance.config, config.data, config.size);
  *out = &the_instance;
  return CHELA_OK;
}

static void destroy(chela_instance* instance) {
  (void)instance;
}

static chela_status run(chela_instance* self, const chela_call* call, chela_str request,
                        const chela_sink* report) {
  (void)self;
  (void)request;
  the_call = call;
  the_report = report;
#ifdef CHELA_BAD_RUN
  CHELA_BAD_RUN();
#endif
  report->put(report, text_of(report_text));
  the_call = NULL;
  the_report = NULL;
  return refusal[0] == '\0' ? CHELA_OK
                            : call->fail(call, CHELA_PERMISSION_DENIED, text_of(refusal));
}

static const chela_check_ops ops = {{sizeof(chela_check_ops), 0, create, destroy, NULL}, run};
CHELA_C_PLUGIN(CHELA_KIND_CHECK, ops);
