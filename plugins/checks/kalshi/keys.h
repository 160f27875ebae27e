// Private keys for tests, made on the spot, and signatures as Kalshi wants them: RSA-PSS with
// SHA-256 and a salt as long as the digest, or Ed25519. By OpenSSL, which the plugin does not use.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace check_kalshi {

class Key {
 public:
  static Key rsa() { return Key(EVP_RSA_gen(2048)); }
  static Key ed25519() { return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

  // `salt_length`: RSA only; -1 is that of the digest.
  std::string sign(std::string_view text, int salt_length = RSA_PSS_SALTLEN_DIGEST,
                   int padding = RSA_PKCS1_PSS_PADDING) const {
    const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EVP_PKEY_CTX* options = nullptr;
    EVP_DigestSignInit(context.get(), &options, digest(), nullptr, key_.get());
    if (is_rsa()) choose(options, salt_length, padding);
    std::size_t size = 0;
    EVP_DigestSign(context.get(), nullptr, &size, bytes(text), text.size());
    std::vector<unsigned char> signature(size);
    EVP_DigestSign(context.get(), signature.data(), &size, bytes(text), text.size());
    std::string base64(4 * ((size + 2) / 3) + 1, '\0');
    base64.resize(
        static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()),
                                                 signature.data(), static_cast<int>(size))));
    return base64;
  }

  bool verifies(std::string_view text, std::string_view base64) const {
    if (base64.empty() || base64.size() % 4 != 0) return false;
    std::vector<unsigned char> signature(base64.size());
    int size = EVP_DecodeBlock(signature.data(), bytes(base64), static_cast<int>(base64.size()));
    if (size < 0) return false;
    for (std::size_t i = base64.size(); i > 0 && base64[i - 1] == '='; --i) --size;
    const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EVP_PKEY_CTX* options = nullptr;
    EVP_DigestVerifyInit(context.get(), &options, digest(), nullptr, key_.get());
    if (is_rsa()) choose(options, RSA_PSS_SALTLEN_DIGEST, RSA_PKCS1_PSS_PADDING);
    return EVP_DigestVerify(context.get(), signature.data(), static_cast<std::size_t>(size),
                            bytes(text), text.size()) == 1;
  }

  std::string pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }

 private:
  using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

  explicit Key(EVP_PKEY* key) : key_(key, EVP_PKEY_free) {}
  bool is_rsa() const { return EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_RSA; }
  const EVP_MD* digest() const { return is_rsa() ? EVP_sha256() : nullptr; }
  static void choose(EVP_PKEY_CTX* options, int salt_length, int padding) {
    EVP_PKEY_CTX_set_rsa_padding(options, padding);
    if (padding != RSA_PKCS1_PSS_PADDING) return;
    EVP_PKEY_CTX_set_rsa_pss_saltlen(options, salt_length);
    EVP_PKEY_CTX_set_rsa_mgf1_md(options, EVP_sha256());
  }
  static const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  }

  std::shared_ptr<EVP_PKEY> key_;  // shared: OpenSSL counts references itself
};

}  // namespace check_kalshi
