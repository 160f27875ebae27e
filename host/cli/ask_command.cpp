// `chela ask` and `chela embed`: one question to a role or a model, one answer.
#include <cstdio>
#include <iostream>
#include <iterator>

#include "cli/attachment.h"
#include "cli/model_session.h"

namespace chela::cli {
namespace {

// "-" is standard input.
Result<std::string> text_of(const std::string& argument) {
  if (argument != "-") return argument;
  std::string text((std::istreambuf_iterator<char>(std::cin)), std::istreambuf_iterator<char>());
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

Result<models::Ask> make_ask(const AskCommand& command) {
  models::Ask ask;
  ask.role = command.role;
  ask.model = command.model;
  ask.may_ignore_cooldowns = command.now;
  ask.lane = command.is_subagent ? models::Lane::subagents : models::Lane::agents;
  ask.chat.max_output_tokens = command.max_tokens;
  ask.chat.effort = command.effort;
  if (!command.system.empty()) {
    Part system;
    system.text = command.system;
    ask.chat.system.push_back(std::move(system));
  }
  ChatMessage message;
  for (const auto& file : command.files) {
    CHELA_TRY(Part part, text_part(file));
    message.content.push_back(std::move(part));
  }
  for (const auto& file : command.images) {
    CHELA_TRY(Part part, image_part(file));
    message.content.push_back(std::move(part));
  }
  CHELA_TRY(std::string text, text_of(command.text));
  if (!is_utf8(text)) return fail(ErrorCode::invalid_argument, "the question is not UTF-8 text");
  if (text.empty()) return fail(ErrorCode::invalid_argument, "there is no question");
  Part part;
  part.text = std::move(text);
  message.content.push_back(std::move(part));
  ask.chat.messages.push_back(std::move(message));
  return ask;
}

std::string words_of(const ChatMessage& message) {
  std::string text;
  for (const auto& part : message.content) {
    if (part.type == PartType::text) text += part.text;
  }
  return text;
}

// A model's text may hold anything: what moves the cursor or hides text is taken out on a terminal.
void print_text(std::string_view text) {
  const std::string shown = for_terminal(text);
  std::fwrite(shown.data(), 1, shown.size(), stdout);
}

// What was paid for has to arrive: a full disk or a reader that has gone is a failure.
int written() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return kOk;
  return report({ErrorCode::unavailable, "the answer could not be written to standard output"});
}

// 130, as shells have it for Ctrl-C.
int report_call(const Error& error) {
  const int code = report(error);
  return error.code == ErrorCode::cancelled ? 130 : code;
}

void tell_default_budget(ModelSession& opened) {
  const auto& budgets = opened.models->setup().settings.budgets;
  if (budgets.empty() || !budgets.front().is_default) return;
  const auto is_new =
      opened.models->store().say_once("default-budget", opened.session->clock.now());
  if (is_new && *is_new) {
    std::fprintf(stderr, "chela: a budget of %s holds (models.budgets in host.yaml changes it)\n",
                 models::describe(budgets.front()).c_str());
  }
}

// A stop that is not the model's own wish is said.
void tell_stop(const models::Answer& answer) {
  if (answer.stop == "max_tokens")
    std::fprintf(stderr, "chela: the answer was cut at its longest (--max-tokens)\n");
  if (answer.stop == "context_window")
    std::fprintf(stderr, "chela: the answer was cut where the context window ended\n");
}

}  // namespace

int run_ask(const Global& global, const AskCommand& command) {
  auto ask = make_ask(command);
  if (!ask) return report(ask.error());
  auto opened = open_models(global);
  if (!opened) return report(opened.error());
  ModelSession& session = **opened;
  bool has_printed = false;
  bool ends_line = true;
  ask->on_wait = [](int place) {
    std::fprintf(stderr, "chela: waiting for its turn, number %d in the queue\n", place);
  };
  if (command.stream) {
    ask->on_event = [&](const json::object& event) {
      if (global.json) {
        std::printf("%s\n", json::serialize(event).c_str());
      } else if (get_string(event, "type") == "text") {
        const std::string text = get_string(event, "text");
        print_text(text);
        has_printed = true;
        ends_line = text.ends_with('\n');
      }
      // Nobody reads on: the rest of the answer would be paid for in vain.
      if (std::fflush(stdout) != 0) {
        boost::asio::post(session.loop, [&session] {
          session.cancel.emit(boost::asio::cancellation_type::terminal);
        });
      }
    };
  }
  tell_default_budget(session);
  const auto answer = run_call(session, session.models->router().ask(std::move(*ask)));
  if (has_printed && !ends_line) std::printf("\n");
  if (!answer && std::ferror(stdout) != 0) return written();
  if (!answer) return report_call(answer.error());
  const std::string text = words_of(answer->message);
  if (global.json) {
    json::object out{{"id", answer->id},
                     {"model", answer->ref},
                     {"text", text},
                     {"stop", answer->stop},
                     {"message", to_json(answer->message)},
                     {"usage", to_json(answer->trail.usage)},
                     {"trail", to_json(answer->trail)}};
    out["usd"] =
        answer->trail.usd ? json::value(models::decimal_usd(*answer->trail.usd)) : json::value();
    print_json(out);
  } else if (!has_printed) {
    print_text(text);
    if (!text.ends_with('\n')) std::printf("\n");
  }
  tell_stop(*answer);
  return written();
}

int run_embed(const Global& global, const EmbedCommand& command) {
  models::EmbedAsk ask;
  ask.model = command.model;
  ask.dimensions = command.dimensions;
  for (const auto& argument : command.texts) {
    auto text = text_of(argument);
    if (!text) return report(text.error());
    if (!is_utf8(*text))
      return report({ErrorCode::invalid_argument, "a text to embed is not UTF-8"});
    ask.texts.push_back(std::move(*text));
  }
  auto opened = open_models(global);
  if (!opened) return report(opened.error());
  tell_default_budget(**opened);
  const auto answer = run_call(**opened, (*opened)->models->router().embed(std::move(ask)));
  if (!answer) return report_call(answer.error());
  json::array vectors;
  for (std::size_t i = 0; i < answer->values.size(); i += answer->dimensions) {
    json::array vector;
    for (std::size_t k = 0; k < answer->dimensions; ++k) vector.emplace_back(answer->values[i + k]);
    vectors.push_back(std::move(vector));
  }
  if (global.json) {
    print_json(json::object{{"id", answer->id},
                            {"model", answer->ref},
                            {"dimensions", answer->dimensions},
                            {"vectors", std::move(vectors)},
                            {"usage", to_json(answer->trail.usage)}});
    return written();
  }
  for (const auto& vector : vectors) std::printf("%s\n", json::serialize(vector).c_str());
  return written();
}

}  // namespace chela::cli
