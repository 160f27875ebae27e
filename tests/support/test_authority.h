// A certificate authority of the test's own, and what it signs.
#pragma once

#include <chrono>
#include <memory>
#include <string>

namespace chela::test {

struct Certificate {
  std::string chain_pem;
  std::string key_pem;
};

// Keys on P-256, made anew each time. A step of OpenSSL that fails ends the test program.
class TestAuthority {
 public:
  TestAuthority();
  ~TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  const std::string& pem() const { return pem_; }

  // `names`: "DNS:localhost,IP:127.0.0.1". Valid from a day before until `valid_for` from now.
  Certificate issue(const std::string& names,
                    std::chrono::seconds valid_for = std::chrono::hours(1)) const;

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
  std::string pem_;
};

}  // namespace chela::test
