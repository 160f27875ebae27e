// The descriptor behind the entry: only the one that the note promised, and only a complete table.
#include "plugin/loader.h"

#include <gtest/gtest.h>

#include "chela/internal/door.h"

namespace chela::plugin {
namespace {

using chela::internal::str;

chela_status create(const chela_host*, const chela_call*, chela_str, chela_instance**) {
  return CHELA_OK;
}
void destroy(chela_instance*) {}
chela_status run(chela_instance*, const chela_call*, chela_str, const chela_sink*) {
  return CHELA_OK;
}

struct Descriptor {
  chela_check_ops ops{{sizeof(chela_check_ops), 0, &create, &destroy, nullptr}, &run};
  chela_component component{sizeof(chela_component), 0, str(CHELA_KIND_CHECK), &ops.base};
  chela_plugin plugin{sizeof(chela_plugin), 0, 0, 1, str("check.x"), str("1.0"), &component};
};

const ExpectedPlugin kExpected{"check.x", "1.0", CHELA_KIND_CHECK};

TEST(Loader, TakesTheComponentThatTheNotePromised) {
  const Descriptor good;
  EXPECT_EQ(choose_component(&good.plugin, kExpected).value(), &good.component);
}

TEST(Loader, RefusesAnyOtherDescriptor) {
  const struct {
    const char* name;
    void (*spoil)(Descriptor&);
  } cases[] = {
      {"too short", [](Descriptor& d) { d.plugin.struct_size = 8; }},
      {"newer minor", [](Descriptor& d) { d.plugin.abi_minor_needed = CHELA_ABI_MINOR + 1; }},
      {"other id", [](Descriptor& d) { d.plugin.id = str("check.y"); }},
      {"other version", [](Descriptor& d) { d.plugin.version = str("1.1"); }},
      {"no components", [](Descriptor& d) { d.plugin.components = nullptr; }},
      {"absurd count", [](Descriptor& d) { d.plugin.component_count = 1'000'000; }},
      {"component too short", [](Descriptor& d) { d.component.struct_size = 4; }},
      {"other kind", [](Descriptor& d) { d.component.kind = str("chela.check/9"); }},
      {"no table", [](Descriptor& d) { d.component.ops = nullptr; }},
      {"no create", [](Descriptor& d) { d.ops.base.create = nullptr; }},
      {"no destroy", [](Descriptor& d) { d.ops.base.destroy = nullptr; }},
      {"no run", [](Descriptor& d) { d.ops.run = nullptr; }},
      {"table without run", [](Descriptor& d) { d.ops.base.struct_size = sizeof(chela_ops); }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Descriptor bad;
    c.spoil(bad);
    const auto chosen = choose_component(&bad.plugin, kExpected);
    ASSERT_FALSE(chosen.has_value());
    EXPECT_EQ(chosen.error().code, ErrorCode::failed_precondition);
    EXPECT_FALSE(chosen.error().message.empty());
  }
  EXPECT_FALSE(choose_component(nullptr, kExpected).has_value());
}

}  // namespace
}  // namespace chela::plugin
