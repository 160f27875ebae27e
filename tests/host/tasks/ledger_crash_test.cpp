// kill -9 at random moments: every commit is whole or absent, and none that was answered is lost.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "host/tasks/ledger_fixture.h"

namespace chela::tasks {
namespace {

// Commits ticks from the stored one on, for ever; tells each committed number through the pipe.
[[noreturn]] void commit_for_ever(const std::filesystem::path& file, TickRecord (*tick)(int),
                                  int pipe) {
  auto ledger = Ledger::open(file);
  if (!ledger) _exit(3);
  const auto snapshot = ledger->load();
  if (!snapshot) _exit(4);
  int n = snapshot->checks.empty() ? 0 : snapshot->checks[0].consecutive_failures;
  for (;;) {
    if (!ledger->commit(tick(++n))) _exit(5);
    if (::write(pipe, &n, sizeof n) != sizeof n) _exit(6);
    if (n % 3 == 0) {
      const auto rows = ledger->outbox();
      if (!rows || (!rows->empty() && !ledger->outbox_done(rows->front().id))) _exit(7);
    }
  }
}

TEST_F(LedgerTest, SurvivesKillNineAtTwoHundredRandomMoments) {
  std::minstd_rand random(20261122);
  int last = 0;
  int commits = 0;
  for (int round = 0; round < 200; ++round) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(pipe[0]);
      commit_for_ever(file_, &tick, pipe[1]);
    }
    ::close(pipe[1]);
    int answered = last;
    // Most rounds begin to count at the first answer, however slow the machine; the others may hit
    // the opening.
    ssize_t got = sizeof answered;
    if (round % 5 != 0) got = ::read(pipe[0], &answered, sizeof answered);
    ASSERT_EQ(got, ssize_t{sizeof answered});
    ::usleep(std::uniform_int_distribution<unsigned>(0, 10000)(random));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "child gave up with code " << WEXITSTATUS(status);
    for (int n = 0; ::read(pipe[0], &n, sizeof n) == sizeof n;) answered = n;
    ::close(pipe[0]);

    auto ledger = Ledger::open(file_);
    ASSERT_TRUE(ledger) << ledger.error().message;
    const auto snapshot = ledger->load();
    ASSERT_TRUE(snapshot) << snapshot.error().message;
    const int n = snapshot->checks.empty() ? 0 : snapshot->checks[0].consecutive_failures;
    ASSERT_GE(n, answered) << "an answered commit was lost";
    ASSERT_LE(n, answered + 1);
    commits += n - last;
    last = n;
    if (n == 0) continue;
    const std::string number = std::to_string(n);
    ASSERT_EQ(snapshot->alerts.size(), 1u);
    ASSERT_EQ(snapshot->alerts[0].key, "k" + number);
    ASSERT_EQ(snapshot->state_file, number);
    ASSERT_EQ(snapshot->checks[0].cursor, json::value({{"n", n}}));
    ASSERT_EQ(snapshot->tasks.size(), static_cast<std::size_t>(n));
    ASSERT_EQ(ledger->seen("disk")->size(), static_cast<std::size_t>(std::min(n, 5000)));
    ASSERT_EQ(ledger->runs("disk")->size(), static_cast<std::size_t>(std::min(n, 200)));
    // Nothing owed is lost or doubled: what is left is the unbroken tail of all rows ever appended.
    ASSERT_FALSE(snapshot->outbox.empty());
    int expected = n;
    for (auto row = snapshot->outbox.rbegin(); row != snapshot->outbox.rend(); ++row, --expected) {
      ASSERT_EQ(row->task_id, "t" + std::to_string(expected));
    }
    ASSERT_GE(static_cast<int>(snapshot->outbox.size()), n - n / 3);
  }
  std::printf("200 kills, %d commits\n", commits);
  EXPECT_GE(commits, 160);
}

}  // namespace
}  // namespace chela::tasks
