// Command lines of a stream, framed by CRLF and nothing else. A bare CR or LF means that this end
// and another may see different commands (SMTP smuggling, CVE-2023-51764 and its siblings), so it
// ends the session instead of being mended. Where the pieces of the stream end changes nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postern::smtp {

enum class LineFault : std::uint8_t { none, bare_cr, bare_lf, nul, too_long };

std::string_view name_of(LineFault) noexcept;  ///< "bare <CR>", …

class LineReader {
 public:
  /// `longest` octets without CRLF.
  explicit LineReader(std::size_t longest) noexcept : longest_(longest) {}

  /// Takes one line off `input` and gives it without CRLF; valid until the next call and as long as
  /// `input`'s octets. nullopt: all of it was taken and more is needed, or fault() is set.
  std::optional<std::string_view> next(std::string_view& input);
  [[nodiscard]] LineFault fault() const noexcept { return fault_; }
  /// No line is half read.
  [[nodiscard]] bool idle() const noexcept { return !partial_; }
  void allow(std::size_t longest) noexcept { longest_ = longest; }

 private:
  std::size_t longest_;
  std::string buffer_;     // the beginning of a line whose end has not come, without its CR
  bool partial_ = false;   // something of a line was taken
  bool after_cr_ = false;  // the last octet was CR
  bool handed_out_ = false;
  LineFault fault_ = LineFault::none;
};

}  // namespace postern::smtp
