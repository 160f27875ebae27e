// Reads an XML document piece by piece, through expat; refuses what makes a small file large.
#pragma once

#include <chela/result.h>

#include <map>
#include <string>
#include <string_view>

namespace feed {

using Attributes = std::map<std::string, std::string, std::less<>>;

// What is told while a document is read, in its order. All texts are UTF-8.
class XmlReader {
 public:
  XmlReader() = default;
  virtual ~XmlReader() = default;
  XmlReader(const XmlReader&) = delete;
  XmlReader& operator=(const XmlReader&) = delete;
  virtual void start(std::string_view name, const Attributes& attributes) = 0;
  virtual void end(std::string_view name) = 0;
  virtual void text(std::string_view piece) = 0;     // one text may come in several pieces
  virtual bool has_enough() const { return false; }  // nothing more is read then
};

// `charset` is what the server says; "" where it says nothing, and then the document's own word
// counts, else UTF-8. data_loss where it is not well-formed, has a DOCTYPE with declarations of its
// own, is nested deeper than 64, or is written in an encoding that is not known here. What came
// before was told already.
chela::Result<void> read_xml(std::string_view bytes, const std::string& charset, XmlReader& reader);

// Whether read_xml() knows it, in any case.
bool is_known_charset(std::string_view charset);

}  // namespace feed
