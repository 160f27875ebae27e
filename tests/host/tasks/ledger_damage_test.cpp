// Damaged, foreign, newer, read-only and full: each is said clearly and nothing more is broken.
#include <grp.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "host/tasks/ledger_fixture.h"
#include "services/sqlite_damage.h"
#include "tasks/ledger_schema.h"

namespace chela::tasks {

using services::Database;
namespace {

using namespace std::chrono_literals;

// Runs `body` in a child process that may give up rights; returns its exit code.
int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) _exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

struct DamagedLedger : LedgerTest {
  // A closed ledger with `count` ticks in it.
  void fill(int count) {
    auto ledger = Ledger::open(file_);
    ASSERT_TRUE(ledger);
    for (int n = 1; n <= count; ++n) ASSERT_TRUE(ledger->commit(tick(n)));
  }
};

TEST_F(DamagedLedger, RefusesANewerVersionAndTouchesNothing) {
  fill(3);
  std::string bytes = read(file_);
  bytes[63] = 7;  // the header's user_version, big-endian
  write(file_, bytes);
  const auto refused = Ledger::open(file_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::failed_precondition);
  EXPECT_NE(refused.error().message.find("version 7"), std::string::npos)
      << refused.error().message;
  EXPECT_NE(refused.error().message.find("up to version " + std::to_string(kLedgerVersion)),
            std::string::npos);
  EXPECT_EQ(read(file_), bytes);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(DamagedLedger, RefusesANewerVersionThatStandsInTheLogOnly) {
  fill(1);
  std::string before;
  const auto log = file_.string() + "-wal";
  const auto bump = [&] {
    auto database = Database::open(file_, 1s);
    database->leave_log_on_close(true);
    return database->script("PRAGMA user_version = 7") ? 0 : 1;
  };
  ASSERT_EQ(in_child(bump), 0);
  before = read(file_) + read(log);
  ASSERT_FALSE(read(log).empty());
  const auto refused = Ledger::open(file_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::failed_precondition);
  EXPECT_EQ(read(file_) + read(log), before);
}

TEST_F(DamagedLedger, RefusesAnotherProgramsDatabase) {
  {
    write(file_, "");
    auto database = Database::open(file_, 1s);
    ASSERT_TRUE(database->script("CREATE TABLE songs(name TEXT); PRAGMA application_id = 1;"));
  }
  EXPECT_EQ(Ledger::open(file_).error().code, ErrorCode::failed_precondition);
  {
    write(file_, "");
    auto database = Database::open(file_, 1s);
    ASSERT_TRUE(database->script("CREATE TABLE songs(name TEXT)"));
  }
  const auto bytes = read(file_);
  EXPECT_EQ(Ledger::open(file_).error().code, ErrorCode::failed_precondition);
  EXPECT_EQ(read(file_), bytes);
}

TEST_F(DamagedLedger, NamesWhatIsNoDatabaseAndSetsItAside) {
  const struct {
    const char* name;
    std::string bytes;
  } cases[] = {
      {"text", "hello"},
      {"long text", std::string(5000, 'x')},
      {"only the magic", std::string("SQLite format 3\0", 16)},
      {"magic and noise", std::string("SQLite format 3\0", 16) + std::string(4000, '\x5a')}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    write(file_, c.bytes);
    write(file_.string() + "-wal", "old log");
    const auto refused = Ledger::open(file_);
    ASSERT_FALSE(refused);
    if (std::string(c.name) != "magic and noise") {
      EXPECT_EQ(refused.error().code, ErrorCode::data_loss);
    }
    EXPECT_NE(refused.error().message.find(file_.string()), std::string::npos);
    const auto aside = services::set_aside_database(file_, Timestamp{24h * 20000 + 1h});
    ASSERT_TRUE(aside) << aside.error().message;
    EXPECT_NE(aside->string().find("ledger.db.damaged-20241004T010000Z"), std::string::npos)
        << *aside;
    EXPECT_EQ(read(*aside), c.bytes);
    EXPECT_EQ(read(aside->string() + "-wal"), "old log");
    EXPECT_FALSE(std::filesystem::exists(file_.string() + "-wal"));
    auto fresh = Ledger::open(file_);
    ASSERT_TRUE(fresh) << fresh.error().message;
    EXPECT_TRUE(fresh->load()->checks.empty());
  }
}

TEST_F(DamagedLedger, SettingAsideNothingIsNoError) {
  EXPECT_TRUE(services::set_aside_database(file_, Timestamp{1h}));
}

// Each page in turn is overwritten; after a crash the damage is found when opening.
TEST_F(DamagedLedger, FindsADamagedPageAfterACrash) {
  fill(40);
  const auto good = read(file_);
  ASSERT_EQ(in_child([&] {
              auto ledger = Ledger::open(file_);
              static_cast<void>(ledger->commit(tick(41)).has_value());
              ::kill(::getpid(), SIGKILL);
              return 0;
            }),
            100 + SIGKILL);
  const auto log = read(file_.string() + "-wal");
  ASSERT_FALSE(log.empty());
  int found = 0;
  int pages = 0;
  for (std::size_t at = 4096; at + 4096 <= good.size(); at += 4096, ++pages) {
    SCOPED_TRACE(at / 4096);
    std::string bad = good;
    std::fill(bad.begin() + static_cast<std::ptrdiff_t>(at),
              bad.begin() + static_cast<std::ptrdiff_t>(at) + 4096, '\x7e');
    write(file_, bad);
    write(file_.string() + "-wal", log);
    std::filesystem::remove(file_.string() + "-shm");
    auto ledger = Ledger::open(file_);
    if (ledger) continue;  // the log holds a newer copy of this page
    EXPECT_EQ(ledger.error().code, ErrorCode::data_loss) << ledger.error().message;
    ++found;
  }
  std::printf("%d of %d damaged pages found, the others are in the log\n", found, pages);
  EXPECT_GT(found, 0);
  write(file_, good);
  write(file_.string() + "-wal", log);
  std::filesystem::remove(file_.string() + "-shm");
  auto ledger = Ledger::open(file_);
  ASSERT_TRUE(ledger);
  EXPECT_EQ(ledger->load()->checks.at(0).consecutive_failures, 41);
}

TEST_F(DamagedLedger, SaysWhereItCannotWrite) {
  fill(2);
  std::filesystem::permissions(file_, std::filesystem::perms(0444));
  std::filesystem::permissions(folder_, std::filesystem::perms(0555));
  const int code = in_child([&] {
    if (::geteuid() == 0 &&
        (::setgroups(0, nullptr) != 0 || ::setgid(65534) != 0 || ::setuid(65534) != 0)) {
      return 90;
    }
    const auto ledger = Ledger::open(file_);
    return ledger ? 0 : static_cast<int>(ledger.error().code);
  });
  std::filesystem::permissions(folder_, std::filesystem::perms(0755));
  if (code == 90) GTEST_SKIP() << "cannot become another user here";
  EXPECT_EQ(code, static_cast<int>(ErrorCode::permission_denied));
  std::filesystem::permissions(file_, std::filesystem::perms(0644));
  EXPECT_EQ(Ledger::open(file_)->load()->checks.at(0).consecutive_failures, 2);
}

// Commits ever larger ticks until one is refused. 0: refused as resource_exhausted, everything
// before is whole, and the same ledger goes on once `make_room` was called.
int fill_up(const std::filesystem::path& file, TickRecord (*tick)(int),
            const std::function<void()>& make_room) {
  auto ledger = Ledger::open(file);
  if (!ledger) return 20;
  int n = 0;
  for (;;) {
    auto record = tick(n + 1);
    record.meta["ballast" + std::to_string(n)] = std::string(40000, 'b');
    const auto committed = ledger->commit(record);
    if (committed) {
      if (++n > 1000) return 21;
      continue;
    }
    if (committed.error().code != ErrorCode::resource_exhausted) {
      std::fprintf(stderr, "%s\n", committed.error().message.c_str());
      return 22;
    }
    break;
  }
  if (n < 3) return 23;
  const auto snapshot = ledger->load();
  if (!snapshot || snapshot->checks[0].consecutive_failures != n) return 24;
  if (snapshot->tasks.size() != static_cast<std::size_t>(n) || snapshot->alerts.size() != 1)
    return 25;
  make_room();
  if (!ledger->commit(tick(n + 1))) return 26;
  return ledger->load()->checks[0].consecutive_failures == n + 1 ? 0 : 27;
}

TEST_F(DamagedLedger, GoesOnAfterAFullDisk) {
  const auto disk = folder_ / "disk";
  std::filesystem::create_directory(disk);
  if (::mount("none", disk.c_str(), "tmpfs", 0, "size=600k") != 0)
    GTEST_SKIP() << "may not mount here";
  write(disk / "ballast", std::string(120000, 'x'));
  const int code = in_child([&] {
    return fill_up(disk / "ledger.db", &tick, [&] { std::filesystem::remove(disk / "ballast"); });
  });
  ::umount2(disk.c_str(), MNT_DETACH);
  EXPECT_EQ(code, 0);
}

TEST_F(DamagedLedger, GoesOnAfterAFileSizeLimit) {
  const int code = in_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{500000, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    return fill_up(file_, &tick, [] {
      const rlimit wide{RLIM_INFINITY, RLIM_INFINITY};
      ::setrlimit(RLIMIT_FSIZE, &wide);
    });
  });
  EXPECT_EQ(code, 0);
}

}  // namespace
}  // namespace chela::tasks
