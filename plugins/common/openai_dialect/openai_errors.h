// Why the service refused, out of the many shapes in which services of this API say it.
//
//   {"error":{"message":"..","type":"..","param":null,"code":".."}}       OpenAI
//   {"error":{"code":429,"message":"..","metadata":{"provider_name":"..","raw":".."}}}  OpenRouter
//   {"error":".."}                                                        Ollama
//   {"status":429,"title":"Too Many Requests","detail":".."}              NVIDIA NIM
//   {"object":"error","message":"..","type":"..","code":400}              vLLM, Mistral
//   {"detail":".."}                                                       FastAPI
//   [{"error":{..}}]                                                      Google's gate of this API
#pragma once

#include <optional>
#include <vector>

#include "chela/provider.h"

namespace chela::openai {

// A reply that is no success, by its body first and by its status where the body says nothing.
ProviderError explain(const WireReply& reply);

// An error inside a reply whose status was good. Without a status of its own it is a server_error.
ProviderError explain_document(const json::value& document);

// Whether a document has one of the shapes above.
bool is_fault(const json::value& document);

// x-ratelimit-{limit,remaining,reset}-{requests,tokens,..}. Limits that are not told (-1, or 0 of
// 0) are left out.
std::vector<RateLimit> limits_of(const WireReply& reply);

}  // namespace chela::openai
