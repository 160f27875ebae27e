// libcurl as a table of functions, opened when the first request needs it.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "services/http_failure.h"

namespace chela::services {

// Linked, libcurl and what it brings cost 5 ms at each start of the program, most of which sends
// nothing. Opened once per HttpClient and never closed: OpenSSL leaves handlers behind.
struct CurlLibrary {
  decltype(&::curl_global_init_mem) global_init_mem = nullptr;
  decltype(&::curl_version_info) version_info = nullptr;
  decltype(&::curl_easy_init) easy_init = nullptr;
  decltype(&::curl_easy_setopt) easy_setopt = nullptr;
  decltype(&::curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&::curl_easy_pause) easy_pause = nullptr;
  decltype(&::curl_easy_send) easy_send = nullptr;
  decltype(&::curl_easy_recv) easy_recv = nullptr;
  decltype(&::curl_easy_strerror) easy_strerror = nullptr;
  decltype(&::curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&::curl_multi_init) multi_init = nullptr;
  decltype(&::curl_multi_setopt) multi_setopt = nullptr;
  decltype(&::curl_multi_add_handle) multi_add_handle = nullptr;
  decltype(&::curl_multi_remove_handle) multi_remove_handle = nullptr;
  decltype(&::curl_multi_socket_action) multi_socket_action = nullptr;
  decltype(&::curl_multi_info_read) multi_info_read = nullptr;
  decltype(&::curl_multi_strerror) multi_strerror = nullptr;
  decltype(&::curl_multi_cleanup) multi_cleanup = nullptr;
  decltype(&::curl_slist_append) slist_append = nullptr;
  decltype(&::curl_slist_free_all) slist_free_all = nullptr;
  decltype(&::curl_url) url = nullptr;
  decltype(&::curl_url_set) url_set = nullptr;
  decltype(&::curl_url_get) url_get = nullptr;
  decltype(&::curl_url_cleanup) url_cleanup = nullptr;
  decltype(&::curl_url_strerror) url_strerror = nullptr;
  decltype(&::curl_free) free = nullptr;

  unsigned version = 0;   // 0x075800 is 7.88.0
  std::string ca_bundle;  // the system's, as the library was built to find them; may be ""
  std::string ca_folder;
};

inline constexpr const char* curl_file_name = "libcurl.so.4";

// Opens `file` and starts the library: 7.85 or newer, with TLS. Everything that it frees is
// overwritten first, since headers with keys pass through its buffers. no_library says what is
// missing and which package has it. [loop-thread]
HttpResult<CurlLibrary> open_curl(const char* file = curl_file_name);

// Sets options and remembers the first that the library refused.
class CurlOptions {
 public:
  CurlOptions(const CurlLibrary& curl, CURL* easy) : curl_(curl), easy_(easy) {}

  template <class Value>
  void set(CURLoption option, Value value) {
    // libcurl reads its variadic argument as a long, never as an int.
    CURLcode code = CURLE_OK;
    if constexpr (std::is_integral_v<Value> && !std::is_same_v<Value, curl_off_t>)
      code = curl_.easy_setopt(easy_, option, static_cast<long>(value));
    else
      code = curl_.easy_setopt(easy_, option, value);
    if (code != CURLE_OK && refused_ == CURLE_OK) {
      refused_ = code;
      option_ = option;
    }
  }

  HttpResult<void> result() const;

 private:
  const CurlLibrary& curl_;
  CURL* easy_;
  CURLcode refused_ = CURLE_OK;
  CURLoption option_{};
};

}  // namespace chela::services
