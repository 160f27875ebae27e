// OpenedPlugin: a built .so in the test's own process, called through the C door as the host calls
// it.
#pragma once

#include <dlfcn.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "chela/testing/fake_host.h"

namespace chela::testing {

// The whole file as bytes; an empty string where it cannot be read.
inline std::string read_whole_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Fills in the top-level defaults of `plugin_json`'s config schema, as the host does before
// create().
inline json::value with_defaults(const json::value& plugin_json, json::value config) {
  const auto* schema = find(plugin_json, "config");
  const auto* properties = schema == nullptr ? nullptr : find(*schema, "properties");
  if (properties == nullptr || !properties->is_object() || !config.is_object()) return config;
  for (const auto& [name, property] : properties->get_object()) {
    const auto* value = find(property, "default");
    if (value != nullptr && !config.get_object().contains(name)) config.get_object()[name] = *value;
  }
  return config;
}

class OpenedPlugin {
 public:
  // Opens `file`, whose plugin.json lies in `dir`, and makes an instance with `config` (defaults
  // are filled in).
  static Result<std::unique_ptr<OpenedPlugin>> open(const std::string& file, const std::string& dir,
                                                    FakeHost& host,
                                                    json::value config = json::object()) {
    CHELA_TRY(const json::value plugin_json, parse_json(read_whole_file(dir + "/plugin.json")));
    auto opened = std::unique_ptr<OpenedPlugin>(new OpenedPlugin(host));
    void* library =
        dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);  // never closed: plugins are linked nodelete
    if (library == nullptr) return fail(ErrorCode::not_found, dlerror());
    const auto entry = reinterpret_cast<chela_plugin_v1_fn>(dlsym(library, CHELA_PLUGIN_ENTRY));
    if (entry == nullptr)
      return fail(ErrorCode::not_found, file + " does not export " CHELA_PLUGIN_ENTRY);
    const chela_plugin* plugin = entry();
    if (plugin == nullptr || plugin->component_count == 0 || plugin->components[0].ops == nullptr) {
      return fail(ErrorCode::invalid_argument, file + ": empty descriptor");
    }
    if (internal::view(plugin->id) != get_string(plugin_json, "id") ||
        internal::view(plugin->version) != get_string(plugin_json, "version")) {
      return fail(ErrorCode::invalid_argument,
                  file + ": the descriptor is not that of plugin.json");
    }
    opened->kind_ = std::string(internal::view(plugin->components[0].kind));
    opened->ops_ = plugin->components[0].ops;
    const std::string text = json::serialize(with_defaults(plugin_json, std::move(config)));
    const chela_call call = opened->make_call();
    host.failure.clear();
    const chela_status status =
        opened->ops_->create(&host, &call, internal::str(text), &opened->instance_);
    CHELA_TRY(internal::check_status(status, host.failure));
    return opened;
  }

  ~OpenedPlugin() {
    if (instance_ != nullptr) ops_->destroy(instance_);
  }
  OpenedPlugin(const OpenedPlugin&) = delete;
  OpenedPlugin& operator=(const OpenedPlugin&) = delete;

  // Calls one operation ("run", "list", ...) with a document.
  Result<json::value> call(std::string_view operation, const json::value& request) {
    CHELA_TRY(const std::string reply, call_text(operation, json::serialize(request)));
    return parse_json(reply);
  }

  // The same for operations whose documents have bytes behind them (chela/document.h).
  Result<std::string> call_text(std::string_view operation, const std::string& request) {
    const auto function = internal::find_operation(kind_, ops_, operation);
    if (function == nullptr) return fail(ErrorCode::unimplemented, std::string(operation));
    const chela_call call = make_call();
    internal::StringSink reply;
    host_.failure.clear();
    const chela_status status = function(instance_, &call, internal::str(request), &reply);
    CHELA_TRY(internal::check_status(status, host_.failure));
    return reply.text;
  }

 private:
  explicit OpenedPlugin(FakeHost& host) : host_(host) {}

  chela_call make_call() const {
    chela_call call{};
    call.struct_size = sizeof(chela_call);
    call.host = &host_;
    call.cancel_fd = -1;
    call.cancelled = [](const chela_call* self) {
      return static_cast<std::int32_t>(static_cast<const FakeHost*>(self->host)->is_cancelled);
    };
    call.fail = [](const chela_call* self, chela_status status, chela_str message) {
      const_cast<FakeHost*>(static_cast<const FakeHost*>(self->host))->failure =
          std::string(internal::view(message));
      return status;
    };
    call.emit = [](const chela_call* self, chela_str topic, chela_str document) {
      const_cast<FakeHost*>(static_cast<const FakeHost*>(self->host))
          ->events.emplace_back(internal::view(topic), internal::view(document));
      return static_cast<chela_status>(CHELA_OK);
    };
    return call;
  }

  FakeHost& host_;
  std::string kind_;
  const chela_ops* ops_ = nullptr;
  chela_instance* instance_ = nullptr;
};

}  // namespace chela::testing
