#include "services/http_curl.h"

#include <dlfcn.h>
#include <malloc.h>
#include <string.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace chela::services {
namespace {

constexpr unsigned kOldestVersion = 0x075500;  // 7.85.0: CURLOPT_PROTOCOLS_STR

template <class Function>
void find(void* library, const char* name, Function& function, std::string& missing) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  if (function == nullptr && missing.empty()) missing = name;
}

void wipe_and_free(void* memory) {
  if (memory == nullptr) return;
  ::explicit_bzero(memory, ::malloc_usable_size(memory));
  std::free(memory);
}

void* grow(void* memory, std::size_t size) {
  if (memory == nullptr) return std::malloc(size);
  const std::size_t had = ::malloc_usable_size(memory);
  if (had >= size && size > had / 2) return memory;
  void* larger = std::malloc(size);
  if (larger == nullptr) return nullptr;
  std::memcpy(larger, memory, std::min(had, size));
  wipe_and_free(memory);
  return larger;
}

std::string text_or_empty(const char* text) {
  return text == nullptr ? "" : text;
}

}  // namespace

HttpResult<CurlLibrary> open_curl(const char* file) {
  void* library = ::dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    return http_fail(
        HttpFailure::no_library,
        std::string("cannot open ") + file +
            ", which HTTP needs (Debian: package libcurl4): " + text_or_empty(::dlerror()));
  }
  CurlLibrary curl;
  std::string missing;
  find(library, "curl_global_init_mem", curl.global_init_mem, missing);
  find(library, "curl_version_info", curl.version_info, missing);
  find(library, "curl_easy_init", curl.easy_init, missing);
  find(library, "curl_easy_setopt", curl.easy_setopt, missing);
  find(library, "curl_easy_getinfo", curl.easy_getinfo, missing);
  find(library, "curl_easy_pause", curl.easy_pause, missing);
  find(library, "curl_easy_send", curl.easy_send, missing);
  find(library, "curl_easy_recv", curl.easy_recv, missing);
  find(library, "curl_easy_strerror", curl.easy_strerror, missing);
  find(library, "curl_easy_cleanup", curl.easy_cleanup, missing);
  find(library, "curl_multi_init", curl.multi_init, missing);
  find(library, "curl_multi_setopt", curl.multi_setopt, missing);
  find(library, "curl_multi_add_handle", curl.multi_add_handle, missing);
  find(library, "curl_multi_remove_handle", curl.multi_remove_handle, missing);
  find(library, "curl_multi_socket_action", curl.multi_socket_action, missing);
  find(library, "curl_multi_info_read", curl.multi_info_read, missing);
  find(library, "curl_multi_strerror", curl.multi_strerror, missing);
  find(library, "curl_multi_cleanup", curl.multi_cleanup, missing);
  find(library, "curl_slist_append", curl.slist_append, missing);
  find(library, "curl_slist_free_all", curl.slist_free_all, missing);
  find(library, "curl_url", curl.url, missing);
  find(library, "curl_url_set", curl.url_set, missing);
  find(library, "curl_url_get", curl.url_get, missing);
  find(library, "curl_url_cleanup", curl.url_cleanup, missing);
  find(library, "curl_url_strerror", curl.url_strerror, missing);
  find(library, "curl_free", curl.free, missing);
  if (!missing.empty()) {
    return http_fail(HttpFailure::no_library,
                     std::string(file) + " has no " + missing + "; wanted libcurl 7.85 or newer");
  }
  const auto* version = curl.version_info(CURLVERSION_NOW);
  if (version->version_num < kOldestVersion || (version->features & CURL_VERSION_SSL) == 0) {
    return http_fail(HttpFailure::no_library,
                     std::string(file) + ": wanted libcurl 7.85 or newer with TLS, found " +
                         text_or_empty(version->version));
  }
  curl.version = version->version_num;
  if (version->age >= CURLVERSION_SEVENTH) {
    curl.ca_bundle = text_or_empty(version->cainfo);
    curl.ca_folder = text_or_empty(version->capath);
  }
  if (curl.global_init_mem(CURL_GLOBAL_DEFAULT, std::malloc, wipe_and_free, grow, ::strdup,
                           std::calloc) != CURLE_OK) {
    return http_fail(HttpFailure::no_library, std::string(file) + " does not start");
  }
  return curl;
}

HttpResult<void> CurlOptions::result() const {
  if (refused_ == CURLE_OK) return {};
  return http_fail(HttpFailure::internal, "libcurl refuses its option " + std::to_string(option_) +
                                              ": " + curl_.easy_strerror(refused_));
}

}  // namespace chela::services
