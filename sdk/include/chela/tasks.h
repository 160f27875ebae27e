// Base class of task backends: keep tasks in a file, an app or a service.
#pragma once

#include "chela/plugin.h"

namespace chela {

class Tasks {
 public:
  Tasks() = default;
  virtual ~Tasks() = default;
  Tasks(const Tasks&) = delete;
  Tasks& operator=(const Tasks&) = delete;

  // Documents in and out as abi/tasks.h shows them; the request is host.request(). All are safe to
  // repeat: the host asks again when it does not know whether an answer got lost. [instance-serial]
  virtual Result<json::value> list(Host& host) = 0;
  virtual Result<json::value> get(Host& host) = 0;
  virtual Result<json::value> create(Host& host) = 0;
  virtual Result<json::value> update(Host& host) = 0;
  virtual Result<json::value> note(Host& host) = 0;
  virtual Result<json::value> remove(Host& host) = 0;
  virtual Result<json::value> describe(Host& host) = 0;
};

namespace internal {

template <class T, Result<json::value> (Tasks::*kMethod)(Host&)>
chela_status tasks_operation(chela_instance* instance, const chela_call* call, chela_str request,
                             const chela_sink* reply) noexcept {
  return operation<T>(instance, call, request, reply, [](T& tasks, Host& host) {
    return (static_cast<Tasks&>(tasks).*kMethod)(host);
  });
}

}  // namespace internal
}  // namespace chela

// CHELA_TASKS(MarkdownTasks) at the end of the file makes the class the plugin's task backend.
#define CHELA_TASKS(Type)                                                      \
  namespace {                                                                  \
  static_assert(std::derived_from<Type, ::chela::Tasks>,                       \
                "expected a class derived from chela::Tasks");                 \
  constexpr chela_tasks_ops chela_tasks_ops_{                                  \
      {sizeof(chela_tasks_ops), 0, &::chela::internal::Lifetime<Type>::create, \
       &::chela::internal::Lifetime<Type>::destroy, nullptr},                  \
      &::chela::internal::tasks_operation<Type, &::chela::Tasks::list>,        \
      &::chela::internal::tasks_operation<Type, &::chela::Tasks::get>,         \
      &::chela::internal::tasks_operation<Type, &::chela::Tasks::create>,      \
      &::chela::internal::tasks_operation<Type, &::chela::Tasks::update>,      \
      &::chela::internal::tasks_operation<Type, &::chela::Tasks::note>,        \
      &::chela::internal::tasks_operation<Type, &::chela::Tasks::remove>,      \
      &::chela::internal::tasks_operation<Type, &::chela::Tasks::describe>};   \
  }                                                                            \
  CHELA_PLUGIN_WITH_(CHELA_KIND_TASKS, chela_tasks_ops_)
