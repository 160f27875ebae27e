#include "nagios_output.h"

#include <charconv>
#include <cmath>

namespace check_exec {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

// A number at the start of `text`, which loses it. Some plugins of Europe print a comma.
std::optional<double> take_number(std::string_view& text) {
  std::string copy(text.substr(0, 64));
  for (char& c : copy) {
    if (c == ',') c = '.';
  }
  const char* begin = copy.data() + (copy.starts_with('+') ? 1 : 0);
  double value = 0;
  const auto [end, error] = std::from_chars(begin, copy.data() + copy.size(), value);
  if (error != std::errc() || !std::isfinite(value)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - copy.data()));
  return value;
}

std::optional<double> number(std::string_view text) {
  const auto value = take_number(text);
  return text.empty() ? value : std::nullopt;
}

// "label=" or "'a label''s=quote'=", which `text` loses; nullopt where there is none up to a blank.
std::optional<std::string> take_label(std::string_view& text) {
  std::string label;
  if (!text.starts_with('\'')) {
    const auto equals = text.find('=');
    const auto blank = text.find_first_of(" \t");
    if (equals == std::string_view::npos || blank < equals || equals == 0) return std::nullopt;
    label = text.substr(0, equals);
    text.remove_prefix(equals + 1);
    return label;
  }
  std::size_t at = 1;
  for (; at < text.size(); ++at) {
    if (text[at] != '\'') {
      label += text[at];
      continue;
    }
    if (at + 1 >= text.size() || text[at + 1] != '\'') break;
    label += '\'';
    ++at;
  }
  if (at + 1 >= text.size() || text[at + 1] != '=' || label.empty()) return std::nullopt;
  text.remove_prefix(at + 2);
  return label;
}

std::string_view take_field(std::string_view& fields) {
  const auto end = fields.find(';');
  const auto field = fields.substr(0, end);
  fields.remove_prefix(end == std::string_view::npos ? fields.size() : end + 1);
  return field;
}

enum class Piece { value, unknown, unreadable };

Piece take_piece(std::string_view& text, Perf& perf) {
  const auto label = take_label(text);
  const auto end = std::min(text.find_first_of(" \t\r\n"), text.size());
  std::string_view fields = text.substr(0, end);
  text.remove_prefix(end);
  if (!label) return Piece::unreadable;
  perf.label = *label;
  std::string_view first = take_field(fields);
  if (first == "U") return Piece::unknown;
  const auto value = take_number(first);
  if (!value) return Piece::unreadable;
  perf.value = *value;
  perf.unit = first;
  perf.warn = take_field(fields);
  perf.crit = take_field(fields);
  perf.min = number(take_field(fields));
  perf.max = number(take_field(fields));
  return Piece::value;
}

void read_perf(std::string_view text, NagiosOutput& output) {
  while (true) {
    text = trimmed(text);
    if (text.empty() || output.perf.size() >= kMaxPerf) return;
    Perf perf;
    const auto before = text.size();
    switch (take_piece(text, perf)) {
      case Piece::value:
        output.perf.push_back(std::move(perf));
        break;
      case Piece::unknown:
        break;
      case Piece::unreadable:
        ++output.unreadable;
        break;
    }
    if (text.size() == before) text.remove_prefix(1);  // never stand still
  }
}

}  // namespace

NagiosOutput parse_nagios_output(std::string_view out) {
  NagiosOutput output;
  const auto first = take_line(out);
  const auto bar = first.find('|');
  output.text = trimmed(first.substr(0, bar));
  if (bar != std::string_view::npos) read_perf(first.substr(bar + 1), output);
  while (!out.empty()) {
    const auto line = take_line(out);
    const auto second_bar = line.find('|');
    if (!output.long_text.empty()) output.long_text += '\n';
    output.long_text += line.substr(0, second_bar);
    if (second_bar == std::string_view::npos) continue;
    read_perf(line.substr(second_bar + 1), output);  // and all that follows
    read_perf(out, output);
    break;
  }
  output.long_text = trimmed(output.long_text);
  return output;
}

}  // namespace check_exec
