// Tool calls that a model wrote into its text instead of making them, as Kimi's does at times:
//
//   Let me look.<|tool_calls_section_begin|><|tool_call_begin|>functions.read:0
//   <|tool_call_argument_begin|>{"path":"a.txt"}<|tool_call_end|><|tool_calls_section_end|>
//
// Source: the chat template of Kimi K2.
#pragma once

#include <string>
#include <string_view>

namespace chela::anthropic {

// Takes text in pieces that may be cut anywhere, inside a marker too. [instance-serial]
class CallsInText {
 public:
  // What was found, in the order of the text.
  class Sink {
   public:
    Sink() = default;
    virtual ~Sink() = default;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    virtual void on_text(std::string_view piece) = 0;
    virtual void on_call(std::string_view id, std::string_view name) = 0;
    virtual void on_arguments(std::string_view piece) = 0;  // of the latest call
  };

  void feed(std::string_view piece, Sink& sink);
  // The text is over: what was held back goes out. A call that was cut keeps what came of its
  // arguments; one whose name did not come whole is left out.
  void finish(Sink& sink);

 private:
  enum class Where { text, section, id, arguments };

  // Takes one step; false where more bytes are needed.
  bool step(Sink& sink);
  void take(std::string_view piece, Sink& sink);
  void begin_call(Sink& sink);

  std::string held_;  // not yet looked at, or the beginning of a marker
  std::string id_;
  Where where_ = Where::text;
  bool is_in_section_ = false;
  int calls_ = 0;
};

}  // namespace chela::anthropic
