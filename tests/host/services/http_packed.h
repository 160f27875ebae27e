// Text packed as gzip, as a server would send it.
#pragma once

#include <boost/beast/zlib/deflate_stream.hpp>
#include <boost/crc.hpp>
#include <cstdint>
#include <string>

namespace chela::services {

inline std::string deflated(const std::string& text) {
  boost::beast::zlib::deflate_stream stream;
  std::string out(stream.upper_bound(text.size()) + 64, '\0');
  boost::beast::zlib::z_params params{};
  params.next_in = text.data();
  params.avail_in = text.size();
  params.next_out = out.data();
  params.avail_out = out.size();
  boost::beast::error_code error;
  stream.write(params, boost::beast::zlib::Flush::finish, error);
  out.resize(params.total_out);
  return out;
}

inline std::string gzipped(const std::string& text) {
  boost::crc_32_type crc;
  crc.process_bytes(text.data(), text.size());
  std::string out{"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", 10};
  out += deflated(text);
  for (const auto number :
       {static_cast<std::uint32_t>(crc.checksum()), static_cast<std::uint32_t>(text.size())})
    for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(number >> shift & 0xff);
  return out;
}

}  // namespace chela::services
