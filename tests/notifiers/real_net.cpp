#include "notifiers/real_net.h"

#include <curl/curl.h>
#include <poll.h>

#include <algorithm>

namespace chela::test {
namespace {

struct EasyEnd {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, EasyEnd>;

std::string percent_encode(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || std::string_view("-._~").find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    constexpr char kDigits[] = "0123456789ABCDEF";
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

enum class Encoding { none, percent };

std::string put_in(std::string text, const Secrets& secrets, Encoding encoding) {
  for (const auto& [name, value] : secrets) {
    const std::string mark = "{{secret:" + name + "}}";
    if (text == mark) return value;
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at))
      text.replace(at, mark.size(), encoding == Encoding::percent ? percent_encode(value) : value);
  }
  return text;
}

std::size_t take(char* bytes, std::size_t, std::size_t size, void* to) {
  static_cast<std::string*>(to)->append(bytes, size);
  return size;
}

std::size_t take_header(char* bytes, std::size_t, std::size_t size, void* to) {
  const std::string line(bytes, size);
  const auto colon = line.find(": ");
  if (colon == std::string::npos) return size;
  std::string name = line.substr(0, colon);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  auto value = line.substr(colon + 2);
  value.erase(value.find_last_not_of("\r\n") + 1);
  static_cast<FetchReply*>(to)->headers.emplace_back(name, value);
  return size;
}

Result<FetchReply> fetch(const json::value& request, std::string body, const Secrets& secrets) {
  const Easy easy(curl_easy_init());
  const auto url = put_in(get_string(request, "url"), secrets, Encoding::percent);
  const auto method = get_string(request, "method");
  if (get_bool(request, "fills_body")) body = put_in(std::move(body), secrets, Encoding::none);
  curl_slist* headers = nullptr;
  for (const auto& pair : find(request, "headers")->get_array()) {
    const auto line = std::string(pair.at(0).as_string()) + ": " +
                      put_in(std::string(pair.at(1).as_string()), secrets, Encoding::none);
    headers = curl_slist_append(headers, line.c_str());
  }
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> list(headers,
                                                                         &curl_slist_free_all);
  FetchReply reply;
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers);
  if (method != "GET") {
    curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDS, body.c_str());
  }
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &take);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &reply.body);
  curl_easy_setopt(easy.get(), CURLOPT_HEADERFUNCTION, &take_header);
  curl_easy_setopt(easy.get(), CURLOPT_HEADERDATA, &reply);
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS,
                   static_cast<long>(get_int(request, "timeout_ms")));
  const auto done = curl_easy_perform(easy.get());
  if (done != CURLE_OK) return fail(ErrorCode::unavailable, curl_easy_strerror(done));
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  reply.status = static_cast<int>(status);
  return reply;
}

// One connection that libcurl has logged in.
class MailLine {
 public:
  Result<std::string> open(const json::value& request, const Secrets& secrets,
                           const std::string& authority_pem) {
    easy_.reset(curl_easy_init());
    const auto url = get_string(request, "url");
    const auto user = get_string(request, "user");
    const auto secret = secrets.find(get_string(request, "secret"));
    curl_blob authority{const_cast<char*>(authority_pem.data()), authority_pem.size(),
                        CURL_BLOB_COPY};
    curl_easy_setopt(easy_.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy_.get(), CURLOPT_CAINFO_BLOB, &authority);
    curl_easy_setopt(easy_.get(), CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
    curl_easy_setopt(easy_.get(), CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy_.get(), CURLOPT_TIMEOUT, 20L);
    if (get_string(request, "login") != "none") {
      curl_easy_setopt(easy_.get(), CURLOPT_USERNAME, user.c_str());
      curl_easy_setopt(easy_.get(), CURLOPT_PASSWORD,
                       secret == secrets.end() ? "" : secret->second.c_str());
    }
    const auto done = curl_easy_perform(easy_.get());
    if (done == CURLE_LOGIN_DENIED)
      return fail(ErrorCode::unauthenticated, "the server refuses user or password");
    if (done != CURLE_OK) return fail(ErrorCode::unavailable, curl_easy_strerror(done));
    return std::string();
  }

  // Writes, and reads until a whole reply of SMTP is there.
  Result<std::string> talk(std::string_view bytes) {
    while (!bytes.empty()) {
      std::size_t sent = 0;
      const auto done = curl_easy_send(easy_.get(), bytes.data(), bytes.size(), &sent);
      if (done != CURLE_OK && done != CURLE_AGAIN)
        return fail(ErrorCode::unavailable, curl_easy_strerror(done));
      bytes.remove_prefix(sent);
    }
    std::string all;
    while (!is_whole(all)) {
      char piece[4096];
      std::size_t size = 0;
      const auto done = curl_easy_recv(easy_.get(), piece, sizeof piece, &size);
      if (done == CURLE_AGAIN) {
        if (!wait()) return fail(ErrorCode::deadline_exceeded, "the server says nothing");
        continue;
      }
      if (done != CURLE_OK || size == 0)
        return fail(ErrorCode::unavailable, "the server ended the connection");
      all.append(piece, size);
    }
    return all;
  }

 private:
  static bool is_whole(const std::string& text) {
    if (!text.ends_with('\n')) return false;
    const auto begin = text.rfind('\n', text.size() - 2);
    const auto line = text.substr(begin == std::string::npos ? 0 : begin + 1);
    return line.size() > 3 && line[3] != '-';
  }
  bool wait() {
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_easy_getinfo(easy_.get(), CURLINFO_ACTIVESOCKET, &socket);
    pollfd one{socket, POLLIN, 0};
    return ::poll(&one, 1, 10'000) > 0;
  }

  Easy easy_;
};

}  // namespace

void use_real_http(testing::FakeHost& host, Secrets secrets) {
  host.http_handler = [secrets = std::move(secrets)](const json::value& request,
                                                     const std::string& body) {
    return fetch(request, body, secrets);
  };
}

void use_real_mail(testing::FakeHost& host, Secrets secrets, std::string authority_pem) {
  host.stream_server.emplace();
  // Shared, because a std::function is copied.
  host.stream_server->talk = [&host, secrets = std::move(secrets),
                              authority = std::move(authority_pem),
                              line = std::make_shared<MailLine>()](std::string_view written) {
    return written.empty() ? line->open(host.stream_requests.back(), secrets, authority)
                           : line->talk(written);
  };
}

}  // namespace chela::test
