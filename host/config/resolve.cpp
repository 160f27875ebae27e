#include "config/resolve.h"

#include "config/schema.h"

namespace chela::config {
namespace {

Result<json::value> checked(const json::value& schema, const json::value& config,
                            const Instance& instance) {
  auto applied = apply_schema(schema, config);
  if (applied) return *applied;
  const Document document{nullptr, instance.source.places, instance.source.file};
  return fail(ErrorCode::invalid_argument, describe(applied.error(), document, "/config"));
}

// `error` with the place of `pointer` before it.
tl::unexpected<Error> at(const Instance& instance, std::string_view pointer, const Error& error) {
  const auto place = find_place(instance.source.places, pointer).value;
  return fail(error.code, where(instance.source.file, place) + ": " + error.message);
}

}  // namespace

Result<Resolved> resolve_instance(const Instance& instance, const json::value& schema,
                                  const Variables& variables) {
  Resolved resolved;
  CHELA_TRY(const auto with_defaults, checked(schema, instance.config, instance));
  auto expanded = expand_strings(with_defaults, variables);
  if (!expanded) return at(instance, "/config", expanded.error());
  CHELA_TRY(resolved.config, checked(schema, *expanded, instance));
  auto allow = expand_grant(instance.allow, variables, resolved.config);
  if (!allow) return at(instance, "/allow", allow.error());
  resolved.allow = std::move(*allow);
  return resolved;
}

}  // namespace chela::config
