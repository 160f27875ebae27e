// A real Dovecot on loopback: the whole server without privileges, with a CA of its own, passwords,
// and bearer tokens that it validates itself, offline.
#pragma once

#include <optional>
#include <string>

#include "support/chela_program.h"
#include "support/test_authority.h"

namespace chela::test {

class Dovecot {
 public:
  // Users alice, bob, carol and dave with the password "right"; not started yet.
  Dovecot();
  ~Dovecot();
  Dovecot(const Dovecot&) = delete;
  Dovecot& operator=(const Dovecot&) = delete;

  static bool is_installed();
  // False where it does not take connections within 20 s; log() then says why.
  bool start();
  void stop();

  std::string imaps_url() const { return "imaps://127.0.0.1:" + imaps_port_; }
  std::string starttls_url() const { return "imap://127.0.0.1:" + imap_port_; }
  std::string authority_file() const { return (root_ / "ca.pem").string(); }
  std::string log() const { return slurp(root_ / "log"); }

  // A signed token for `user`; it has expired where `valid_for` is negative.
  std::string token(const std::string& user, std::chrono::seconds valid_for) const;
  // Puts a mail into the user's inbox, as a delivery agent does.
  void deliver(const std::string& user, const std::string& text);
  // The names of the stored mails; a mail that was read has an S behind ":2,".
  std::vector<std::string> mail_files(const std::string& user) const;
  // Makes the server number the user's mails anew; only while it is stopped.
  void forget_numbers(const std::string& user);

 private:
  fs::path inbox(const std::string& user) const { return root_ / "mail" / user; }
  void write_config() const;
  void give_away() const;

  struct Keys;
  fs::path root_;
  std::unique_ptr<Keys> keys_;
  TestAuthority authority_;
  std::string imap_port_, imaps_port_;
  Desk desk_;
  std::optional<Running> running_;
  int delivered_ = 0;
};

}  // namespace chela::test
