// Both sides of the C door when the peer's structs are shorter or longer than ours.
#include <gtest/gtest.h>

#include <cstring>

#include "chela/internal/door.h"

namespace chela::internal {
namespace {

chela_status first(chela_instance*, const chela_call*, chela_str, const chela_sink*) {
  return 1;
}
chela_status second(chela_instance*, const chela_call*, chela_str, const chela_sink*) {
  return 2;
}

chela_tasks_ops tasks_table(std::uint32_t size) {
  chela_tasks_ops ops{};
  ops.base.struct_size = size;
  ops.list = first;
  ops.get = second;
  ops.describe = first;
  return ops;
}

TEST(Door, FindsOperationsByName) {
  const auto table = tasks_table(sizeof(chela_tasks_ops));
  EXPECT_EQ(find_operation(CHELA_KIND_TASKS, &table.base, "list"), &first);
  EXPECT_EQ(find_operation(CHELA_KIND_TASKS, &table.base, "get"), &second);
  EXPECT_EQ(find_operation(CHELA_KIND_TASKS, &table.base, "describe"), &first);
  EXPECT_EQ(find_operation(CHELA_KIND_TASKS, &table.base, "update"), nullptr)
      << "left empty by the plugin";
  EXPECT_EQ(find_operation(CHELA_KIND_TASKS, &table.base, "lis"), nullptr);
  EXPECT_EQ(find_operation(CHELA_KIND_TASKS, &table.base, "run"), nullptr);
  EXPECT_EQ(find_operation("chela.tasks/2", &table.base, "list"), nullptr);
  EXPECT_EQ(find_operation(CHELA_KIND_TASKS, nullptr, "list"), nullptr);
}

TEST(Door, UsesThePartOfAShorterTableThatIsThere) {
  const auto table = tasks_table(offsetof(chela_tasks_ops, create));
  EXPECT_EQ(find_operation(CHELA_KIND_TASKS, &table.base, "get"), &second);
  EXPECT_EQ(find_operation(CHELA_KIND_TASKS, &table.base, "describe"), nullptr)
      << "behind the end of the table";
}

TEST(Door, UsesALongerTableAsFarAsItKnowsIt) {
  const auto table = tasks_table(sizeof(chela_tasks_ops) + 64);
  EXPECT_EQ(find_operation(CHELA_KIND_TASKS, &table.base, "describe"), &first);
}

TEST(Door, StepsOverComponentsOfANewerPlugin) {
  struct Longer {
    chela_component component;
    std::uint64_t appended[2];
  };
  Longer two[2] = {};
  two[0].component = {sizeof(Longer), 0, str("chela.check/1"), nullptr};
  two[1].component = {sizeof(Longer), 0, str("chela.tasks/1"), nullptr};
  const chela_plugin plugin{sizeof(chela_plugin), 7, 0, 2, str("check.x"), str("1.0.0"),
                            &two[0].component};
  EXPECT_EQ(view(chela_component_at(&plugin, 0)->kind), "chela.check/1");
  EXPECT_EQ(view(chela_component_at(&plugin, 1)->kind), "chela.tasks/1");
}

TEST(Door, ReadsTheWordsAfterTheCallThatWritesThem) {
  StringSink error;
  const auto refuse = [](const chela_sink* sink) -> chela_status {
    sink->put(sink, str("no "));
    sink->put(sink, str("grant"));
    return CHELA_PERMISSION_DENIED;
  };
  const auto result = check_status(refuse(&error), error.text);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::permission_denied);
  EXPECT_EQ(result.error().message, "no grant");
}

TEST(Door, TakesForeignNumbersForUnknown) {
  EXPECT_EQ(error_code(CHELA_ABORTED), ErrorCode::aborted);
  EXPECT_EQ(error_code(17), ErrorCode::unknown);
  EXPECT_EQ(error_code(-1), ErrorCode::unknown);
  EXPECT_TRUE(check_status(CHELA_OK, "ignored"));
}

TEST(Door, TakesAnEmptyStringWithoutAnAddress) {
  EXPECT_EQ(view({nullptr, 5}), "");
}

}  // namespace
}  // namespace chela::internal
