#include "dav_answer.h"

#include <algorithm>

#include "xml.h"

namespace check_calendar {
namespace {

constexpr std::string_view kCalDav = "urn:ietf:params:xml:ns:caldav ";

std::string caldav(std::string_view name) {
  return std::string(kCalDav) + std::string(name);
}

// "HTTP/1.1 404 Not Found"
int status_in(std::string_view line, int otherwise) {
  const auto blank = line.find(' ');
  if (blank == std::string_view::npos || blank + 4 > line.size()) return otherwise;
  int status = 0;
  for (const char c : line.substr(blank + 1, 3)) {
    if (c < '0' || c > '9') return otherwise;
    status = status * 10 + (c - '0');
  }
  return status;
}

std::vector<std::string> hrefs_in(const XmlNode* node) {
  std::vector<std::string> hrefs;
  if (node == nullptr) return hrefs;
  for (const auto& child : node->children) {
    if (child.name == "DAV: href" && !child.text.empty()) hrefs.push_back(child.text);
  }
  return hrefs;
}

void read_addresses(const XmlNode* node, DavItem& item) {
  for (std::string address : hrefs_in(node)) {
    for (char& c : address) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    if (address.starts_with("mailto:")) item.addresses.push_back(address.substr(7));
  }
}

bool contains(const XmlNode& node, std::string_view name) {
  return node.name == name || std::any_of(node.children.begin(), node.children.end(),
                                          [&](const XmlNode& one) { return contains(one, name); });
}

void read_properties(const XmlNode& properties, DavItem& item) {
  const auto take = [&](const std::string& name, std::string& into) {
    if (properties.child(name) != nullptr) into = properties.child_text(name);
  };
  take("DAV: getetag", item.etag);
  take("DAV: sync-token", item.sync_token);
  take("DAV: displayname", item.name);
  take("http://calendarserver.org/ns/ getctag", item.ctag);
  if (const auto* data = properties.child(caldav("calendar-data"))) item.data = data->text;
  if (const auto* type = properties.child("DAV: resourcetype"))
    item.is_calendar = type->child(caldav("calendar")) != nullptr;
  if (const auto* reports = properties.child("DAV: supported-report-set"))
    item.can_sync = contains(*reports, "DAV: sync-collection");
  const auto principal = hrefs_in(properties.child("DAV: current-user-principal"));
  if (!principal.empty()) item.principal = principal.front();
  for (auto& home : hrefs_in(properties.child(caldav("calendar-home-set"))))
    item.homes.push_back(std::move(home));
  read_addresses(properties.child(caldav("calendar-user-address-set")), item);
  if (const auto* kinds = properties.child(caldav("supported-calendar-component-set"))) {
    item.takes_events =
        kinds->children.empty() ||
        std::any_of(kinds->children.begin(), kinds->children.end(),
                    [](const XmlNode& kind) { return kind.name_attribute == "VEVENT"; });
  }
}

}  // namespace

chela::Result<DavAnswer> parse_dav_answer(std::string_view text) {
  CHELA_TRY(const XmlNode root, parse_xml(text));
  if (root.name != "DAV: multistatus")
    return chela::fail(chela::ErrorCode::data_loss, "wanted a WebDAV multistatus answer, found '" +
                                                        root.name.substr(0, 80) + "'");
  DavAnswer answer;
  answer.sync_token = root.child_text("DAV: sync-token");
  for (const auto& response : root.children) {
    if (response.name != "DAV: response") continue;
    DavItem item;
    item.href = response.child_text("DAV: href");
    item.status = status_in(response.child_text("DAV: status"), 200);
    if (item.status == 507) answer.is_cut = true;
    for (const auto& part : response.children) {
      if (part.name != "DAV: propstat") continue;
      const auto* properties = part.child("DAV: prop");
      if (properties != nullptr && status_in(part.child_text("DAV: status"), 200) == 200)
        read_properties(*properties, item);
    }
    if (!item.href.empty()) answer.items.push_back(std::move(item));
  }
  return answer;
}

}  // namespace check_calendar
