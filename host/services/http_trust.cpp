#include "services/http_trust.h"

#include <fstream>
#include <iterator>

#include "base/text.h"

namespace chela::services {
namespace {

HttpResult<std::string> read_pem(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (in.bad() || text.find("-----BEGIN CERTIFICATE-----") == std::string::npos) {
    return http_fail(HttpFailure::bad_request, "ca_file " + base::printable(file, 300) +
                                                   ": wanted a readable file with certificates "
                                                   "(PEM)");
  }
  return text;
}

}  // namespace

// A blob replaces libcurl's bundle of files, a folder stands beside it.
HttpResult<HttpTrust> trust_of(const HttpSettings& settings, const CurlLibrary& curl) {
  HttpTrust trust;
  trust.user_agent = settings.user_agent.empty() ? "chela/" CHELA_VERSION : settings.user_agent;
  if (settings.ca_file.empty()) return trust;
  CHELA_HTTP_TRY(trust.authorities, read_pem(settings.ca_file));
  trust.folder = curl.ca_folder;
  if (trust.folder.empty() && !curl.ca_bundle.empty()) {
    CHELA_HTTP_TRY(const std::string system, read_pem(curl.ca_bundle));
    trust.authorities += "\n" + system;
  }
  return trust;
}

void set_trust(CurlOptions& options, const HttpTrust& trust) {
  options.set(CURLOPT_SSL_VERIFYPEER, 1L);
  options.set(CURLOPT_SSL_VERIFYHOST, 2L);
  options.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (trust.authorities.empty()) {
    // With a folder besides the bundle, libcurl would parse the bundle again for each connection.
    options.set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    return;
  }
  curl_blob blob{const_cast<char*>(trust.authorities.data()), trust.authorities.size(),
                 CURL_BLOB_NOCOPY};
  options.set(CURLOPT_CAINFO_BLOB, &blob);
  options.set(CURLOPT_CAPATH, trust.folder.empty() ? nullptr : trust.folder.c_str());
}

}  // namespace chela::services
