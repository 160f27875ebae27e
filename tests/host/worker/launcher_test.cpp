// `chela-worker exec`: the job's program runs inside its grants, and what goes wrong before comes
// back as a value.
#include "worker/launcher.h"

#include "chela/json.h"
#include "host/worker/lab.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

namespace chela::worker::test {
namespace {

namespace fs = std::filesystem;
using base::Namespaces;

struct JobResult {
  std::string output;  // standard output and error
  std::string report;  // what came back on the job's socket
  base::Exit exit;
};

// Sends the job over a socket pair, as the host does.
JobResult run_text(const std::string& job, Namespaces namespaces) {
  int ends[2];
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  Fd ours(ends[0]);
  Fd theirs(ends[1]);
  Pipe output;
  base::SpawnRequest request;
  request.program = worker_program();
  request.argv = {"chela-worker", "exec"};
  request.fds = {{theirs.get(), 3}, {output.writer.get(), 1}, {output.writer.get(), 2}};
  request.namespaces = namespaces;
  request.identity = worker_identity();
  auto child = base::spawn(request);
  EXPECT_TRUE(child) << child.error().message;
  if (!child) return {};
  theirs.reset();
  output.writer.reset();
  EXPECT_EQ(::write(ours.get(), job.data(), job.size()), static_cast<ssize_t>(job.size()));
  ::shutdown(ours.get(), SHUT_WR);
  JobResult result;
  EXPECT_TRUE(read_lines(ours.get(), 1'000'000, 20'000, result.report));
  EXPECT_TRUE(read_lines(output.reader.get(), 1'000'000, 20'000, result.output)) << "it hangs";
  // The end of the output comes before the end of the program: many close it first.
  pollfd ended{child->pidfd(), POLLIN, 0};
  EXPECT_EQ(::poll(&ended, 1, 20'000), 1) << "it hangs";
  child->kill();
  result.exit = child->wait();
  return result;
}

class Launcher : public testing::Test {
 protected:
  Launcher() {
    char name[] = "/tmp/chela-launcher-XXXXXX";
    EXPECT_NE(::mkdtemp(name), nullptr);
    folder_ = name;
    for (const char* part : {"read", "write", "secret"}) {
      fs::create_directory(folder_ / part);
      std::ofstream(folder_ / part / "file") << part << "\n";
      own(folder_ / part);
      own(folder_ / part / "file");
    }
    own(folder_);
  }
  ~Launcher() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  static void own(const fs::path& path) {
    const auto identity = worker_identity();
    if (!identity) return;
    EXPECT_EQ(::chown(path.c_str(), identity->uid, identity->gid), 0);
  }

  json::object job(json::array argv) const {
    return {{"argv", std::move(argv)},
            {"cwd", (folder_ / "read").string()},
            {"read_paths", {(folder_ / "read").string()}},
            {"write_paths", {(folder_ / "write").string()}}};
  }

  JobResult run(const json::object& job, Namespaces namespaces = Namespaces::isolated) const {
    return run_text(json::serialize(job), namespaces);
  }
  JobResult shell(const std::string& script, Namespaces namespaces = Namespaces::isolated) const {
    return run(job({"bash", "-c", script, folder_.string()}), namespaces);
  }

  fs::path folder_;
};

TEST_F(Launcher, RunsTheProgramAndPassesItsExitCode) {
  const auto result = shell("cat file; exit 7");
  EXPECT_EQ(result.output, "read\n");
  EXPECT_EQ(result.report, "") << "success is an end of file without a byte";
  EXPECT_EQ(result.exit.code, 7);
}

TEST_F(Launcher, GivesTheEnvironmentOfTheJobOnly) {
  auto wanted = job({"env"});
  wanted["env"] = {"HOME=/home/ann", "LANG=C"};
  EXPECT_EQ(run(wanted).output, "HOME=/home/ann\nLANG=C\nPATH=/usr/local/bin:/usr/bin:/bin\n");
}

TEST_F(Launcher, KeepsTheProgramInsideItsGrants) {
  const struct {
    const char* name;
    const char* script;
    bool works;
  } cases[] = {
      {"reads a granted file", "cat $0/read/file", true},
      {"writes a granted file", "echo new > $0/write/new && mv $0/write/new $0/write/other", true},
      {"uses /dev/null", "echo x > /dev/null && cat < /dev/null", true},
      {"starts other programs", "ls /usr | sort | grep -q bin", true},
      {"reads elsewhere", "cat $0/secret/file", false},
      {"lists elsewhere", "ls $0/secret", false},
      {"writes a file that is granted for reading", "echo x > $0/read/file", false},
      {"creates beside", "echo x > $0/read/new", false},
      {"moves out of the grant", "mv $0/write/file $0/read/moved", false},
      {"reads /etc/shadow", "cat /etc/shadow", false},
      {"reads the environment of another process", "cat /proc/1/environ", false},
      {"runs what it has written", "cp /bin/true $0/write/own && $0/write/own", false},
      {"makes a namespace", "unshare --user true", false},
      {"makes a queue in shared memory", "ipcmk -M 4096", false},
  };
  for (const auto namespaces : {Namespaces::isolated, Namespaces::none}) {
    SCOPED_TRACE(namespaces == Namespaces::none ? "without namespaces" : "with namespaces");
    for (const auto& c : cases) {
      SCOPED_TRACE(c.name);
      const auto result = shell(c.script, namespaces);
      EXPECT_EQ(result.report, "");
      EXPECT_EQ(result.exit.ok(), c.works) << result.output;
    }
  }
}

// Landlock has no right for modes and times: the program is told that it worked.
TEST_F(Launcher, PretendsToChangeModesAndTimes) {
  const auto file = folder_ / "secret/file";
  const auto before = fs::last_write_time(file);
  fs::permissions(file, fs::perms::owner_read);
  const auto result = shell("chmod 777 $0/secret/file && touch -m -d 2001-01-01 $0/write/file");
  EXPECT_TRUE(result.exit.ok()) << result.output;
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read);
  EXPECT_EQ(fs::last_write_time(file), before);
}

TEST_F(Launcher, ReachesNoServer) {
  Fd server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(server.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(server.get(), 10), 0);
  socklen_t size = sizeof address;
  ASSERT_EQ(::getsockname(server.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string connect =
      "exec 9<>/dev/tcp/127.0.0.1/" + std::to_string(ntohs(address.sin_port));
  for (const auto namespaces : {Namespaces::isolated, Namespaces::none}) {
    EXPECT_FALSE(shell(connect, namespaces).exit.ok());
  }
}

TEST_F(Launcher, SignalsNobodyOutside) {
  Pipe output;
  base::SpawnRequest request;
  request.program = "/bin/sleep";
  request.argv = {"sleep", "600"};
  request.identity = worker_identity();
  auto outsider = base::spawn(request);
  ASSERT_TRUE(outsider);
  for (const auto namespaces : {Namespaces::isolated, Namespaces::none}) {
    const auto result = shell("kill -KILL " + std::to_string(outsider->pid()), namespaces);
    EXPECT_FALSE(result.exit.ok());
    EXPECT_FALSE(outsider->reap()) << "it must still be running";
  }
}

TEST_F(Launcher, StopsAtTheLimitsOfTheJob) {
  auto big_file = job({"bash", "-c", "head -c 3000000 /dev/zero > $0/write/big", folder_.string()});
  big_file["limits"] = {{"file_mb", 1}};
  EXPECT_FALSE(run(big_file).exit.ok());
  EXPECT_LE(fs::file_size(folder_ / "write/big"), 1024U * 1024U);
  auto busy = job({"bash", "-c", "while :; do :; done"});
  busy["limits"] = {{"cpu_s", 1}};
  EXPECT_EQ(run(busy).exit.signal, SIGKILL);
#ifdef CHELA_SANITIZED
  std::printf("skipped: the memory limit needs RLIMIT_AS, which sanitizers do not bear\n");
#else
  auto hungry =
      job({"bash", "-c",
           "head -c 200000000 /dev/zero | tail -c 200000000 > /dev/null; exit ${PIPESTATUS[1]}"});
  hungry["limits"] = {{"memory_mb", 100}};
  EXPECT_FALSE(run(hungry).exit.ok());
#endif
}

TEST_F(Launcher, LetsGitWorkInAFolderThatItMayWrite) {
  if (!fs::exists("/usr/bin/git")) GTEST_SKIP() << "no git on this machine";
  const auto result =
      run({{"argv",
            {"bash", "-ec",
             "git init -q . && echo x > a && git add a && git commit -qm first && "
             "git mv a b && git commit -qam second && git gc -q && git status --short && "
             "git rev-list --count HEAD"}},
           {"cwd", (folder_ / "write").string()},
           {"env",
            {"HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=a",
             "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=a",
             "GIT_COMMITTER_EMAIL=a@example.org"}},
           {"write_paths", {(folder_ / "write").string()}}});
  EXPECT_TRUE(result.exit.ok());
  EXPECT_EQ(result.output, "?? file\n2\n");
}

TEST_F(Launcher, SaysWhatIsWrongBeforeTheStart) {
  const struct {
    const char* name;
    std::string job;
    ErrorCode code;
    const char* words;
  } cases[] = {
      {"no JSON", "{", ErrorCode::invalid_argument, "not valid JSON"},
      {"no argv", "{}", ErrorCode::invalid_argument, "argv: wanted at least a program"},
      {"argv no list", R"({"argv":"ls"})", ErrorCode::invalid_argument,
       "argv: wanted a list of texts, found \"ls\""},
      {"NUL", R"({"argv":["ls","a\u0000b"]})", ErrorCode::invalid_argument,
       "argv: wanted a list of texts"},
      {"unknown program", R"({"argv":["no-such-program"]})", ErrorCode::not_found,
       "'no-such-program' is not in /usr/local/bin:/usr/bin:/bin"},
      {"program elsewhere", R"({"argv":["/tmp/evil"]})", ErrorCode::permission_denied,
       "found '/tmp/evil'"},
      {"path with dots", R"({"argv":["/usr/bin/../../tmp/evil"]})", ErrorCode::permission_denied,
       "found"},
      {"relative grant", R"({"argv":["ls"],"read_paths":["work"]})", ErrorCode::invalid_argument,
       "read_paths: wanted absolute paths, found 'work'"},
      {"missing grant", R"({"argv":["ls"],"write_paths":["/nonexistent/work"]})",
       ErrorCode::not_found, "granted path /nonexistent/work: No such file"},
      {"missing folder", R"({"argv":["ls"],"cwd":"/nonexistent"})", ErrorCode::not_found,
       "/nonexistent"},
      {"negative limit", R"({"argv":["ls"],"limits":{"cpu_s":-1}})", ErrorCode::invalid_argument,
       "limits.cpu_s: wanted 0 to 1000000, found -1"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto result = run_text(c.job, Namespaces::isolated);
    EXPECT_EQ(result.exit.code, 126);
    EXPECT_EQ(result.output, "");
    const auto report = parse_json(result.report);
    ASSERT_TRUE(report) << result.report;
    EXPECT_EQ(get_int(*report, "status"), static_cast<int>(c.code));
    const auto message = get_string(*report, "message");
    EXPECT_NE(message.find(c.words), std::string::npos) << message;
  }
}

// Read paths of a manifest differ between machines; one that is missing must neither stop the
// program nor open anything.
TEST_F(Launcher, PassesOverReadPathsThatAreMissingAndOpensNothingForThem) {
  const fs::path secret = folder_ / "secret";
  const auto in_secret = [&](const char* name) { return (secret / name).string(); };
  fs::create_symlink(secret / "later", folder_ / "dangling");
  auto wanted =
      job({"bash", "-c",
           "cat file; cat " + in_secret("file") + " || echo closed; touch " +
               (folder_ / "write" / "go").string() + "; for i in {1..2000}; do [ -e " +
               in_secret("later") + " ] && break; sleep 0.01; done; cat " + in_secret("later") +
               " || echo still closed; ls " + secret.string() + " || echo no list"});
  wanted["read_paths"] = {in_secret("later"), in_secret("none/below"), in_secret("file/below"),
                          (folder_ / "dangling").string(), (folder_ / "read").string()};
  std::thread later([&] {
    for (int i = 0; i < 2000 && !fs::exists(folder_ / "write" / "go"); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::ofstream(secret / "later") << "leaked\n";
    own(secret / "later");
  });
  const auto result = run(wanted);
  later.join();
  EXPECT_EQ(result.report, "");
  EXPECT_TRUE(result.output.starts_with("read\n")) << result.output;
  for (const char* words : {"\nclosed\n", "\nstill closed\n", "\nno list\n"})
    EXPECT_NE(result.output.find(words), std::string::npos) << words << result.output;
  EXPECT_EQ(result.output.find("leaked"), std::string::npos) << result.output;
}

TEST_F(Launcher, TakesAProgramByNameOrBySystemPath) {
  for (const char* name : {"env", "/usr/bin/env"}) {
    const auto program = find_program(name);
    ASSERT_TRUE(program) << name;
    EXPECT_EQ(*program, "/usr/bin/env");
  }
}

}  // namespace
}  // namespace chela::worker::test
