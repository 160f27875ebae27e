#include "email/dovecot.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <pwd.h>
#include <sys/socket.h>

#include <thread>

namespace chela::test {
namespace {

constexpr const char* kUsers[] = {"alice", "bob", "carol", "dave"};

// As root the server runs as nobody; else as whoever runs the test.
std::string server_user() {
  if (::geteuid() == 0) return "nobody";
  const auto* self = ::getpwuid(::geteuid());
  return self == nullptr ? "nobody" : self->pw_name;
}
std::string server_group() {
  return ::geteuid() == 0 ? "nogroup" : std::to_string(::getegid());
}

sockaddr_in on_loopback(std::uint16_t port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return at;
}

std::string free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at = on_loopback(0);
  socklen_t size = sizeof at;
  ::bind(fd, reinterpret_cast<sockaddr*>(&at), size);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size);
  ::close(fd);
  return std::to_string(ntohs(at.sin_port));
}

bool takes_connections(const std::string& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in at = on_loopback(static_cast<std::uint16_t>(std::stoi(port)));
  const bool is_open = ::connect(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
  ::close(fd);
  return is_open;
}

std::string base64url(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, 0);
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

}  // namespace

// The key that signs tokens.
struct Dovecot::Keys {
  Keys() : key(EVP_RSA_gen(2048)) {}
  ~Keys() { EVP_PKEY_free(key); }
  Keys(const Keys&) = delete;
  Keys& operator=(const Keys&) = delete;

  std::string public_pem() const {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PUBKEY(bio, key);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string pem(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return pem;
  }
  std::string sign(const std::string& text) const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key);
    std::string signature(512, 0);
    std::size_t size = signature.size();
    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
    EVP_MD_CTX_free(context);
    signature.resize(size);
    return signature;
  }
  EVP_PKEY* key;
};

Dovecot::Dovecot()
    : keys_(std::make_unique<Keys>()), imap_port_(free_port()), imaps_port_(free_port()) {
  // Its sockets lie below: their paths must be short.
  std::string pattern = "/tmp/chela-dovecot.XXXXXX";
  root_ = mkdtemp(pattern.data());
  fs::permissions(root_, fs::perms::owner_all | fs::perms::group_exec | fs::perms::group_read |
                             fs::perms::others_exec | fs::perms::others_read);
  const Certificate certificate = authority_.issue("IP:127.0.0.1,DNS:localhost");
  spill(root_ / "ca.pem", authority_.pem());
  spill(root_ / "cert.pem", certificate.chain_pem);
  spill(root_ / "key.pem", certificate.key_pem);
  // Dovecot looks a key up by client, algorithm and key id; "default" where the token names none.
  spill(root_ / "keys/default/RS256/default", keys_->public_pem());
  fs::create_directories(root_ / "run");
  std::string users;
  for (const char* user : kUsers) {
    users += std::string(user) + ":{PLAIN}right\n";
    for (const char* folder : {"cur", "new", "tmp"}) fs::create_directories(inbox(user) / folder);
  }
  spill(root_ / "users", users);
  write_config();
}

Dovecot::~Dovecot() {
  stop();
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

bool Dovecot::is_installed() {
  return fs::exists("/usr/sbin/dovecot") && fs::exists("/usr/lib/dovecot/imap");
}

void Dovecot::write_config() const {
  const std::string root = root_.string(), user = server_user(), group = server_group();
  spill(root_ / "oauth2.conf",
        "introspection_mode = local\nlocal_validation_key_dict = "
        "fs:posix:prefix=" +
            root + "/keys/\nusername_attribute = sub\n");
  spill(root_ / "dovecot.conf",
        "base_dir = " + root + "/run\nstate_dir = " + root + "/run\nlog_path = " + root +
            "/log\nprotocols = imap\nlisten = 127.0.0.1\ndefault_internal_user = " + user +
            "\ndefault_internal_group = " + group + "\ndefault_login_user = " + user +
            "\nfirst_valid_uid = 1\nfirst_valid_gid = 0\nmail_location = maildir:" + root +
            "/mail/%u\nssl = required\nssl_cert = <" + root + "/cert.pem\nssl_key = <" + root +
            "/key.pem\nauth_mechanisms = plain xoauth2 oauthbearer\nauth_failure_delay = 0\n"
            "mail_max_userip_connections = 100\n"
            "passdb {\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = " +
            root +
            "/oauth2.conf\n}\npassdb {\n  driver = passwd-file\n  mechanisms = plain\n  args = " +
            root + "/users\n}\nuserdb {\n  driver = static\n  args = uid=" + user +
            " gid=" + group + " home=" + root +
            "/mail/%u\n}\nservice imap-login {\n  chroot =\n"
            "  inet_listener imap {\n    port = " +
            imap_port_ + "\n  }\n  inet_listener imaps {\n    port = " + imaps_port_ +
            "\n    ssl = yes\n  }\n}\nservice anvil {\n  chroot =\n  unix_listener "
            "anvil-auth-penalty {\n    mode = 0\n  }\n}\nservice stats {\n  chroot "
            "=\n}\n");
}

void Dovecot::give_away() const {
  const auto* owner = ::getpwnam(server_user().c_str());
  if (::geteuid() != 0 || owner == nullptr) return;
  if (::lchown(root_.c_str(), owner->pw_uid, owner->pw_gid) != 0) std::abort();
  for (const auto& entry : fs::recursive_directory_iterator(root_)) {
    // The server renames and removes while this goes on.
    if (::lchown(entry.path().c_str(), owner->pw_uid, owner->pw_gid) != 0 && errno != ENOENT)
      std::abort();
  }
}

bool Dovecot::start() {
  give_away();
  std::vector<std::string> words{"-F", "-c", (root_ / "dovecot.conf").string()};
  if (::geteuid() == 0) {
    words.insert(words.begin(), {"--reuid=nobody", "--regid=nogroup", "--clear-groups",
                                 "--inh-caps=-all", "/usr/sbin/dovecot"});
    running_.emplace(desk_.start(words, "/usr/bin/setpriv"));
  } else {
    running_.emplace(desk_.start(words, "/usr/sbin/dovecot"));
  }
  for (int i = 0; i < 400; ++i) {
    if (takes_connections(imap_port_) && takes_connections(imaps_port_)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

void Dovecot::stop() {
  if (!running_) return;
  ::kill(running_->pid, SIGTERM);
  Desk::finish(std::move(*running_), std::chrono::seconds(20));
  running_.reset();
}

std::string Dovecot::token(const std::string& user, std::chrono::seconds valid_for) const {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  const json::object claims{{"sub", user}, {"iat", now - 7200}, {"exp", now + valid_for.count()}};
  const std::string text =
      base64url(R"({"alg":"RS256","typ":"JWT"})") + "." + base64url(json::serialize(claims));
  return text + "." + base64url(keys_->sign(text));
}

void Dovecot::deliver(const std::string& user, const std::string& text) {
  const std::string name = std::to_string(1'000'000 + delivered_++) + ".test.localhost";
  spill(inbox(user) / "tmp" / name, text);
  give_away();
  fs::rename(inbox(user) / "tmp" / name, inbox(user) / "new" / name);
}

std::vector<std::string> Dovecot::mail_files(const std::string& user) const {
  std::vector<std::string> names;
  for (const char* folder : {"cur", "new"}) {
    for (const auto& entry : fs::directory_iterator(inbox(user) / folder))
      names.push_back(entry.path().filename().string());
  }
  return names;
}

void Dovecot::forget_numbers(const std::string& user) {
  for (const auto& entry : fs::directory_iterator(inbox(user))) {
    if (entry.path().filename().string().starts_with("dovecot")) fs::remove_all(entry.path());
  }
}

}  // namespace chela::test
