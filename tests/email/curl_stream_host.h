// A host whose chela.stream/1 is real: libcurl connects, does TLS and logs in, and the plugin talks
// to the server behind it. All other services are FakeHost's.
#pragma once

#include <curl/curl.h>
#include <poll.h>

#include <memory>

#include "chela/testing/fake_host.h"

namespace chela::test {

class CurlStreamHost : public testing::FakeHost {
 public:
  CurlStreamHost() {
    others_ = chela_host::service;
    chela_host::service = &CurlStreamHost::find;
  }

  std::string authority_file;                  // PEM of the CA that signed the server's certificate
  std::map<std::string, std::string> secrets;  // by name
  bool requires_tls = true;

 private:
  static CurlStreamHost& of(const chela_call* call) {
    return *const_cast<CurlStreamHost*>(static_cast<const CurlStreamHost*>(call->host));
  }
  static const void* find(const chela_host* self, chela_str id) {
    static const chela_stream_v1 table{sizeof(chela_stream_v1), 0, &open, &read, &write, &close};
    if (internal::view(id) == CHELA_SERVICE_STREAM) return &table;
    return static_cast<const CurlStreamHost*>(self)->others_(self, id);
  }
  static chela_status refuse(const chela_sink* error, CURLcode code) {
    const std::string message = curl_easy_strerror(code);
    error->put(error, internal::str(message));
    switch (code) {
      case CURLE_LOGIN_DENIED:
        return CHELA_UNAUTHENTICATED;
      case CURLE_OPERATION_TIMEDOUT:
        return CHELA_DEADLINE_EXCEEDED;
      case CURLE_PEER_FAILED_VERIFICATION:
      case CURLE_USE_SSL_FAILED:
      case CURLE_SSL_CONNECT_ERROR:
        return CHELA_FAILED_PRECONDITION;
      default:
        return CHELA_UNAVAILABLE;
    }
  }

  static chela_status open(const chela_call* call, chela_str request, const chela_sink* info,
                           const chela_sink* error) {
    CurlStreamHost& host = of(call);
    const auto document = parse_json(internal::view(request)).value();
    host.stream_requests.push_back(document);
    host.handle_.reset(curl_easy_init());
    CURL* curl = host.handle_.get();
    const auto secret = host.secrets[get_string(document, "secret")];
    curl_easy_setopt(curl, CURLOPT_URL, get_string(document, "url").c_str());
    curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(curl, CURLOPT_CAINFO, host.authority_file.c_str());
    curl_easy_setopt(curl, CURLOPT_USE_SSL,
                     static_cast<long>(host.requires_tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(get_int(document, "timeout_ms")));
    curl_easy_setopt(curl, CURLOPT_USERNAME, get_string(document, "user").c_str());
    const bool is_token = get_string(document, "login") == "bearer";
    curl_easy_setopt(curl, is_token ? CURLOPT_XOAUTH2_BEARER : CURLOPT_PASSWORD, secret.c_str());
    const auto code = curl_easy_perform(curl);
    if (code != CURLE_OK) return refuse(error, code);
    ++host.open_streams;
    const std::string text = R"({"stream":1})";
    info->put(info, internal::str(text));
    return CHELA_OK;
  }

  // Waits until the socket is ready; false where it is not within `timeout_ms`.
  bool wait(short what, std::uint32_t timeout_ms) const {
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_easy_getinfo(handle_.get(), CURLINFO_ACTIVESOCKET, &socket);
    pollfd one{socket, what, 0};
    return ::poll(&one, 1, static_cast<int>(timeout_ms)) == 1;
  }

  static chela_status read(const chela_call* call, std::uint32_t, std::uint64_t max_bytes,
                           std::uint32_t timeout_ms, const chela_sink* bytes,
                           const chela_sink* error) {
    CurlStreamHost& host = of(call);
    std::string buffer(std::min<std::size_t>(max_bytes == 0 ? 64u << 10 : max_bytes, 1u << 20), 0);
    while (true) {
      std::size_t got = 0;
      const auto code = curl_easy_recv(host.handle_.get(), buffer.data(), buffer.size(), &got);
      if (code == CURLE_OK) {
        bytes->put(bytes, {buffer.data(), got});
        return CHELA_OK;
      }
      if (code != CURLE_AGAIN) return refuse(error, code);
      if (!host.wait(POLLIN, timeout_ms)) return refuse(error, CURLE_OPERATION_TIMEDOUT);
    }
  }

  static chela_status write(const chela_call* call, std::uint32_t, chela_str bytes,
                            std::uint32_t timeout_ms, const chela_sink* error) {
    CurlStreamHost& host = of(call);
    auto rest = internal::view(bytes);
    host.stream_written += rest;
    while (!rest.empty()) {
      std::size_t sent = 0;
      const auto code = curl_easy_send(host.handle_.get(), rest.data(), rest.size(), &sent);
      if (code != CURLE_OK && code != CURLE_AGAIN) return refuse(error, code);
      rest.remove_prefix(sent);
      if (code == CURLE_AGAIN && !host.wait(POLLOUT, timeout_ms))
        return refuse(error, CURLE_OPERATION_TIMEDOUT);
    }
    return CHELA_OK;
  }

  static chela_status close(const chela_call* call, std::uint32_t, const chela_sink*) {
    --of(call).open_streams;
    of(call).handle_.reset();
    return CHELA_OK;
  }

  struct Cleanup {
    void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  };
  decltype(chela_host::service) others_;
  std::unique_ptr<CURL, Cleanup> handle_;
};

}  // namespace chela::test
