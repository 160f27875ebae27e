// Ways from FakeHost to real servers, by libcurl, as the host's own services have them: secrets put
// in, streams logged in.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "chela/testing/fake_host.h"

namespace chela::test {

using Secrets = std::map<std::string, std::string>;

// Answers requests by what a real server answers. {{secret:NAME}} is put in: as the whole url,
// percent-encoded in it, as it is in headers and, with fills_body, in the body.
void use_real_http(testing::FakeHost& host, Secrets secrets);

// Streams go to the server of the plugin's own request, with TLS as its scheme says and a login by
// `secrets`.
void use_real_mail(testing::FakeHost& host, Secrets secrets, std::string authority_pem);

}  // namespace chela::test
