// A check that finds nothing, for measuring what a call costs.
#include <chela/check.h>

namespace {

struct Echo : chela::Check {
  chela::Result<chela::Report> run(chela::Host&) override { return chela::Report::ok("nothing"); }
};

}  // namespace

CHELA_CHECK(Echo)
