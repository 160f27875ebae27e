// How tests treat programs of others that they need and do not find: skipped loudly, and a failure
// where CHELA_NEED_PEERS is set, as scripts/test.sh sets it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace chela::test {

inline bool needs_peers() {
  return std::getenv("CHELA_NEED_PEERS") != nullptr;
}

// Of packages that bring a service of their own: scripts/install_packages.sh installs those only
// where no systemd would start it.
inline bool needs_peers_with_services() {
  return needs_peers() && !std::filesystem::exists("/run/systemd/system");
}

}  // namespace chela::test

// In the body of a test or of SetUp: goes on where `is_there`.
#define CHELA_WANT_PEER(is_there, words)                                               \
  do {                                                                                 \
    const bool has_peer = (is_there);                                                  \
    if (!has_peer && ::chela::test::needs_peers()) FAIL() << (words);                  \
    if (!has_peer) GTEST_SKIP() << "NOT TESTED AGAINST OTHERS' PROGRAMS: " << (words); \
  } while (false)
#define CHELA_WANT_PEER_WITH_SERVICE(is_there, words)                                  \
  do {                                                                                 \
    const bool has_peer = (is_there);                                                  \
    if (!has_peer && ::chela::test::needs_peers_with_services()) FAIL() << (words);    \
    if (!has_peer) GTEST_SKIP() << "NOT TESTED AGAINST OTHERS' PROGRAMS: " << (words); \
  } while (false)
