#include "xml.h"

#include <chela/untrusted.h>
#include <expat.h>

#include <algorithm>
#include <memory>

#include "charsets.h"

namespace feed {
namespace {

using chela::ErrorCode;
using chela::fail;

constexpr std::size_t kDepth = 64;
constexpr std::size_t kAttributes = 32;

struct Reading {
  XML_Parser parser = nullptr;
  XmlReader& reader;
  std::size_t depth = 0;
  std::string refusal{};

  void stop(const char* why) {
    refusal = why;
    XML_StopParser(parser, XML_FALSE);
  }
};

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

const Charset* find_charset(std::string_view name) {
  std::string wanted = lower(name);
  if (wanted.starts_with("cp125")) wanted = "windows-" + wanted.substr(2);
  const auto* found = std::find_if(std::begin(kCharsets), std::end(kCharsets),
                                   [&](const Charset& one) { return one.name == wanted; });
  return found == std::end(kCharsets) ? nullptr : found;
}

void XMLCALL on_start(void* data, const XML_Char* name, const XML_Char** pairs) {
  auto& reading = *static_cast<Reading*>(data);
  if (++reading.depth > kDepth) return reading.stop("it is nested deeper than 64");
  Attributes attributes;
  for (; pairs[0] != nullptr && attributes.size() < kAttributes; pairs += 2)
    attributes.emplace(pairs[0], pairs[1]);
  reading.reader.start(name, attributes);
  if (reading.reader.has_enough()) XML_StopParser(reading.parser, XML_FALSE);
}

void XMLCALL on_end(void* data, const XML_Char* name) {
  auto& reading = *static_cast<Reading*>(data);
  --reading.depth;
  reading.reader.end(name);
}

void XMLCALL on_text(void* data, const XML_Char* text, int size) {
  static_cast<Reading*>(data)->reader.text({text, static_cast<std::size_t>(size)});
}

// A DOCTYPE that only names one is harmless (RSS 0.91 has it); nothing outside is ever read.
void XMLCALL on_doctype(void* data, const XML_Char*, const XML_Char*, const XML_Char*,
                        int has_internal_subset) {
  if (has_internal_subset != 0)
    static_cast<Reading*>(data)->stop("it has a DOCTYPE with declarations of its own");
}

int XMLCALL on_encoding(void*, const XML_Char* name, XML_Encoding* encoding) {
  const Charset* charset = find_charset(name);
  if (charset == nullptr) return XML_STATUS_ERROR;
  for (int i = 0; i < 128; ++i) encoding->map[i] = i;
  for (std::size_t i = 0; i < 128; ++i)
    encoding->map[i + 128] = charset->upper[i] == 0 ? 0xfffd : charset->upper[i];
  encoding->data = nullptr;
  encoding->convert = nullptr;
  encoding->release = nullptr;
  return XML_STATUS_OK;
}

}  // namespace

bool is_known_charset(std::string_view charset) {
  const std::string name = lower(charset);
  for (const char* known : {"utf-8", "utf-16", "iso-8859-1", "us-ascii"}) {
    if (name == known) return true;
  }
  return find_charset(name) != nullptr;
}

chela::Result<void> read_xml(std::string_view bytes, const std::string& charset,
                             XmlReader& reader) {
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(
      XML_ParserCreate(charset.empty() ? nullptr : charset.c_str()), &XML_ParserFree);
  if (parser == nullptr) return fail(ErrorCode::resource_exhausted, "no memory to read XML");
  Reading reading{parser.get(), reader};
  XML_SetUserData(parser.get(), &reading);
  XML_SetElementHandler(parser.get(), &on_start, &on_end);
  XML_SetCharacterDataHandler(parser.get(), &on_text);
  XML_SetStartDoctypeDeclHandler(parser.get(), &on_doctype);
  XML_SetUnknownEncodingHandler(parser.get(), &on_encoding, nullptr);
  if (XML_Parse(parser.get(), bytes.data(), static_cast<int>(bytes.size()), XML_TRUE) ==
          XML_STATUS_OK ||
      (reading.refusal.empty() && reader.has_enough()))
    return {};
  const std::string why = reading.refusal.empty()
                              ? std::string(XML_ErrorString(XML_GetErrorCode(parser.get())))
                              : reading.refusal;
  return fail(ErrorCode::data_loss, "it is no XML that can be read (line " +
                                        std::to_string(XML_GetCurrentLineNumber(parser.get())) +
                                        ": " + why + ")");
}

}  // namespace feed
