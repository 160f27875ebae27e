// References to secrets, and what `op` says: no message repeats what may be a key, and everything
// shown is fit for a terminal.
#include "services/secret_ref.h"

#include "fuzz.h"
#include "services/secret_op_text.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace chela;
  constexpr std::string_view kPlanted = "q7Zx9Kw3";
  auto input = fuzz::text_of(data, size);
  const bool is_planted = fuzz::choose(input) % 2 == 1;
  const std::size_t place = fuzz::choose(input);
  std::string text(fuzz::part_of(input));
  if (is_planted) text.insert(std::min(place, text.size()), kPlanted);
  const auto ref = services::parse_secret_ref(text, "/home/me");
  const std::string shown = ref ? services::to_string(*ref) : ref.error().message;
  fuzz::require(fuzz::is_printable(shown) && shown.find('\n') == std::string::npos, "one line",
                shown);
  const bool is_repeated = is_planted && shown.find(kPlanted) != std::string::npos;
  fuzz::require(ref || !is_repeated, "a refused text is not repeated", shown);
  if (ref) {
    fuzz::require(!services::looks_like_a_key(ref->source == services::SecretSource::env ||
                                                      ref->source == services::SecretSource::cred
                                                  ? ref->name
                                                  : ""),
                  "no key in the place of a name", shown);
    const auto again = services::parse_secret_ref(ref->key, "/home/me");
    fuzz::require(again && *again == *ref, "its key reads back the same", shown);
  }

  services::ProgramReport report;
  report.exit_code = 1;
  services::OpContext context;
  context.reference = text;
  const auto failure = services::judge_op(report, input, context);
  fuzz::require(failure && !failure->message.empty(), "a failure has words");
  fuzz::require(fuzz::is_printable(failure->message + failure->remedy), "fit to be shown");
  fuzz::require(!failure->retry_after || failure->retry_after <= std::chrono::hours(24),
                "nobody is told to wait for more than a day");
  return 0;
}
