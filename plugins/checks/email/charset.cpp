#include "charset.h"

#include <iconv.h>

#include <cerrno>
#include <utility>

#include "chela/utf8.h"
#include "words.h"

namespace check_email {
namespace {

constexpr std::size_t kLongestName = 40;

// Names that mail programs use and iconv does not know, and those that say less than is meant:
// what is called ISO-8859-1 or GB2312 is mostly the larger set.
std::string usual_name(std::string_view charset) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"utf8", "utf-8"},
      {"x-utf-8", "utf-8"},
      {"unicode-1-1-utf-7", "utf-7"},
      {"unicode-1-1-utf-8", "utf-8"},
      {"iso-8859-1", "windows-1252"},
      {"iso8859-1", "windows-1252"},
      {"latin1", "windows-1252"},
      {"x-ansi", "windows-1252"},
      {"iso-8859-8-i", "iso-8859-8"},
      {"iso-8859-8-e", "iso-8859-8"},
      {"gb2312", "gb18030"},
      {"gbk", "gb18030"},
      {"x-gbk", "gb18030"},
      {"gb_2312-80", "gb18030"},
      {"ks_c_5601-1987", "cp949"},
      {"ks_c_5601-1989", "cp949"},
      {"euc-kr", "cp949"},
      {"shift_jis", "cp932"},
      {"x-sjis", "cp932"},
      {"macintosh", "macintosh"},
      {"x-mac-roman", "macintosh"},
  };
  const std::string name = lower_ascii(charset);
  for (const auto& [alias, usual] : kNames) {
    if (name == alias) return std::string(usual);
  }
  return name;
}

// iconv takes more in a name than a name: a slash begins what is to be done with it.
bool is_name(std::string_view charset) {
  return !charset.empty() && charset.size() <= kLongestName &&
         charset.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.:+()") ==
             std::string_view::npos;
}

class Converter {
 public:
  explicit Converter(const std::string& from) : handle_(iconv_open("UTF-8", from.c_str())) {}
  ~Converter() {
    if (is_open()) iconv_close(handle_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  bool is_open() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  std::string convert(std::string_view bytes) {
    std::string text;
    auto* in = const_cast<char*>(bytes.data());
    std::size_t left = bytes.size();
    while (left > 0) {
      const std::size_t before = left;
      const int error = step(&in, &left, text);
      if (error == 0) break;
      if (error == E2BIG && left < before) continue;
      // Not a character here, or only the beginning of one.
      text += "\xef\xbf\xbd";
      ++in;
      --left;
    }
    step(nullptr, nullptr, text);
    return text;
  }

 private:
  // Returns 0 at the end of what is there, else errno.
  int step(char** in, std::size_t* left, std::string& text) {
    char buffer[4096];
    char* out = buffer;
    std::size_t room = sizeof buffer;
    const auto outcome = iconv(handle_, in, left, &out, &room);
    const int error = outcome == static_cast<std::size_t>(-1) ? errno : 0;
    text.append(buffer, sizeof buffer - room);
    return error;
  }
  iconv_t handle_;
};

}  // namespace

std::string to_utf8(std::string_view bytes, std::string_view charset) {
  const std::string name = usual_name(trim(charset));
  if (name == "us-ascii" || name == "ascii" || !is_name(name)) return guess_utf8(bytes);
  if (name == "utf-8") return chela::replace_invalid_utf8(bytes);
  Converter converter(name);
  if (!converter.is_open()) return guess_utf8(bytes);
  return chela::replace_invalid_utf8(converter.convert(bytes));
}

std::string guess_utf8(std::string_view bytes) {
  if (chela::is_utf8(bytes)) return std::string(bytes);
  Converter converter("WINDOWS-1252");
  return converter.is_open() ? converter.convert(bytes) : chela::replace_invalid_utf8(bytes);
}

}  // namespace check_email
