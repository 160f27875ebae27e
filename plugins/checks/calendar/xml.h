// A small tree of an XML answer.
#pragma once

#include <chela/result.h>

#include <string>
#include <string_view>
#include <vector>

namespace check_calendar {

struct XmlNode {
  std::string name;  // "DAV: href": namespace, blank, local name
  std::string text{};
  std::string name_attribute{};  // the only attribute that these answers are read for
  std::vector<XmlNode> children{};

  // The first of that name, nullptr where there is none.
  const XmlNode* child(std::string_view wanted) const;
  // The text of that child without blanks around it; "" where there is none.
  std::string child_text(std::string_view wanted) const;
};

// data_loss where it is no well-formed XML, has a DOCTYPE (no answer of a calendar server needs
// one, and entities are how a small file becomes a large one), or is deeper or larger than any.
// Bytes that are no UTF-8 become U+FFFD where the XML makes no sense with them.
chela::Result<XmlNode> parse_xml(std::string_view text);

// `text` for the inside of an element.
std::string xml_escape(std::string_view text);

}  // namespace check_calendar
