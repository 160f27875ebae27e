// chela-ping: GETs the one URL on its standard input. Exit code 0 where the answer is one of the
// 200s; else 1 and one line on standard output that says why, without the URL.
#include <curl/curl.h>
#include <unistd.h>

#include <cstdio>
#include <string>

namespace {

constexpr long kConnectSeconds = 5;
constexpr long kTotalSeconds = 10;
constexpr curl_off_t kMaxAnswerBytes = 64 * 1024;

std::string read_url() {
  std::string url;
  char bytes[4096];
  for (ssize_t got = 0; (got = ::read(0, bytes, sizeof bytes)) > 0 && url.size() < 8192;)
    url.append(bytes, static_cast<std::size_t>(got));
  return url;
}

// Takes an answer of any length up to the cap and forgets it.
std::size_t forget(char*, std::size_t size, std::size_t count, void* seen) {
  auto& bytes = *static_cast<curl_off_t*>(seen);
  bytes += static_cast<curl_off_t>(size * count);
  return bytes > kMaxAnswerBytes ? 0 : size * count;
}

int failed(const char* why) {
  std::printf("%s\n", why);
  return 1;
}

}  // namespace

int main() {
  const std::string url = read_url();
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return failed("libcurl does not start");
  CURL* curl = curl_easy_init();
  if (curl == nullptr) return failed("libcurl does not start");
  curl_off_t seen = 0;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, kTotalSeconds);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "chela/" CHELA_VERSION);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, forget);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &seen);
  const CURLcode code = curl_easy_perform(curl);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_cleanup(curl);
  // A service that answers well and then says too much has been reached all the same.
  const bool is_over_cap = code == CURLE_WRITE_ERROR;
  if (code != CURLE_OK && !is_over_cap) return failed(curl_easy_strerror(code));
  if (status >= 200 && status < 300) return 0;
  std::printf("the service answered %ld\n", status);
  return 1;
}
