// What it means where a server answers with anything but a feed. Pure.
#pragma once

#include <chela/http.h>
#include <chela/result.h>

#include <string>

namespace feed {

// Where a redirect leads, made harmless: words of the server, which may be anything. "" where the
// answer is no redirect.
std::string target_of(const chela::FetchReply& reply);

// Why there is no feed in it and what to do, in words of this plugin alone.
chela::Error explain(const chela::FetchReply& reply);

}  // namespace feed
