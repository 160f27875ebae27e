// The entry of a plugin: one exported function that returns a static descriptor.
//
// Identity, version, config schema and permissions are NOT here but in the ELF note that
// chela_add_plugin() generates from plugin.json: the host reads it without running any code of the
// library.
#pragma once

#include "chela/abi/call.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct chela_instance chela_instance; /* opaque, the plugin's own */

// The head that every kind's table of operations starts with. It never grows, because the kind's
// own members stand behind it: a kind grows at the end of its table, anything else through
// extension().
typedef struct chela_ops {
  uint32_t struct_size; /* bytes of the whole table */
  uint32_t reserved;
  // Makes an instance. `config` is a JSON object, already valid against the plugin's schema,
  // defaults filled in. On failure *out stays untouched. [instance-serial]
  chela_status (*create)(const chela_host* host, const chela_call* call, chela_str config,
                         chela_instance** out);
  // Ends an instance that create() made; must not fail. [instance-serial]
  void (*destroy)(chela_instance* instance);
  // The table of an optional thing ("vendor.thing/1"), or NULL. May itself be NULL.
  // [instance-serial]
  const void* (*extension)(chela_instance* instance, chela_str id);
} chela_ops;

typedef struct chela_component {
  uint32_t struct_size; /* bytes */
  uint32_t flags;       /* none yet: 0 */
  chela_str kind;       /* "chela.check/1" */
  const chela_ops* ops; /* the head of that kind's table */
} chela_component;

typedef struct chela_plugin {
  uint32_t struct_size;      /* bytes */
  uint32_t abi_minor_built;  /* CHELA_ABI_MINOR of the headers it was built with */
  uint32_t abi_minor_needed; /* the oldest host it runs on; 0 unless plugin.json says more */
  uint32_t component_count;
  chela_str id;      /* equal to the note's */
  chela_str version; /* equal to the note's */
  const chela_component*
      components; /* component_count of them, one per kind; see chela_component_at() */
} chela_plugin;

// Component `index` (below component_count). They lie components[0].struct_size bytes apart, which
// is more than our sizeof where the plugin was built with newer headers.
static inline const chela_component* chela_component_at(const chela_plugin* plugin,
                                                        uint32_t index) {
  const char* first = (const char*)plugin->components;
  return (const chela_component*)(const void*)(first +
                                               (size_t)index * plugin->components->struct_size);
}

// The ABI major is in the name: a library may export chela_plugin_v1 and, one day, chela_plugin_v2.
// Returns a static object. No host calls, no threads, no blocking. [load]
typedef const chela_plugin* (*chela_plugin_v1_fn)(void);
#define CHELA_PLUGIN_ENTRY "chela_plugin_v1"
#define CHELA_EXPORT __attribute__((visibility("default")))

#ifdef __cplusplus
}
#endif
