// OpenAI's own API: Chat Completions, embeddings and the list of models.
//
// Source: OpenAI's API reference and openapi.yaml, as of 2026-11.
#include "openai_provider.h"

namespace {

struct OpenAi : chela::openai::ChatCompletions {
  using ChatCompletions::ChatCompletions;

  static chela::Result<std::unique_ptr<OpenAi>> create(const chela::Config& config) {
    CHELA_TRY(auto service, chela::openai::read_service(config, chela::openai::Host::official));
    return std::make_unique<OpenAi>(std::move(service));
  }
};

}  // namespace

CHELA_PROVIDER(OpenAi)
