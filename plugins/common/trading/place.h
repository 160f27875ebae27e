// Which environment of a service an address belongs to; unknown ones are refused.
#pragma once

#include <chela/result.h>

#include <span>
#include <string>
#include <string_view>

namespace trading {

struct KnownHost {
  std::string_view host;
  std::string_view environment;  // paper, demo, live
};

struct Place {
  std::string origin;       // "https://paper-api.alpaca.markets", no slash at its end
  std::string environment;  // of the host, or test for this machine itself
};

// `url` is scheme, host and perhaps a port; http is for this machine only. invalid_argument names
// the hosts that would do.
chela::Result<Place> find_place(std::string_view url, std::span<const KnownHost> known);

}  // namespace trading
