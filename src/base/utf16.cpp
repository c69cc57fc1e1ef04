#include "base/utf16.hpp"

#include <cstdint>
#include <cstring>

namespace postern {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

void append_code_point(std::uint32_t c, std::string& out) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

// Narrows a run of ASCII code units, eight at a time. Returns the bytes used.
std::size_t append_ascii_run(const char* from, std::size_t size, std::string& out) {
  std::size_t used = 0;
  const std::size_t start = out.size();
  out.resize(start + size / 2);
  char* to = out.data() + start;
  for (; used + 16 <= size; used += 16, to += 8) {
    std::uint64_t words[2];
    std::memcpy(words, from + used, 16);
    if (((words[0] | words[1]) & 0xff80ff80ff80ff80u) != 0) break;
    for (std::size_t half = 0; half < 2; ++half) {
      // 00d 00c 00b 00a packs to dcba.
      std::uint64_t w = words[half];
      w = (w | w >> 8) & 0x0000ffff0000ffffu;
      w = (w | w >> 16) & 0x00000000ffffffffu;
      const auto narrow = static_cast<std::uint32_t>(w);
      std::memcpy(to + half * 4, &narrow, 4);
    }
  }
  out.resize(start + used / 2);
  return used;
}

}  // namespace

DetectedEncoding detect_encoding(std::string_view s) noexcept {
  if (s.starts_with("\xef\xbb\xbf")) return {TextEncoding::utf8, 3};
  if (s.starts_with("\xff\xfe")) return {TextEncoding::utf16_le, 2};
  if (s.starts_with("\xfe\xff")) return {TextEncoding::utf16_be, 2};
  std::size_t even_zeros = 0;
  std::size_t odd_zeros = 0;
  const std::size_t looked = s.size() < 256 ? s.size() & ~std::size_t{1} : 256;
  for (std::size_t i = 0; i < looked; ++i) {
    if (s[i] == '\0') ++(i % 2 == 0 ? even_zeros : odd_zeros);
  }
  if (looked >= 4 && odd_zeros * 2 >= looked * 3 / 4 && even_zeros == 0) {
    return {TextEncoding::utf16_le, 0};
  }
  if (looked >= 4 && even_zeros * 2 >= looked * 3 / 4 && odd_zeros == 0) {
    return {TextEncoding::utf16_be, 0};
  }
  return {};
}

std::size_t append_utf8(std::string_view in, TextEncoding encoding, bool last, std::string& out) {
  const bool little = encoding == TextEncoding::utf16_le;
  const auto unit = [&](std::size_t i) {
    const auto a = static_cast<unsigned char>(in[i]);
    const auto b = static_cast<unsigned char>(in[i + 1]);
    return static_cast<std::uint32_t>(little ? a | b << 8 : a << 8 | b);
  };
  std::size_t i = 0;
  while (i + 2 <= in.size()) {
    if (little) {
      i += append_ascii_run(in.data() + i, in.size() - i, out);
      if (i + 2 > in.size()) break;
    }
    const std::uint32_t c = unit(i);
    if (c < 0xd800 || c > 0xdfff) {
      append_code_point(c, out);
      i += 2;
      continue;
    }
    if (c < 0xdc00 && i + 4 > in.size() && !last) return i;  // its partner is yet to come
    if (c < 0xdc00 && i + 4 <= in.size()) {
      const std::uint32_t low = unit(i + 2);
      if (low >= 0xdc00 && low <= 0xdfff) {
        append_code_point(0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00), out);
        i += 4;
        continue;
      }
    }
    out += replacement;
    i += 2;
  }
  if (last && i < in.size()) {
    out += replacement;
    i = in.size();
  }
  return i;
}

std::string to_utf8(std::string_view bytes) {
  const DetectedEncoding detected = detect_encoding(bytes);
  bytes.remove_prefix(detected.byte_order_mark);
  if (detected.encoding == TextEncoding::utf8) return std::string(bytes);
  std::string out;
  out.reserve(bytes.size() / 2);
  append_utf8(bytes, detected.encoding, true, out);
  return out;
}

}  // namespace postern
