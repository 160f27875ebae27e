// Kind chela.provider/1: translates between chela's documents and the API of one model service.
//
// A provider does no I/O: it writes the HTTP request, the host sends it, and the provider reads
// what came back. Where it needs a key it writes `{{secret:NAME}}` into a header; the host fills it
// in.
//
// Some documents have raw bytes beside them. Then the text is one JSON document, a newline, and the
// bytes up to the end; the document itself holds no newline. Marked "+ bytes" below.
// Shapes: sdk/schema/chela.provider.*.schema.json. [instance-serial]
#pragma once

#include "chela/abi/plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CHELA_KIND_PROVIDER "chela.provider/1"

typedef chela_status (*chela_provider_fn)(chela_instance* instance, const chela_call* call,
                                          chela_str request, const chela_sink* reply);

typedef struct chela_provider_ops {
  chela_ops base;
  // {} ->
  // {"chat":true,"embed":{"max_inputs":2048,"max_tokens":300000}?,"quota":false,"models":true}
  chela_provider_fn describe;
  // chat request -> {"method","url","headers":[[name,value],..]} + bytes (the body).
  // INVALID_ARGUMENT where the service cannot express the request.
  chela_provider_fn encode;
  // Begins to read the reply to one chat request, whole or streaming, whose status was 2xx:
  // {"status","headers"} -> {"decoder":1,"limits":[..]}. Several may be open at a time.
  chela_provider_fn open;
  // {"decoder"} + bytes -> {"events":[..]}: the same events however the bytes are cut.
  chela_provider_fn feed;
  // {"decoder","complete":true} -> {"events":[..]}; complete: the body came to its proper end.
  // The last event of a reply is "end" or "error"; a reply that stops before its own end is an
  // error.
  chela_provider_fn close;
  // {"status","headers"} + bytes (the body) -> {"error":{"code","scope",..},"limits":[..]}: why the
  // service refused, in the words of chela/provider_error.h.
  chela_provider_fn explain;
  // {"model","texts":[..],"dimensions"?} -> as encode. The host keeps to the limits of describe.
  chela_provider_fn embed_encode;
  // {"status","headers","count":3} + bytes -> {"count","dimensions","usage"} + bytes (float32,
  // little-endian, one vector after the other, in the order of the texts)
  chela_provider_fn embed_decode;
  // {} -> as encode; what is left of the plan
  chela_provider_fn quota_encode;
  // {"status","headers"} + bytes -> {"windows":[{"name","used_percent","resets_at"?,..}]}
  chela_provider_fn quota_decode;
  // {} -> as encode; which models the service offers this key
  chela_provider_fn models_encode;
  // {"status","headers"} + bytes -> {"models":[{"id",..}]}
  chela_provider_fn models_decode;
} chela_provider_ops;

#ifdef __cplusplus
}
#endif
