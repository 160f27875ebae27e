// Lets an exception out through the C door, which no plugin may.
#include <stdexcept>

#include "chela/abi/entry.h"

struct chela_instance {};

namespace {

chela_instance the_instance;

chela_status create(const chela_host*, const chela_call*, chela_str, chela_instance** out) {
  *out = &the_instance;
  return CHELA_OK;
}
void destroy(chela_instance*) {}
chela_status run(chela_instance*, const chela_call*, chela_str, const chela_sink*) {
  throw std::runtime_error("thrown through the door");
}

const chela_check_ops ops = {{sizeof(chela_check_ops), 0, create, destroy, nullptr}, run};

}  // namespace

extern "C" {
CHELA_C_PLUGIN(CHELA_KIND_CHECK, ops);
}
