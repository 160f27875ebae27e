// Base class of checks: look at one thing, report what was found.
#pragma once

#include "chela/plugin.h"
#include "chela/report.h"

namespace chela {

class Check {
 public:
  Check() = default;
  virtual ~Check() = default;
  Check(const Check&) = delete;
  Check& operator=(const Check&) = delete;

  // Looks once, within the call's deadline. An Error means "could not look"; a problem is a report.
  // It runs in a confined process: files, programs and the rest of the world are reached through
  // `host` only. [instance-serial]
  virtual Result<Report> run(Host& host) = 0;
};

}  // namespace chela

// CHELA_CHECK(DiskFree) at the end of the file makes the class the plugin's check.
#define CHELA_CHECK(Type)                                                               \
  namespace {                                                                           \
  chela_status chela_check_run_(chela_instance* instance, const chela_call* call,       \
                                chela_str request, const chela_sink* report) noexcept { \
    static_assert(std::derived_from<Type, ::chela::Check>,                              \
                  "expected a class derived from chela::Check");                        \
    return ::chela::internal::operation<Type>(                                          \
        instance, call, request, report,                                                \
        [](Type& check, ::chela::Host& host) -> ::chela::Result<::chela::json::value> { \
          CHELA_TRY(const ::chela::Report result, check.run(host));                     \
          return result.to_json();                                                      \
        });                                                                             \
  }                                                                                     \
  constexpr chela_check_ops chela_check_ops_{                                           \
      {sizeof(chela_check_ops), 0, &::chela::internal::Lifetime<Type>::create,          \
       &::chela::internal::Lifetime<Type>::destroy, nullptr},                           \
      &chela_check_run_};                                                               \
  }                                                                                     \
  CHELA_PLUGIN_WITH_(CHELA_KIND_CHECK, chela_check_ops_)
