// The network as plugins reach it: HTTP, mail streams and signatures, each under the grant of who
// asks.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "services/crypto.h"
#include "services/fetch.h"
#include "services/mail_stream.h"
#include "services/plugin_secrets.h"

namespace chela::services {

// The streams of one call; they end with it.
class CallStreams {
 public:
  static constexpr std::size_t kMost = 4;

  // resource_exhausted where there are too many.
  Result<std::uint32_t> add(std::unique_ptr<MailStream> stream);
  Result<void> check_room() const;
  // not_found where it is closed or never was.
  Result<MailStream*> find(std::uint32_t number) const;
  Result<void> close(std::uint32_t number);
  void clear() { streams_.clear(); }

 private:
  std::map<std::uint32_t, std::unique_ptr<MailStream>> streams_;
  std::uint32_t last_ = 0;
};

// Builds its clients when somebody asks for them, on the loop of who asks. [loop-thread]
class PluginNet {
 public:
  // All outlive it. `on_derived`: see fetch.h.
  PluginNet(PluginSecrets& secrets, HttpSettings settings, OnSecret on_derived)
      : secrets_(secrets), settings_(std::move(settings)), on_derived_(std::move(on_derived)) {}

  // The documents are those of chela.http/1, chela.stream/1 and chela.sign/1; `caller` must outlive
  // the waits.
  boost::asio::awaitable<Result<FetchAnswer>> fetch(const Caller& caller, std::string request,
                                                    std::string body, Deadline deadline);
  boost::asio::awaitable<Result<std::unique_ptr<MailStream>>> open(const Caller& caller,
                                                                   std::string request,
                                                                   Deadline deadline);
  boost::asio::awaitable<Result<MadeSignature>> sign(const Caller& caller, std::string key,
                                                     std::string algorithm, std::string text,
                                                     Deadline deadline);

  // Idle connections end; the next request makes new clients. To be called before the loop ends.
  void end_idle();

 private:
  boost::asio::awaitable<void> make_clients();

  PluginSecrets& secrets_;
  HttpSettings settings_;
  OnSecret on_derived_;
  // Shared with the requests under way: end_idle() may come while they wait.
  std::shared_ptr<HttpClient> http_;
  std::shared_ptr<MailConnector> mail_;
};

}  // namespace chela::services
