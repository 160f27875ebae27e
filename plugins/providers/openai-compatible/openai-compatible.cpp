// Any service that speaks OpenAI's Chat Completions: Ollama, vLLM, LM Studio, llama.cpp, NVIDIA
// NIM, Moonshot, Groq, Mistral, ... by their address.
//
// Source: OpenAI's API reference as of 2026-11, and recorded replies of several of these services.
#include "openai_provider.h"

namespace {

struct OpenAiCompatible : chela::openai::ChatCompletions {
  using ChatCompletions::ChatCompletions;

  static chela::Result<std::unique_ptr<OpenAiCompatible>> create(const chela::Config& config) {
    CHELA_TRY(auto service, chela::openai::read_service(config, chela::openai::Host::compatible));
    return std::make_unique<OpenAiCompatible>(std::move(service));
  }
};

}  // namespace

CHELA_PROVIDER(OpenAiCompatible)
