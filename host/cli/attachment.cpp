#include "cli/attachment.h"

#include <filesystem>

#include "base/durable_file.h"

namespace chela::cli {
namespace {

constexpr std::size_t kMaxTextBytes = 1u << 20;
constexpr std::size_t kMaxImageBytes = 8u << 20;

}  // namespace

std::string image_type(std::string_view bytes) {
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
  if (bytes.starts_with("\xff\xd8\xff")) return "image/jpeg";
  if (bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) return "image/gif";
  if (bytes.starts_with("RIFF") && bytes.size() > 12 && bytes.substr(8, 4) == "WEBP")
    return "image/webp";
  return "";
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    unsigned bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      text += k <= count ? kAlphabet[bits >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

Result<Part> text_part(const std::string& file) {
  CHELA_TRY(const std::string text, base::read_file(file, kMaxTextBytes));
  if (!is_utf8(text)) {
    return fail(ErrorCode::invalid_argument,
                file + ": not UTF-8 text; an image goes along with --image");
  }
  if (text.empty()) return fail(ErrorCode::invalid_argument, file + ": the file is empty");
  Part part;
  part.text = "File " + std::filesystem::path(file).filename().string() + ":\n" + text;
  return part;
}

Result<Part> image_part(const std::string& file) {
  CHELA_TRY(const std::string bytes, base::read_file(file, kMaxImageBytes));
  Part part;
  part.type = PartType::image;
  part.media_type = image_type(bytes);
  if (part.media_type.empty()) {
    return fail(ErrorCode::invalid_argument,
                file + ": not an image that models take; wanted PNG, JPEG, GIF or WebP");
  }
  part.data = base64(bytes);
  return part;
}

}  // namespace chela::cli
