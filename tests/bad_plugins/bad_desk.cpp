#include "bad_plugins/bad_desk.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <regex>

namespace chela::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

// Before every fork, so that a child has it at the same address.
char canary_in_memory[64];

const fs::path kVictim = CHELA_BAD_VICTIM;

// What a person can do stands at the end of each line.
constexpr const char* kAdvice =
    "chela disable|chela enable|rebuild|build it again|chmod|chown|remove|update chela|in the "
    "manifest";

int listener(const sockaddr* address, socklen_t size, int type) {
  const int fd = socket(address->sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  EXPECT_EQ(bind(fd, address, size), 0)
      << "a listener for the bad plugins: " << std::strerror(errno);
  if (type == SOCK_STREAM) {
    EXPECT_EQ(listen(fd, 16), 0);
  }
  return fd;
}

bool has_news(int fd) {
  pollfd wait{fd, POLLIN, 0};
  return poll(&wait, 1, 0) > 0;
}

}  // namespace

Victim::Victim() {
  fs::remove_all(kVictim);
  spill(kVictim / ".ssh/id_ed25519", std::string(kCanary) + "\n");
  fs::create_directories(kVictim / "open");
  fs::permissions(kVictim / "open", fs::perms::all);

  sockaddr_in inet{};
  inet.sin_family = AF_INET;
  inet.sin_port = htons(CHELA_BAD_PORT);
  inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  tcp_ = listener(reinterpret_cast<const sockaddr*>(&inet), sizeof inet, SOCK_STREAM);
  udp_ = listener(reinterpret_cast<const sockaddr*>(&inet), sizeof inet, SOCK_DGRAM);
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  const int size =
      std::snprintf(local.sun_path + 1, sizeof local.sun_path - 1, "chela-bad-%d", CHELA_BAD_PORT);
  local_ = listener(
      reinterpret_cast<const sockaddr*>(&local),
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + static_cast<std::size_t>(size)),
      SOCK_STREAM);

  std::snprintf(canary_in_memory, sizeof canary_in_memory, "%s", kCanary);
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    while (true) pause();
  }
}

Victim::~Victim() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  for (const int fd : {tcp_, udp_, local_}) ::close(fd);
}

std::string Victim::address() const {
  char text[32];
  std::snprintf(text, sizeof text, "%zx", reinterpret_cast<std::size_t>(canary_in_memory));
  return text;
}

std::vector<std::string> Victim::harm() {
  std::vector<std::string> harm;
  if (has_news(tcp_)) harm.emplace_back("a TCP connection");
  if (has_news(udp_)) harm.emplace_back("a UDP packet");
  if (has_news(local_)) harm.emplace_back("a connection to an abstract socket");
  for (const auto& entry : fs::directory_iterator(kVictim / "open")) {
    harm.push_back("a file '" + entry.path().filename().string() + "'");
  }
  if (waitpid(pid_, nullptr, WNOHANG) != 0) harm.emplace_back("the other process was ended");
  return harm;
}

BadDesk::BadDesk() {
  prctl(PR_SET_CHILD_SUBREAPER, 1);  // what outlives chela becomes ours and is seen
  without_builtins();
  env["HOME"] = kVictim.string();
  env["CHELA_TEST_TOKEN"] = kCanary;
}

fs::path BadDesk::install(const std::string& plugin, const std::string& as) const {
  const fs::path to = chela_home() / "plugins" / ((as.empty() ? plugin : as) + ".so");
  fs::copy_file(fs::path(CHELA_BAD_PLUGINS) / (plugin + ".so"), to,
                fs::copy_options::overwrite_existing);
  return to;
}

void BadDesk::enable(const std::string& id, const std::string& plugin,
                     const std::string& more) const {
  spill(manifest("checks", id),
        "id: " + id + "\nplugin: " + plugin + "\nevery: 1h\ndeadline: 2s\n" + more);
}

Ticked BadDesk::tick(std::vector<std::string> words) const {
  words.insert(words.begin(), "tick");
  words.emplace_back("--json");
  Ticked ticked;
  ticked.outcome = chela(std::move(words));
  const auto document = parse_json(ticked.outcome.out);
  if (!document) return ticked;
  ticked.problems = get_strings(*document, "problems");
  ticked.ran = get_strings(*document, "ran");
  ticked.lines = get_strings(*document, "lines");
  return ticked;
}

std::string BadDesk::all_traces(const Outcome& outcome) const {
  std::string all = outcome.out + outcome.err;
  for (const auto& entry : fs::recursive_directory_iterator(root())) {
    if (entry.is_regular_file() && entry.path().extension() != ".so") all += slurp(entry.path());
  }
  return all;
}

std::vector<std::string> left_behind(pid_t but) {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string stat = slurp(entry.path() / "stat");
    const auto close = stat.rfind(')');
    if (close == std::string::npos || stat.size() < close + 4 || stat[close + 2] == 'Z') continue;
    const bool is_ours =
        std::atoi(stat.c_str() + close + 4) == getpid() && std::atoi(name.c_str()) != but;
    if (is_ours) found.push_back(name + " " + stat.substr(0, close + 1));
  }
  return found;
}

void expect_one_line(const Ticked& ticked, const std::string& plugin, const std::string& words) {
  EXPECT_EQ(ticked.outcome.exit_code, 1) << ticked.outcome.out << ticked.outcome.err;
  ASSERT_THAT(ticked.problems, SizeIs(1)) << ticked.outcome.out << ticked.outcome.err;
  const std::string& line = ticked.problems.front();
  EXPECT_THAT(line, HasSubstr(plugin));
  EXPECT_TRUE(std::regex_search(line, std::regex(words))) << line << "\n  lacks  " << words;
  EXPECT_TRUE(std::regex_search(line, std::regex(kAdvice))) << line << "\n  says not what to do";
  EXPECT_EQ(line.find('\n'), std::string::npos) << line;
  EXPECT_LT(line.size(), 1500u) << line;
}

void expect_good_goes_on(const BadDesk& desk, const Ticked& all) {
  EXPECT_THAT(all.ran, ::testing::Contains("good"));
  const Ticked next = desk.tick({"--check", "good"});
  EXPECT_EQ(next.outcome.exit_code, 0) << next.outcome.out << next.outcome.err;
  EXPECT_THAT(next.ran, UnorderedElementsAre("good"));
}

void expect_nothing_got_out(const BadDesk& desk, const Ticked& ticked, Victim& victim) {
  const std::string traces = desk.all_traces(ticked.outcome);
  EXPECT_THAT(traces, Not(HasSubstr(kCanary)));
  EXPECT_THAT(traces, Not(HasSubstr(CHELA_BAD_MARK)));
  EXPECT_THAT(victim.harm(), IsEmpty());
  EXPECT_THAT(left_behind(victim.pid()), IsEmpty());
}

}  // namespace chela::test
