// The review's rules on the gateway: who can reach it, and what they must show.
#include "base/text.h"
#include "config/review_bench.h"

namespace chela::config {
namespace {

bool is_exposed(const Look& bind) {
  return bind.exists() && text_of(bind) != "loopback";
}

// Whether something has to be shown; what it is worth is judged with the other secrets.
bool has_secret(const Look& secret) {
  return secret.exists() && secret.raw() != json::value("");
}

void judge_auth(ReviewBench& bench, const Look& gateway, bool is_open) {
  const auto auth = gateway["auth"];
  const auto mode = text_of(auth["mode"]);
  const bool is_password = mode == "password";
  const bool is_trusted_proxy = mode == "trusted-proxy";
  const auto secret = is_password ? auth["password"] : auth["token"];
  if (is_trusted_proxy || (mode != "none" && has_secret(secret))) return;
  const bool is_none = mode == "none";
  auto& finding = bench.add(
      "gateway-without-auth", is_none || is_open ? Severity::crit : Severity::info,
      is_none ? auth["mode"] : auth,
      is_none ? "The gateway asks for nothing: every program and every web page that reaches the "
                "port is its operator."
              : "The file names no token for the gateway. Unless the environment has "
                "OPENCLAW_GATEWAY_TOKEN, nobody has to show one.");
  if (is_none || mode.empty()) ReviewBench::set(finding, auth["mode"].pointer(), "token");
  ReviewBench::set_variable(finding, secret.pointer(),
                            is_password ? "OPENCLAW_GATEWAY_PASSWORD" : "OPENCLAW_GATEWAY_TOKEN");
}

void judge_tailscale(ReviewBench& bench, const Look& gateway) {
  const auto mode = gateway["tailscale"]["mode"];
  if (text_of(mode) == "funnel") {
    auto& finding = bench.add("gateway-public", Severity::crit, mode,
                              "A funnel puts the gateway on the public internet. serve keeps it "
                              "inside your tailnet.");
    ReviewBench::set(finding, mode.pointer(), "serve");
  }
  const auto allows = gateway["auth"]["allowTailscale"];
  if (is_true(allows) && (text_of(mode) == "serve" || text_of(mode) == "funnel")) {
    auto& finding = bench.add("tailscale-instead-of-token", Severity::warn, allows,
                              "Whoever is in the tailnet operates the gateway without the token: "
                              "every shared or lost device counts.");
    ReviewBench::set(finding, allows.pointer(), false);
  }
}

}  // namespace

void review_gateway(ReviewBench& bench) {
  const auto gateway = bench.root()["gateway"];
  const auto bind = gateway["bind"];
  const bool is_open = is_exposed(bind);
  if (is_open) {
    auto& finding =
        bench.add("gateway-exposed", Severity::crit, bind,
                  "The gateway listens beyond this machine (" + base::printable(text_of(bind), 30) +
                      "), and its token is full control. Keep it on loopback and "
                      "reach it through a tunnel.");
    ReviewBench::set(finding, bind.pointer(), "loopback");
  }
  judge_auth(bench, gateway, is_open);
  judge_tailscale(bench, gateway);
  const auto insecure = gateway["controlUi"]["allowInsecureAuth"];
  if (is_true(insecure)) {
    auto& finding =
        bench.add("insecure-control-ui", is_open ? Severity::crit : Severity::info, insecure,
                  "The control page takes a token over plain HTTP and skips the "
                  "pairing of devices. Only a gateway on loopback behind a tailnet can "
                  "bear that.");
    ReviewBench::set(finding, insecure.pointer(), false);
  }
  const auto endpoints = gateway["http"]["endpoints"];
  for (const auto& [name, endpoint] : endpoints.members()) {
    if (!is_open || !is_true(endpoint["enabled"])) continue;
    auto& finding = bench.add("endpoint-exposed", Severity::warn, endpoint["enabled"],
                              "This door runs agents for whoever has the token, and the gateway "
                              "listens beyond this machine.");
    ReviewBench::set(finding, endpoint["enabled"].pointer(), false);
  }
}

}  // namespace chela::config
