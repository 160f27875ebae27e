// The story of somebody who asks whether this machine keeps the network away from programs that may
// reach one host only.
#include "scenarios/story.h"

namespace chela::test {
namespace {

class Doctor : public ::testing::Test {
 protected:
  void SetUp() override {
#ifdef CHELA_SANITIZED
    GTEST_SKIP() << "a worker with sanitizers cannot run inside a program's confinement";
#endif
  }
  // The one finding about `net:`; {} where there is none or more.
  json::value about_gate(const Outcome& outcome) const {
    const auto document = parse_json(outcome.out);
    if (!document) return {};
    std::vector<json::value> found;
    for (const auto& finding : document->at("findings").as_array()) {
      if (get_string(finding, "text").find("net:") != std::string::npos) found.push_back(finding);
    }
    EXPECT_EQ(found.size(), 1u) << outcome.out;
    return found.size() == 1 ? found.front() : json::value();
  }
  // As on a kernel in which `call` fails with `error`.
  Outcome with_broken(const std::string& call, const std::string& error) const {
    return Desk::finish(desk_.start(
        {"-f", "-o", "/dev/null", "-e", "trace=" + call, "-e", "inject=" + call + ":error=" + error,
         Desk::chela_program(), "doctor", "--json", "--workspace", desk_.workspace().string()},
        "/usr/bin/strace"));
  }
  Desk desk_;
};

TEST_F(Doctor, SaysThatNetGrantsAreKept) {
  const auto outcome =
      Desk::finish(desk_.start({"doctor", "--json", "--workspace", desk_.workspace().string()}));
  const auto finding = about_gate(outcome);
  EXPECT_EQ(get_string(finding, "weight"), "ok") << get_string(finding, "text");
}

TEST_F(Doctor, SaysWhatHappensWhereTheKernelCannotKeepThem) {
  const bool has_strace =
      fs::exists("/usr/bin/strace") &&
      Desk::finish(desk_.start({"-o", "/dev/null", "/bin/true"}, "/usr/bin/strace")).exit_code == 0;
  if (!has_strace) GTEST_SKIP() << "needs strace";
  const struct {
    const char* name;
    const char* call;
    const char* error;
    const char* says;
  } cases[] = {
      {"no notification", "seccomp", "ENOSYS",
       "refuses to watch over connect(): Function not impl"},
      {"no look at another's sockets", "pidfd_getfd", "EPERM",
       "reaches nothing: Permission denied"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto finding = about_gate(with_broken(c.call, c.error));
    EXPECT_EQ(get_string(finding, "weight"), "note");
    EXPECT_NE(get_string(finding, "text").find(c.says), std::string::npos)
        << get_string(finding, "text");
  }
  // Worse where somebody relies on one.
  spill(desk_.manifest("checks", "far"),
        "id: far\nplugin: check.exec\nevery: 1h\nallow:\n  exec: [{program: ssh, net: "
        "[\"192.0.2.1:22\"]}]\nconfig: {command: [ssh, 192.0.2.1], net: [\"192.0.2.1:22\"]}\n");
  const auto outcome = with_broken("seccomp", "ENOSYS");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(get_string(about_gate(outcome), "weight"), "critical");
}

}  // namespace
}  // namespace chela::test
