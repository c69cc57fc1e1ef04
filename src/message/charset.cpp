#include "message/charset.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <iconv.h>
#include <utility>

#include "base/ascii.hpp"

namespace postern::message {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

// RFC 2978, 2.3, with what real labels hold besides. A name is a stranger's word: nothing that
// iconv would take for a path or an option ("//TRANSLIT") gets through.
bool is_charset_name(std::string_view name) noexcept {
  constexpr std::size_t longest = 40;
  return !name.empty() && name.size() <= longest &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return is_ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
                  std::string_view("-_.:+").find(c) != std::string_view::npos;
         });
}

std::string_view iconv_name(std::string_view label) noexcept {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 16> supersets{{
      {"gb2312", "GB18030"},
      {"gb_2312-80", "GB18030"},
      {"gbk", "GB18030"},
      {"x-gbk", "GB18030"},
      {"ks_c_5601-1987", "CP949"},
      {"ks_c_5601-1989", "CP949"},
      {"euc-kr", "CP949"},
      {"shift_jis", "CP932"},
      {"shift-jis", "CP932"},
      {"x-sjis", "CP932"},
      {"big5", "BIG5-HKSCS"},
      {"windows-874", "CP874"},
      {"tis-620", "CP874"},
      {"iso-8859-8-i", "ISO-8859-8"},
      {"x-mac-roman", "MACINTOSH"},
      {"unicode-1-1-utf-7", "UTF-7"},
  }};
  for (const auto& [name, meant] : supersets) {
    if (iequals(label, name)) return meant;
  }
  return label;
}

class Converter {
 public:
  explicit Converter(std::string_view charset)
      : handle_(::iconv_open("UTF-8", std::string(charset).c_str())) {}
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  ~Converter() {
    if (known()) ::iconv_close(handle_);
  }

  [[nodiscard]] bool known() const noexcept {
    return handle_ != reinterpret_cast<iconv_t>(-1);  // NOLINT: POSIX says so
  }

  std::string convert(std::string_view octets) {
    std::string out;
    // iconv's interface is older than const; it does not write to its input.
    char* in = const_cast<char*>(octets.data());
    std::size_t left = octets.size();
    bool more = true;
    while (more) {
      // With nothing left it writes what a set with shift states held back.
      more = left > 0;
      char room[256];
      char* end = room;
      std::size_t free = sizeof(room);
      const std::size_t done =
          ::iconv(handle_, more ? &in : nullptr, more ? &left : nullptr, &end, &free);
      const int why = done == static_cast<std::size_t>(-1) ? errno : 0;
      out.append(room, static_cast<std::size_t>(end - room));
      if (why == EILSEQ && left > 0) {
        out += replacement;
        ++in;
        --left;
      } else if (why != 0 && why != E2BIG) {  // ends within a character
        out += replacement;
        left = 0;
      }
    }
    return out;
  }

 private:
  iconv_t handle_;
};

}  // namespace

std::optional<std::string> to_utf8(std::string_view octets, std::string_view charset) {
  charset = charset.substr(0, charset.find('*'));  // RFC 2231, 5
  if (iequals(charset, "utf-8") || iequals(charset, "utf8") || iequals(charset, "us-ascii")) {
    if (!is_valid_utf8(octets)) return std::nullopt;
    return std::string(octets);
  }
  if (!is_charset_name(charset)) return std::nullopt;
  Converter converter(iconv_name(charset));
  if (!converter.known()) return std::nullopt;
  std::string out = converter.convert(octets);
  if (!is_valid_utf8(out)) return std::nullopt;
  return out;
}

}  // namespace postern::message
