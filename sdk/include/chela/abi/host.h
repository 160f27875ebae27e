// What a plugin sees of the program that loaded it: services by id.
#pragma once

#include "chela/abi/types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct chela_host {
  uint32_t struct_size; /* bytes */
  uint32_t abi_major;
  uint32_t abi_minor;
  uint32_t reserved;
  // The table of service `id` ("chela.files/1"), or NULL where this host does not offer it. The
  // table lives as long as the host. Its functions check the manifest's grant at each use.
  // [any-thread]
  const void* (*service)(const struct chela_host* self, chela_str id);
} chela_host;

#ifdef __cplusplus
}
#endif
