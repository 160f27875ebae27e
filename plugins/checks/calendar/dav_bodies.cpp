#include "dav_bodies.h"

#include "xml.h"

namespace check_calendar {
namespace {

constexpr const char* kHead = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
constexpr const char* kSpaces =
    " xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\" "
    "xmlns:s=\"http://calendarserver.org/ns/\"";

std::string document(const std::string& root, const std::string& inside) {
  return std::string(kHead) + "<" + root + kSpaces + ">" + inside + "</" + root + ">";
}

}  // namespace

std::string propfind_body() {
  return document("d:propfind",
                  "<d:prop><d:resourcetype/><d:displayname/><d:current-user-principal/>"
                  "<d:sync-token/><d:supported-report-set/><s:getctag/><c:calendar-home-set/>"
                  "<c:calendar-user-address-set/><c:supported-calendar-component-set/></d:prop>");
}

std::string etags_body() {
  return document("d:propfind", "<d:prop><d:getetag/></d:prop>");
}

std::string sync_body(const std::string& token) {
  return document("d:sync-collection", "<d:sync-token>" + xml_escape(token) +
                                           "</d:sync-token><d:sync-level>1</d:sync-level>"
                                           "<d:prop><d:getetag/></d:prop>");
}

std::string multiget_body(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string hrefs;
  for (const auto& [href, etag] : files) hrefs += "<d:href>" + xml_escape(href) + "</d:href>";
  return document("c:calendar-multiget", "<d:prop><d:getetag/><c:calendar-data/></d:prop>" + hrefs);
}

std::string range_body(Instant from, Instant to) {
  return document("c:calendar-query",
                  "<d:prop><d:getetag/><c:calendar-data/></d:prop>"
                  "<c:filter><c:comp-filter name=\"VCALENDAR\"><c:comp-filter name=\"VEVENT\">"
                  "<c:time-range start=\"" +
                      format_basic_time(from) + "Z\" end=\"" + format_basic_time(to) +
                      "Z\"/></c:comp-filter></c:comp-filter></c:filter>");
}

}  // namespace check_calendar
