// The story of a person and their alerts: what is said, acknowledged, put off, and what waits for
// another check.
#include "scenarios/story.h"

namespace chela::test {
namespace {

// The lamp: out in run 1, alight in the runs 2 and 3, out in 4 and 5, alight in 6 and 7 ...
class Alerts : public ::testing::Test {
 protected:
  void SetUp() override { desk_.without_builtins(); }
  std::string beat() const {
    const auto outcome = desk_.chela({"tick", "--all"});
    EXPECT_EQ(outcome.err, "");
    EXPECT_EQ(outcome.exit_code, 0);
    return outcome.out;
  }
  json::value alert(std::size_t index = 0) const {
    const auto listed = desk_.chela_json({"alert", "list"});
    const auto& alerts = listed.at("alerts").as_array();
    EXPECT_GT(alerts.size(), index);
    return alerts.size() > index ? alerts[index] : json::value(json::object());
  }

  Desk desk_;
};

TEST_F(Alerts, ARunThatReportsItTwiceIsNeededAndThenItIsSaid) {
  add_flicker(desk_, "lamps", "conditions: 1, events: false", "alerts: {failures: 2}\n");
  EXPECT_EQ(beat(), "HEARTBEAT_OK\n");
  EXPECT_EQ(beat(), "HEARTBEAT_OK\n") << "reported once";
  EXPECT_TRUE(read_tasks(slurp(desk_.workspace() / "TASKS.md")).empty());
  EXPECT_TRUE(beat().starts_with("[warn] lamps: lamp-0 flickers (task "));
  EXPECT_TRUE(beat().starts_with("[recovered] lamps: lamp-0 flickers, after "));
}

TEST_F(Alerts, CanBeAcknowledgedBySeveralNamesAndThatIsShownAndTakenBack) {
  add_flicker(desk_, "lamps", "conditions: 1, events: false");
  beat();
  beat();
  const std::string task = get_string(alert(), "task");
  for (const std::string& name : {std::string("lamps/lamp-0"), task, std::string("lamps")}) {
    SCOPED_TRACE(name);
    const auto outcome = desk_.chela({"alert", "ack", name, "--note", "new bulb\nordered"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.out,
              "acknowledged lamps/lamp-0: lamp-0 flickers (no reminders until its severity "
              "changes)\n");
    EXPECT_EQ(get_string(alert().at("acknowledged"), "note"), "new bulb ordered");
    EXPECT_NE(desk_.chela({"alert", "list"}).out.find("lamp-0 flickers (acknowledged)"),
              std::string::npos);
    EXPECT_EQ(desk_.chela({"alert", "resume", name}).out, "lamps/lamp-0 is heard again\n");
    EXPECT_TRUE(alert().at("acknowledged").is_null());
  }
}

TEST_F(Alerts, ASnoozedCheckGoesOnRunningAndSaysNothing) {
  add_flicker(desk_, "lamps", "conditions: 1");
  beat();
  const auto snoozed = desk_.chela({"alert", "snooze", "lamps", "2h"});
  EXPECT_EQ(snoozed.out, "lamps goes on running; nothing of it is said for 2h\n") << snoozed.err;
  EXPECT_NE(desk_.chela({"alert", "list"}).out.find("lamps is snoozed for another 1 h 59 min"),
            std::string::npos);
  EXPECT_EQ(beat(), "HEARTBEAT_OK\n");  // the lamp is alight
  EXPECT_EQ(beat(), "HEARTBEAT_OK\n");  // an event happens
  const auto status = desk_.chela_json({"status"});
  EXPECT_TRUE(status.at("alerts").as_array().empty());
  EXPECT_EQ(get_int(status, "outbox"), 1) << "the event waits for the end of the snooze";
  EXPECT_EQ(desk_.chela({"alert", "resume", "lamps"}).out, "lamps is heard again\n");
  for (int run = 4; run <= 5; ++run) beat();
  EXPECT_NE(beat().find("[warn] lamps: lamp-0 flickers (task "), std::string::npos);
}

TEST_F(Alerts, NamesThatAreNoneAreRefusedWithWhatWasMeant) {
  add_flicker(desk_, "lamps", "conditions: 1, events: false");
  beat();
  const struct {
    const char* name;
    std::vector<std::string> words;
    int exit_code;
    const char* error;
  } cases[] = {
      {"a slip of the pen",
       {"alert", "ack", "lamp"},
       3,
       "no open alert, task or check is called 'lamp'; did you mean 'lamps'?"},
      {"nothing is open", {"alert", "ack", "lamps"}, 3, "nothing of lamps is open"},
      {"no duration", {"alert", "snooze", "lamps", "soon"}, 2, "'soon' is no duration"},
      {"too short", {"alert", "snooze", "lamps", "1s"}, 2, "a snooze lasts from 1m to 366d"},
      {"no length", {"alert", "snooze", "lamps"}, 2, "length is required"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto outcome = desk_.chela(c.words);
    EXPECT_EQ(outcome.exit_code, c.exit_code);
    EXPECT_NE(outcome.err.find(c.error), std::string::npos) << outcome.err;
  }
}

TEST_F(Alerts, WhileAnotherCheckIsDownItsNeedersWaitAndOneLineSaysSo) {
  add_flicker(desk_, "net", "conditions: 1, events: false, severity: crit");
  add_flicker(desk_, "mail", "conditions: 1, events: false", "needs: [net]\n");
  add_flicker(desk_, "calendar", "conditions: 0, events: false", "needs: [mail]\n");
  EXPECT_EQ(beat(), "HEARTBEAT_OK\n");
  const std::string down = beat();  // net is down; mail, which would find its lamp alight, waits
  EXPECT_TRUE(down.starts_with("[crit] net: lamp-0 flickers (task ")) << down;
  EXPECT_NE(down.find("); calendar, mail wait for it\n"), std::string::npos) << down;
  EXPECT_EQ(count(down, "\n"), 1u) << down;
  const auto plan = desk_.chela({"tick", "--dry-run", "--explain"});
  EXPECT_NE(plan.out.find("mail: waits for net, which is down"), std::string::npos) << plan.out;
  EXPECT_NE(plan.out.find("calendar: waits for net, which is down"), std::string::npos);
  EXPECT_EQ(beat(), "HEARTBEAT_OK\n");
  // By name it runs in any case, and speaks for itself.
  const auto asked = desk_.chela({"tick", "--check", "mail"});
  EXPECT_TRUE(asked.out.starts_with("[warn] mail: lamp-0 flickers")) << asked.out;
  const std::string up = beat();  // net's run 4
  EXPECT_NE(up.find("[recovered] net: lamp-0 flickers"), std::string::npos) << up;
}

TEST_F(Alerts, ANeedThatCannotBeIsSaidAndHoldsNobodyUp) {
  add_flicker(desk_, "net", "conditions: 0, events: false");
  add_flicker(desk_, "mail", "conditions: 0, events: false", "needs: [nett]\n");
  const auto outcome = desk_.chela({"tick", "--all"});
  EXPECT_NE(outcome.out.find("[crit] chela: mail: needs: no check 'nett' is enabled; did you mean "
                             "'net'?"),
            std::string::npos)
      << outcome.out << outcome.err;
  EXPECT_EQ(get_string(desk_.chela_json({"status"}).at("checks").as_array().at(0), "state"), "ok");
}

}  // namespace
}  // namespace chela::test
