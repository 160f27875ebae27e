// Signatures for plugins: which texts, which keys, and whether OpenSSL itself takes them.
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>

#include "services/certificate_time.h"
#include "services/crypto.h"
#include "services/sign_text.h"

namespace chela::services {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

std::string pem_of(const Key& key) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

// Whether OpenSSL takes the signature, told how it was made.
bool verifies(const Key& key, bool is_rsa, const std::string& text, const std::string& signature) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  EVP_PKEY_CTX* settings = nullptr;
  EVP_DigestVerifyInit(context.get(), &settings, is_rsa ? EVP_sha256() : nullptr, nullptr,
                       key.get());
  if (is_rsa) {
    EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, 32);
    EVP_PKEY_CTX_set_rsa_mgf1_md(settings, EVP_sha256());
  }
  return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                          signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                          text.size()) == 1;
}

TEST(SignText, IsTakenByOpenSsl) {
  const Key rsa(EVP_RSA_gen(2048), EVP_PKEY_free);
  const Key ed(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free);
  const std::string text = "1790000000000GET/trade-api/v2/portfolio/balance";
  const auto by_rsa = sign_text(pem_of(rsa), "", text);
  ASSERT_TRUE(by_rsa) << by_rsa.error().message;
  EXPECT_EQ(by_rsa->algorithm, "rsa-pss-sha256");
  EXPECT_TRUE(verifies(rsa, true, text, by_rsa->bytes));
  EXPECT_FALSE(verifies(rsa, true, text + "?x", by_rsa->bytes));
  const auto by_ed = sign_text(pem_of(ed), "ed25519", text);
  ASSERT_TRUE(by_ed) << by_ed.error().message;
  EXPECT_TRUE(verifies(ed, false, text, by_ed->bytes));
}

TEST(SignText, MakesTheHmacOfRfc4231) {
  const auto made = sign_text("Jefe", "hmac-sha256", "what do ya want for nothing?");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->bytes.substr(0, 4), "\x5b\xdc\xc1\x46");
  EXPECT_EQ(made->bytes.substr(28), "\x64\xec\x38\x43");
}

TEST(SignText, RefusesKeysThatAreNoneAndRepeatsNothingOfThem) {
  const Key small(EVP_RSA_gen(1024), EVP_PKEY_free);
  const Key curve(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_PKEY_free);
  const Key ed(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free);
  const struct {
    const char* name;
    std::string key;
    const char* algorithm;
    const char* message;
  } cases[] = {
      {"no PEM", "sekrit-text", "", "wanted a private key as PEM"},
      {"too short", pem_of(small), "", "2048 bits, found 1024"},
      {"another kind", pem_of(curve), "", "another kind"},
      {"for something else", pem_of(ed), "rsa-pss-sha256", "it is for ed25519"},
      {"encrypted",
       "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIBvTBXBgkq\n-----END ENCRYPTED PRIVATE KEY-----\n",
       "", "no password"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto made = sign_text(c.key, c.algorithm, "text");
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::failed_precondition);
    EXPECT_NE(made.error().message.find(c.message), std::string::npos) << made.error().message;
    EXPECT_EQ(made.error().message.find("sekrit"), std::string::npos);
  }
  EXPECT_EQ(sign_text("key", "md5", "text").error().code, ErrorCode::invalid_argument);
}

TEST(SignPatterns, CoverTheTextsTheyDescribe) {
  const struct {
    const char* pattern;
    const char* text;
    bool matches;
  } cases[] = {
      {"#GET/v2/balance", "1790000000000GET/v2/balance", true},
      {"#GET/v2/balance", "GET/v2/balance", false},
      {"#GET/v2/balance", "1790000000000POST/v2/balance", false},
      {"#GET/v2/balance", "1790000000000GET/v2/balance/", false},
      {"#GET/v2/balance", "123456789012345678901GET/v2/balance", false},
      {"#GET/v2/*", "1GET/v2/orders", true},
      {"#GET/v2/*", "1GET/v2/", true},
      {"#GET/v2/*", "1GET/v2/a\nPOST/x", false},
      {"#GET/v2/*", "1GET/v1/orders", false},
      {"exact", "exact", true},
      {"exact", "exactly", false},
      {"", "", true},
  };
  for (const auto& c : cases)
    EXPECT_EQ(matches_sign_pattern(c.pattern, c.text), c.matches) << c.pattern << " " << c.text;
}

TEST(SignPatterns, AreWhatTheGrantHolds) {
  Caller caller{"kalshi", {}, {}};
  EXPECT_NE(check_signing(caller, "private_key", "1GET/x").error().message.find("allow.sign"),
            std::string::npos);
  caller.grant.sign = {{"private_key", {"#GET/x"}}};
  EXPECT_TRUE(check_signing(caller, "private_key", "1GET/x"));
  const auto refused = check_signing(caller, "private_key", "1POST/x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::permission_denied);
  EXPECT_EQ(refused.error().message.find("POST"), std::string::npos) << "the text is not repeated";
}

TEST(CertificateTime, ReadsWhatLibcurlTells) {
  const auto ms = [](const char* text) {
    const auto time = parse_certificate_time(text);
    return time ? time->time_since_epoch().count() : -1;
  };
  EXPECT_EQ(ms("Mar  1 12:00:00 2027 GMT"), 1803902400000);
  EXPECT_EQ(ms("Dec 31 23:59:59 2049 GMT"), 2524607999000);
  for (const char* text : {"", "Mar 1 12:00:00 2027", "Foo 1 12:00:00 2027 GMT",
                           "Feb 30 12:00:00 2027 GMT", "Mar 1 25:00:00 2027 GMT", "aMr 1"}) {
    EXPECT_EQ(ms(text), -1) << text;
  }
}

}  // namespace
}  // namespace chela::services
