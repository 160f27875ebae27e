#include "plugin/loader.h"

#include <boost/dll/shared_library.hpp>
#include <memory>
#include <vector>

#include "chela/internal/door.h"

namespace chela::plugin {

using chela::internal::view;

Result<const chela_component*> choose_component(const chela_plugin* plugin,
                                                const ExpectedPlugin& expected) {
  const auto refuse = [](std::string what) {
    return fail(ErrorCode::failed_precondition, std::move(what));
  };
  if (plugin == nullptr || plugin->struct_size < sizeof(chela_plugin)) {
    return refuse("the library's descriptor is missing or too short");
  }
  if (plugin->abi_minor_needed > CHELA_ABI_MINOR) {
    return refuse("needs a host with ABI 1." + std::to_string(plugin->abi_minor_needed) +
                  ", this is 1." + std::to_string(CHELA_ABI_MINOR));
  }
  if (view(plugin->id) != expected.id || view(plugin->version) != expected.version) {
    return refuse("the library says it is " + std::string(view(plugin->id).substr(0, 100)) + " " +
                  std::string(view(plugin->version).substr(0, 100)) + ", its note says " +
                  expected.id + " " + expected.version);
  }
  const bool has_list =
      plugin->components != nullptr && plugin->component_count <= 64 &&
      (plugin->component_count == 0 || plugin->components->struct_size >= sizeof(chela_component));
  if (!has_list) return refuse("a broken component list");
  for (std::uint32_t i = 0; i < plugin->component_count; ++i) {
    const chela_component& component = *chela_component_at(plugin, i);
    if (component.struct_size < sizeof(chela_component) || view(component.kind) != expected.kind)
      continue;
    const chela_ops* ops = component.ops;
    if (ops == nullptr || ops->struct_size < sizeof(chela_ops) || ops->create == nullptr ||
        ops->destroy == nullptr) {
      return refuse("its table for " + expected.kind + " is incomplete");
    }
    const char* first_operation = expected.kind == CHELA_KIND_CHECK      ? "run"
                                  : expected.kind == CHELA_KIND_PROVIDER ? "describe"
                                  : expected.kind == CHELA_KIND_NOTIFIER ? "send"
                                                                         : "list";
    if (chela::internal::find_operation(expected.kind, ops, first_operation) == nullptr) {
      return refuse("its table for " + expected.kind + " has no '" + first_operation + "'");
    }
    return &component;
  }
  return refuse("it offers no component of kind " + expected.kind);
}

Result<const chela_component*> load_component(int fd, const ExpectedPlugin& expected) {
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  boost::dll::fs::error_code error;
  // Held for ever: code of a closed library may still be reached by thread-local destructors.
  static auto& held = *new std::vector<std::unique_ptr<boost::dll::shared_library>>();
  auto* library = held.emplace_back(std::make_unique<boost::dll::shared_library>()).get();
  library->load(path, error, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
  if (error) {
    const char* reason =
        dlerror();  // Boost.DLL 1.81 keeps only a code, the linker's words are still here or gone
    return fail(ErrorCode::unavailable,
                "the dynamic linker refuses it: " +
                    std::string(reason != nullptr ? reason : error.message()));
  }
  if (!library->has(CHELA_PLUGIN_ENTRY)) {
    return fail(ErrorCode::failed_precondition, "it does not export " CHELA_PLUGIN_ENTRY
                                                "; build it again with chela_add_plugin()");
  }
  const auto& entry = library->get<const chela_plugin*(void)>(CHELA_PLUGIN_ENTRY);
  try {
    return choose_component(entry(), expected);
  } catch (...) {  // [load] functions must not throw; one that does ends here
    return fail(ErrorCode::internal, "its entry function threw an exception");
  }
}

}  // namespace chela::plugin
