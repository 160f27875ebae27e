#include "services/http_unpack.h"

#include <dlfcn.h>
#include <zlib.h>

#include <algorithm>

namespace chela::services {
namespace {

constexpr int kGzipOnly = 15 + 16;
constexpr std::size_t kStep = 16 * 1024;

struct Zlib {
  decltype(&::inflateInit2_) init = nullptr;
  decltype(&::inflate) inflate = nullptr;
  decltype(&::inflateReset) reset = nullptr;
  decltype(&::inflateEnd) end = nullptr;
};

class Gunzip final : public HttpUnpacker {
 public:
  explicit Gunzip(const Zlib& zlib) : zlib_(zlib) {}
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;
  ~Gunzip() override {
    if (is_started_) zlib_.end(&stream_);
  }

  bool start() {
    is_started_ = zlib_.init(&stream_, kGzipOnly, ZLIB_VERSION, sizeof stream_) == Z_OK;
    return is_started_;
  }

  HttpResult<std::size_t> unpack(std::string_view packed, std::string& out,
                                 std::size_t most) override {
    std::size_t used = 0;
    while (used < packed.size() && out.size() < most) {
      if (is_complete_) {  // another member follows
        zlib_.reset(&stream_);
        is_complete_ = false;
      }
      const auto piece = packed.substr(used);
      const std::size_t had = out.size();
      const std::size_t room = std::min(kStep, most - had);
      out.resize(had + room);
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
      stream_.avail_in = static_cast<uInt>(piece.size());
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + had);
      stream_.avail_out = static_cast<uInt>(room);
      const int code = zlib_.inflate(&stream_, Z_NO_FLUSH);
      used += piece.size() - stream_.avail_in;
      out.resize(had + room - stream_.avail_out);
      if (code == Z_STREAM_END)
        is_complete_ = true;
      else if (code != Z_OK && code != Z_BUF_ERROR)
        return http_fail(HttpFailure::protocol, "its body is no gzip");
    }
    return used;
  }

  bool is_complete() const override { return is_complete_; }

 private:
  const Zlib zlib_;
  z_stream stream_{};
  bool is_started_ = false;
  bool is_complete_ = true;  // no bytes are no body
};

}  // namespace

HttpResult<std::unique_ptr<HttpUnpacker>> HttpUnpacker::open() {
  void* library = ::dlopen("libz.so.1", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  Zlib zlib;
  const auto find = [&](const char* name, auto& function) {
    function = reinterpret_cast<std::decay_t<decltype(function)>>(::dlsym(library, name));
    return function != nullptr;
  };
  const bool is_there = library != nullptr && find("inflateInit2_", zlib.init) &&
                        find("inflate", zlib.inflate) && find("inflateReset", zlib.reset) &&
                        find("inflateEnd", zlib.end);
  if (!is_there) {
    return http_fail(HttpFailure::no_library,
                     "cannot open libz.so.1, which packed answers need (Debian: package zlib1g)");
  }
  auto unpacker = std::make_unique<Gunzip>(zlib);
  if (!unpacker->start()) return http_fail(HttpFailure::internal, "zlib does not start");
  return unpacker;
}

}  // namespace chela::services
