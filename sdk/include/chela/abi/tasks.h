// Kind chela.tasks/1: keeps tasks somewhere (a file, an app, a service).
//
// Each operation takes one JSON document and gives one (sdk/schema/chela.tasks.*.schema.json).
// [instance-serial]
#pragma once

#include "chela/abi/plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CHELA_KIND_TASKS "chela.tasks/1"

typedef chela_status (*chela_tasks_fn)(chela_instance* instance, const chela_call* call,
                                       chela_str request, const chela_sink* reply);

typedef struct chela_tasks_ops {
  chela_ops base;
  // {"states":["queue",..]}? -> {"tasks":[{"id","title","state",..}]}
  chela_tasks_fn list;
  // {"id"} -> {"task":{..}}; NOT_FOUND names the id
  chela_tasks_fn get;
  // {"task":{"title",..},"idempotency_key":"k3f9q2"} -> {"task":{..},"created":true}.
  // The key stands in the task itself: the same key again gives the same task and created=false.
  chela_tasks_fn create;
  // {"id","set":{"state","priority","needs","title"},"note"?} -> {"task":{..}}; all in one write,
  // idempotent
  chela_tasks_fn update;
  // {"id","text"} -> {"task":{..}}; the same text twice in a row is one note
  chela_tasks_fn note;
  // {"id"} -> {}
  chela_tasks_fn remove;
  // {} -> {"states":[..],"priorities":[..],"keeps_ids":true}
  chela_tasks_fn describe;
} chela_tasks_ops;

#ifdef __cplusplus
}
#endif
