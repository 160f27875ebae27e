// Stands in for 1Password's `op`: what it does is the item of the reference, or what the file
// op-mode in HOME says. Plain C without sanitizers; leaves what it saw in HOME.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

extern char** environ;

static const struct {
  const char* mode;
  const char* text;
} kTexts[] = {
    {"signed-out",
     "[ERROR] 2026/11/22 05:40:11 You are not currently signed in. Please run `op signin --help` "
     "for instructions\n"},
    {"not-signed-in", "[ERROR] 2026/11/22 05:40:11 account is not signed in\n"},
    {"session-over",
     "[ERROR] 2026/11/22 05:40:11 session expired, sign in to create a new session\n"},
    {"locked", "[ERROR] 2026/11/22 05:40:11 error initializing client: 1Password is locked\n"},
    {"dismissed",
     "[ERROR] 2026/11/22 05:40:11 error initializing client: authorization prompt dismissed, "
     "please try again\n"},
    {"prompt-timeout",
     "[ERROR] 2026/11/22 05:40:11 error initializing client: authorization timeout\n"},
    {"no-app",
     "[ERROR] 2026/11/22 05:40:11 error initializing client: connecting to desktop app: cannot "
     "connect, make sure the app is installed and unlocked\n"},
    {"no-account",
     "[ERROR] 2026/11/22 05:40:11 No accounts configured for use with 1Password CLI.\n"},
    {"no-item",
     "[ERROR] 2026/11/22 05:40:11 \"1Password is locked\" isn't an item in the \"V\" vault. "
     "Specify the item with its UUID, name, or domain.\n"},
    {"no-vault", "[ERROR] 2026/11/22 05:40:11 \"V\" isn't a vault in this account.\n"},
    {"no-field",
     "[ERROR] 2026/11/22 05:40:11 could not read secret 'op://V/no-field/f': item 'V/no-field' "
     "does not have a field 'f'\n"},
    {"too-many",
     "[ERROR] 2026/11/22 05:40:11 (429) Too Many Requests: You've reached the maximum number of "
     "this type of requests. Please retry in 58 minutes or try other requests.\n"},
    {"bad-token",
     "[ERROR] 2026/11/22 05:40:11 Signin credentials are not compatible with the provided user "
     "auth from server\n"},
    {"no-network", "[ERROR] 2026/11/22 05:40:11 dial tcp: lookup my.1password.com: no such host\n"},
    {"unknown", "[ERROR] 2026/11/22 05:40:11 the moon is in the wrong house\n"},
    {"tells-it", "[ERROR] 2026/11/22 05:40:11 debug: field is canary-7f3a9c2e51d08b64\n"},
    {"silent", ""},
};

static int at_home(const char* name, int flags) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", getenv("HOME"), name);
  return open(path, flags | O_CLOEXEC, 0600);
}

static void say(int fd, const char* text) {
  if (write(fd, text, strlen(text)) < 0) _exit(99);
}

static void remember(int argc, char** argv) {
  char line[512];
  const int seen = at_home("op-seen", O_WRONLY | O_CREAT | O_TRUNC);
  for (int i = 0; i < argc; ++i) dprintf(seen, "argv %s\n", argv[i]);
  for (char** variable = environ; *variable != NULL; ++variable) {
    dprintf(seen, "env %s\n", *variable);
  }
  struct rlimit core;
  getrlimit(RLIMIT_CORE, &core);
  dprintf(seen, "core %lu\n", (unsigned long)core.rlim_max);
  dprintf(seen, "session %s\n", getsid(0) == getpid() ? "own" : "shared");
  const ssize_t size = readlink("/proc/self/fd/0", line, sizeof line - 1);
  line[size < 0 ? 0 : size] = '\0';
  dprintf(seen, "stdin %s\n", line);
  const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
  dprintf(seen, "terminal %s\n", terminal < 0 ? "none" : "there");
  const int runs = at_home("op-runs", O_WRONLY | O_CREAT | O_APPEND);
  // Held until the end: another one at the same time cannot have it.
  const int busy = at_home("op-busy", O_WRONLY | O_CREAT);
  dprintf(runs, "%s %s\n", flock(busy, LOCK_EX | LOCK_NB) == 0 ? "run" : "overlap", argv[argc - 1]);
}

static void note_pid(void) {
  const int pids = at_home("op-pids", O_WRONLY | O_CREAT | O_APPEND);
  dprintf(pids, "%d\n", (int)getpid());
}

static void print_value(void) {
  char value[4096];
  const int file = at_home("op-value", O_RDONLY);
  const ssize_t size = file < 0 ? 0 : read(file, value, sizeof value);
  if (size <= 0) {
    say(1, "canary-7f3a9c2e51d08b64");
    return;
  }
  if (write(1, value, (size_t)size) < 0) _exit(99);
}

static void sleep_for_ever(void) {
  note_pid();
  for (;;) pause();
}

int main(int argc, char** argv) {
  remember(argc, argv);
  if (argc != 4 || strcmp(argv[1], "read") != 0 || strcmp(argv[2], "--no-newline") != 0) return 64;
  char mode[256] = "";
  const int file = at_home("op-mode", O_RDONLY);
  if (file >= 0) {
    const ssize_t size = read(file, mode, sizeof mode - 1);
    mode[size < 0 ? 0 : size] = '\0';
  } else {
    sscanf(argv[3], "op://%*[^/]/%255[^/]", mode);
  }
  for (size_t i = 0; i < sizeof kTexts / sizeof kTexts[0]; ++i) {
    if (strcmp(mode, kTexts[i].mode) != 0) continue;
    say(2, kTexts[i].text);
    return 1;
  }
  if (strncmp(mode, "slow", 4) == 0) {
    usleep(150 * 1000);
    print_value();
  } else if (strcmp(mode, "hang") == 0) {
    sleep_for_ever();
  } else if (strcmp(mode, "hang-with-child") == 0) {
    if (fork() == 0) sleep_for_ever();  // holds both pipes
    sleep_for_ever();
  } else if (strcmp(mode, "child-stays") == 0) {
    print_value();
    if (fork() == 0) sleep_for_ever();  // in the session: ends with op
  } else if (strcmp(mode, "daemon-stays") == 0) {
    print_value();
    if (fork() == 0) {
      setsid();  // as op's own daemon does
      sleep_for_ever();
    }
  } else if (strcmp(mode, "flood") == 0) {
    static char block[1 << 16];
    memset(block, 'x', sizeof block);
    for (int i = 0; i < 1 << 14; ++i) {
      if (write(1, block, sizeof block) < 0) return 1;
    }
  } else if (strcmp(mode, "error-flood") == 0) {
    for (int i = 0; i < 100000; ++i) say(2, "[ERROR] 2026/11/22 05:40:11 the sky falls\n");
    return 1;
  } else if (strcmp(mode, "garbage") == 0) {
    if (write(1,
              "\x7f"
              "ELF\x00\xff\xfe\x01",
              8) < 0)
      return 1;
  } else if (strcmp(mode, "crash") == 0) {
    raise(SIGSEGV);
  } else if (strcmp(mode, "newline") == 0) {
    print_value();
    say(1, "\n");
  } else if (strcmp(mode, "nothing") == 0) {
    return 0;
  } else if (strcmp(mode, "odd-exit") == 0) {
    return 7;
  } else {
    print_value();
  }
  return 0;
}
