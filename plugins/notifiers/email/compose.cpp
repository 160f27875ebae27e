#include "compose.h"

#include "address.h"
#include "encode.h"
#include "words.h"

namespace email {
namespace {

constexpr std::size_t kBodyBytes = 32u << 10;

std::string header(const std::string& name, const std::string& value) {
  return name + ": " + value + "\r\n";
}

// A display name: an encoded word needs no quotes, a plain one is quoted.
std::string from_of(const Envelope& envelope) {
  if (envelope.from_name.empty()) return envelope.from;
  std::string name = header_text(envelope.from_name, 0);
  if (!name.starts_with("=?")) {
    std::string quoted = "\"";
    for (const char c : name) {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
    name = quoted + "\"";
  }
  return name + "\r\n <" + envelope.from + ">";
}

std::string body_of(const chela::Message& message) {
  std::string text;
  for (const char c : message.text(kBodyBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    text += byte < 0x20 && c != '\n' && c != '\t' ? ' ' : c;
  }
  text += "\n\n-- \nchela, message " + message.id + "\n";
  if (message.is_test) text += "Somebody asked for this message with `chela notify test`.\n";
  return text;
}

}  // namespace

std::string compose(const Envelope& envelope, const chela::Message& message, chela::Timestamp now) {
  const auto date = message.made.time_since_epoch().count() > 0 ? message.made : now;
  std::string to;
  for (const auto& address : envelope.to) to += (to.empty() ? "" : ",\r\n ") + address;
  std::string mail;
  mail += header("Date", mail_date(date));
  mail += header("From", from_of(envelope));
  mail += header("To", to);
  mail += header("Subject", header_text(notify::headline(message, 180), 9));
  mail += header("Message-ID", "<chela." + message.id + "@" + domain_of(envelope.from) + ">");
  mail += header("Auto-Submitted", "auto-generated");  // so that no holiday notice answers it
  mail += header("X-Auto-Response-Suppress", "All");
  mail += header("X-Chela-Severity", header_text(message.severity, 18));
  if (message.severity == "crit") mail += header("Importance", "high");
  if (message.severity == "info") mail += header("Importance", "low");
  mail += header("MIME-Version", "1.0");
  mail += header("Content-Type", "text/plain; charset=utf-8");
  mail += header("Content-Transfer-Encoding", "quoted-printable");
  return mail + "\r\n" + quoted_printable(body_of(message));
}

}  // namespace email
