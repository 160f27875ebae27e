#include "services/crypto.h"

#include <dlfcn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>

#include "base/text.h"

namespace chela::services {
namespace {

constexpr const char* kLibrary = "libcrypto.so.3";
constexpr int kLeastRsaBits = 2048;

struct Crypto {
  decltype(&::BIO_new_mem_buf) bio_new = nullptr;
  decltype(&::BIO_free) bio_free = nullptr;
  decltype(&::PEM_read_bio_PrivateKey) read_key = nullptr;
  decltype(&::EVP_PKEY_free) key_free = nullptr;
  decltype(&::EVP_PKEY_get_base_id) key_type = nullptr;
  decltype(&::EVP_PKEY_get_bits) key_bits = nullptr;
  decltype(&::EVP_MD_CTX_new) context_new = nullptr;
  decltype(&::EVP_MD_CTX_free) context_free = nullptr;
  decltype(&::EVP_DigestSignInit) sign_init = nullptr;
  decltype(&::EVP_DigestSign) sign = nullptr;
  decltype(&::EVP_PKEY_CTX_set_rsa_padding) set_padding = nullptr;
  decltype(&::EVP_PKEY_CTX_set_rsa_pss_saltlen) set_salt = nullptr;
  decltype(&::EVP_PKEY_CTX_set_rsa_mgf1_md) set_mgf1 = nullptr;
  decltype(&::EVP_sha256) sha256 = nullptr;
  decltype(&::HMAC) hmac = nullptr;
  decltype(&::ERR_clear_error) clear_errors = nullptr;
};

template <class Function>
void find(void* library, const char* name, Function& function, std::string& missing) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  if (function == nullptr && missing.empty()) missing = name;
}

Result<Crypto> open_crypto() {
  void* library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    return fail(ErrorCode::failed_precondition,
                std::string("cannot open ") + kLibrary +
                    ", which signatures need (Debian: package libssl3)");
  }
  Crypto crypto;
  std::string missing;
  find(library, "BIO_new_mem_buf", crypto.bio_new, missing);
  find(library, "BIO_free", crypto.bio_free, missing);
  find(library, "PEM_read_bio_PrivateKey", crypto.read_key, missing);
  find(library, "EVP_PKEY_free", crypto.key_free, missing);
  find(library, "EVP_PKEY_get_base_id", crypto.key_type, missing);
  find(library, "EVP_PKEY_get_bits", crypto.key_bits, missing);
  find(library, "EVP_MD_CTX_new", crypto.context_new, missing);
  find(library, "EVP_MD_CTX_free", crypto.context_free, missing);
  find(library, "EVP_DigestSignInit", crypto.sign_init, missing);
  find(library, "EVP_DigestSign", crypto.sign, missing);
  find(library, "EVP_PKEY_CTX_set_rsa_padding", crypto.set_padding, missing);
  find(library, "EVP_PKEY_CTX_set_rsa_pss_saltlen", crypto.set_salt, missing);
  find(library, "EVP_PKEY_CTX_set_rsa_mgf1_md", crypto.set_mgf1, missing);
  find(library, "EVP_sha256", crypto.sha256, missing);
  find(library, "HMAC", crypto.hmac, missing);
  find(library, "ERR_clear_error", crypto.clear_errors, missing);
  if (missing.empty()) return crypto;
  return fail(ErrorCode::failed_precondition, std::string(kLibrary) + " has no " + missing);
}

Result<const Crypto*> crypto() {
  static const Result<Crypto> opened = open_crypto();
  if (!opened) return fail(opened.error());
  return &*opened;
}

tl::unexpected<Error> refuse(const std::string& what) {
  return fail(ErrorCode::failed_precondition, "the key for signing: " + what);
}

using Key = std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)>;

Result<Key> read_key(const Crypto& with, std::string_view pem) {
  BIO* bio = with.bio_new(pem.data(), static_cast<int>(pem.size()));
  if (bio == nullptr) return refuse("out of memory");
  // Without this, OpenSSL would ask the terminal for the password of an encrypted key.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  Key key(with.read_key(bio, nullptr, no_password, nullptr), with.key_free);
  with.bio_free(bio);
  with.clear_errors();
  if (key == nullptr) return refuse("wanted a private key as PEM that has no password, found none");
  return key;
}

// The algorithm that fits the key, or why none does.
Result<std::string> choose(const Crypto& with, const Key& key, std::string_view wanted) {
  const int type = with.key_type(key.get());
  const bool is_rsa = type == EVP_PKEY_RSA || type == EVP_PKEY_RSA_PSS;
  const std::string fits = is_rsa ? "rsa-pss-sha256" : type == EVP_PKEY_ED25519 ? "ed25519" : "";
  if (fits.empty()) return refuse("wanted RSA or Ed25519, found another kind");
  if (!wanted.empty() && wanted != fits)
    return refuse("it is for " + fits + ", and " + base::printable(wanted, 40) + " is asked for");
  const int bits = is_rsa ? with.key_bits(key.get()) : kLeastRsaBits;
  if (bits < kLeastRsaBits)
    return refuse("wanted at least 2048 bits, found " + std::to_string(bits));
  return fits;
}

Result<std::string> make(const Crypto& with, const Key& key, bool is_rsa, std::string_view text) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&::EVP_MD_CTX_free)> context(with.context_new(),
                                                                          with.context_free);
  EVP_PKEY_CTX* settings = nullptr;  // the context's
  const EVP_MD* digest = is_rsa ? with.sha256() : nullptr;
  bool is_ready = context != nullptr &&
                  with.sign_init(context.get(), &settings, digest, nullptr, key.get()) == 1;
  if (is_ready && is_rsa) {
    is_ready = with.set_padding(settings, RSA_PKCS1_PSS_PADDING) == 1 &&
               with.set_salt(settings, RSA_PSS_SALTLEN_DIGEST) == 1 &&
               with.set_mgf1(settings, with.sha256()) == 1;
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  if (is_ready) is_ready = with.sign(context.get(), nullptr, &size, bytes, text.size()) == 1;
  std::string signature(size, '\0');
  if (is_ready) {
    is_ready = with.sign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                         bytes, text.size()) == 1;
  }
  with.clear_errors();
  if (!is_ready) return refuse("OpenSSL makes no signature with it");
  signature.resize(size);
  return signature;
}

}  // namespace

Result<MadeSignature> sign_text(std::string_view key, std::string_view algorithm,
                                std::string_view text) {
  CHELA_TRY(const Crypto* with, crypto());
  if (algorithm == "hmac-sha256") {
    unsigned char digest[32];
    unsigned size = sizeof digest;
    const bool is_made = with->hmac(with->sha256(), key.data(), static_cast<int>(key.size()),
                                    reinterpret_cast<const unsigned char*>(text.data()),
                                    text.size(), digest, &size) != nullptr;
    if (!is_made) return refuse("OpenSSL makes no HMAC with it");
    return MadeSignature{std::string(reinterpret_cast<const char*>(digest), size), "hmac-sha256"};
  }
  if (!algorithm.empty() && algorithm != "rsa-pss-sha256" && algorithm != "ed25519") {
    return fail(ErrorCode::invalid_argument,
                "no way of signing: wanted rsa-pss-sha256, ed25519 or hmac-sha256, found '" +
                    base::printable(algorithm, 40) + "'");
  }
  CHELA_TRY(const Key private_key, read_key(*with, key));
  CHELA_TRY(std::string chosen, choose(*with, private_key, algorithm));
  CHELA_TRY(std::string bytes, make(*with, private_key, chosen == "rsa-pss-sha256", text));
  return MadeSignature{std::move(bytes), std::move(chosen)};
}

}  // namespace chela::services
