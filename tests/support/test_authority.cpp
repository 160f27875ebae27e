#include "support/test_authority.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>

namespace chela::test {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, Freed<X509_free>>;
using Memory = std::unique_ptr<BIO, Freed<BIO_free_all>>;

void must(bool is_well, const char* what) {
  if (is_well) return;
  std::fprintf(stderr, "test authority: %s failed\n", what);
  std::abort();
}

Key make_key() {
  Key key(EVP_EC_gen("P-256"));
  must(key != nullptr, "making a key");
  return key;
}

std::string text_of(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  const Memory memory(BIO_new(BIO_s_mem()));
  must(PEM_write_bio_X509(memory.get(), certificate) == 1, "writing a certificate");
  return text_of(memory.get());
}

std::string pem_of(EVP_PKEY* key) {
  const Memory memory(BIO_new(BIO_s_mem()));
  must(PEM_write_bio_PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
       "writing a key");
  return text_of(memory.get());
}

void extend(X509* certificate, X509* issuer, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str()));
  must(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "an extension");
}

Cert make_certificate(const char* name, EVP_PKEY* key, X509* issuer,
                      std::chrono::seconds valid_for) {
  Cert certificate(X509_new());
  std::uint64_t serial = 0;
  must(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "a serial");
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -24L * 3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), static_cast<long>(valid_for.count()));
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509_set_issuer_name(certificate.get(),
                       issuer == nullptr ? subject : X509_get_subject_name(issuer));
  return certificate;
}

}  // namespace

struct TestAuthority::Keys {
  Key key;
  Cert certificate;
};

TestAuthority::TestAuthority() : keys_(std::make_unique<Keys>()) {
  keys_->key = make_key();
  keys_->certificate =
      make_certificate("chela test authority", keys_->key.get(), nullptr, std::chrono::hours(24));
  X509* self = keys_->certificate.get();
  extend(self, self, NID_basic_constraints, "critical,CA:TRUE");
  extend(self, self, NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(self, self, NID_subject_key_identifier, "hash");
  must(X509_sign(self, keys_->key.get(), EVP_sha256()) > 0, "signing the authority");
  pem_ = pem_of(self);
}

TestAuthority::~TestAuthority() = default;

Certificate TestAuthority::issue(const std::string& names, std::chrono::seconds valid_for) const {
  const Key key = make_key();
  X509* issuer = keys_->certificate.get();
  const Cert certificate = make_certificate("chela test server", key.get(), issuer, valid_for);
  extend(certificate.get(), issuer, NID_basic_constraints, "CA:FALSE");
  extend(certificate.get(), issuer, NID_subject_alt_name, names);
  extend(certificate.get(), issuer, NID_ext_key_usage, "serverAuth");
  must(X509_sign(certificate.get(), keys_->key.get(), EVP_sha256()) > 0, "signing a certificate");
  return {pem_of(certificate.get()) + pem_, pem_of(key.get())};
}

}  // namespace chela::test
