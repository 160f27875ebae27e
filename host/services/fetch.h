// chela.http/1 for plugins: one exchange under a grant, its secrets put in.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "services/fetch_request.h"
#include "services/files.h"
#include "services/http.h"
#include "services/plugin_secrets.h"

namespace chela::services {

struct FetchAnswer {
  json::object info;  // a chela.http.reply
  std::string body;   // a secret that the server repeats is its placeholder
};

// What one exchange needs of the world; all outlive it.
struct FetchTools {
  HttpClient& http;
  PluginSecrets& secrets;
  // Told of what is made out of a secret and is one, too: the path of an address, a basic login.
  OnSecret on_derived;
};

// Codes as abi/service/http.h has them. After 401 the secrets of the request are read again
// the next time. Cancelling the awaiting coroutine ends the exchange. [loop-thread]
boost::asio::awaitable<Result<FetchAnswer>> fetch(FetchTools tools, const Caller& caller,
                                                  FetchRequest request, Deadline deadline);

}  // namespace chela::services
