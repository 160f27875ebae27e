#include "xml.h"

#include <chela/utf8.h>
#include <expat.h>

#include <algorithm>
#include <memory>

namespace check_calendar {
namespace {

using chela::ErrorCode;
using chela::fail;

constexpr std::size_t kDeepest = 32;
constexpr std::size_t kMostNodes = 500'000;

struct Building {
  XML_Parser parser = nullptr;
  std::vector<XmlNode> open{XmlNode{"", {}, {}, {}}};
  std::size_t nodes = 0;
  const char* refusal = nullptr;

  void refuse(const char* why) {
    if (refusal == nullptr) refusal = why;
    XML_StopParser(parser, XML_FALSE);
  }
};

Building& of(void* data) {
  return *static_cast<Building*>(data);
}

void XMLCALL on_start(void* data, const XML_Char* name, const XML_Char** attributes) {
  Building& building = of(data);
  if (building.open.size() > kDeepest) return building.refuse("it is nested too deeply");
  if (++building.nodes > kMostNodes) return building.refuse("it has too many elements");
  building.open.push_back(XmlNode{name, {}, {}, {}});
  for (; attributes[0] != nullptr; attributes += 2) {
    if (std::string_view(attributes[0]) == "name")
      building.open.back().name_attribute = attributes[1];
  }
}

void XMLCALL on_end(void* data, const XML_Char*) {
  auto& open = of(data).open;
  XmlNode done = std::move(open.back());
  open.pop_back();
  open.back().children.push_back(std::move(done));
}

void XMLCALL on_text(void* data, const XML_Char* text, int size) {
  of(data).open.back().text.append(text, static_cast<std::size_t>(size));
}

void XMLCALL on_doctype(void* data, const XML_Char*, const XML_Char*, const XML_Char*, int) {
  of(data).refuse("it has a DOCTYPE");
}

}  // namespace

const XmlNode* XmlNode::child(std::string_view wanted) const {
  const auto found = std::find_if(children.begin(), children.end(),
                                  [&](const XmlNode& node) { return node.name == wanted; });
  return found == children.end() ? nullptr : &*found;
}

std::string XmlNode::child_text(std::string_view wanted) const {
  const auto* node = child(wanted);
  if (node == nullptr) return "";
  const auto begin = node->text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "";
  return node->text.substr(begin, node->text.find_last_not_of(" \t\r\n") - begin + 1);
}

namespace {

chela::Result<XmlNode> parse_once(std::string_view text) {
  const std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser(
      XML_ParserCreateNS(nullptr, ' '), &XML_ParserFree);
  if (parser == nullptr) return fail(ErrorCode::resource_exhausted, "no memory for the XML reader");
  Building building{parser.get()};
  XML_SetUserData(parser.get(), &building);
  // Asks the system for no entropy, which a confined process may not have: the answers are small
  // and few, and the number of elements is bounded.
  XML_SetHashSalt(parser.get(), 0x5eed);
  XML_SetElementHandler(parser.get(), &on_start, &on_end);
  XML_SetCharacterDataHandler(parser.get(), &on_text);
  XML_SetStartDoctypeDeclHandler(parser.get(), &on_doctype);
  const auto status = text.size() > (1u << 30)
                          ? XML_STATUS_ERROR
                          : XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), 1);
  if (building.refusal != nullptr)
    return fail(ErrorCode::data_loss, std::string("the XML is refused: ") + building.refusal);
  if (status != XML_STATUS_OK || building.open.size() != 1 || building.open[0].children.empty()) {
    return fail(ErrorCode::data_loss, "wanted XML, found something else in line " +
                                          std::to_string(XML_GetCurrentLineNumber(parser.get())) +
                                          " (" + std::to_string(text.size()) + " bytes)");
  }
  return std::move(building.open[0].children[0]);
}

}  // namespace

chela::Result<XmlNode> parse_xml(std::string_view text) {
  auto root = parse_once(text);
  if (root || chela::is_utf8(text)) return root;
  // One byte of another encoding, in one event, hides no calendar. What says that it is written in
  // another encoding was understood at once.
  return parse_once(chela::replace_invalid_utf8(text));
}

std::string xml_escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace check_calendar
