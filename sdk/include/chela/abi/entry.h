// For plugins written in C: the descriptor and the exported symbol in one line.
//
// CHELA_PLUGIN_ID, CHELA_PLUGIN_VERSION and CHELA_PLUGIN_ABI_MINOR_NEEDED come from
// chela_add_plugin(), out of plugin.json.
#pragma once

#include "chela/abi/kinds.h"

// CHELA_C_PLUGIN(CHELA_KIND_CHECK, ops): `ops` is a static const table of that kind, at file scope.
#define CHELA_C_PLUGIN(kind_id, ops)                                            \
  static const chela_component chela_component_ = {                             \
      sizeof(chela_component), 0, {kind_id, sizeof(kind_id) - 1}, &(ops).base}; \
  static const chela_plugin chela_plugin_ = {                                   \
      sizeof(chela_plugin),                                                     \
      CHELA_ABI_MINOR,                                                          \
      CHELA_PLUGIN_ABI_MINOR_NEEDED,                                            \
      1,                                                                        \
      {CHELA_PLUGIN_ID, sizeof(CHELA_PLUGIN_ID) - 1},                           \
      {CHELA_PLUGIN_VERSION, sizeof(CHELA_PLUGIN_VERSION) - 1},                 \
      &chela_component_};                                                       \
  CHELA_EXPORT const chela_plugin* chela_plugin_v1(void);                       \
  const chela_plugin* chela_plugin_v1(void) {                                   \
    return &chela_plugin_;                                                      \
  }                                                                             \
  typedef int chela_swallow_semicolon_
