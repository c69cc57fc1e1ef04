// The message of a DATA command: ends at CRLF "." CRLF and nowhere else. Octets go through as they
// came, dots still doubled, so that the next hop reads exactly what was judged here. A bare CR, a
// bare LF or a NUL ends it with a fault (CVE-2023-51764 and siblings; RFC 5321, 2.3.8 and 4.1.1.4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "smtp/line_reader.hpp"

namespace postern::smtp {

struct DataLimits {
  std::size_t message = 157286400;  ///< octets without the doubled dots; Exchange Online's own
  std::size_t header = 262144;      ///< octets up to and with the empty line
  /// Octets of a line with CRLF. RFC 5321, 4.5.3.1.6 says 1000; much real mail is over it, and what
  /// goes through unchanged does no harm here.
  std::size_t line = 1048576;
};

/// A limit that was passed, or a first line that begins with white space: it would continue
/// whatever field is put in front of the header.
enum class Excess : std::uint8_t { none, message, header, line, continuation };

class DataReader {
 public:
  enum class Status : std::uint8_t {
    more,        ///< all input was taken
    header_end,  ///< `text` ends with the empty line after the header
    end,         ///< the message is complete; what is left of the input follows it
    fault,       ///< fault() says why
  };
  /// Octets of the message: first `held`, then `text`. `held` was kept back before because it could
  /// have begun the end; it is a literal. `text` is a part of the input.
  struct Piece {
    std::string_view held;
    std::string_view text;
    Status status = Status::more;
  };

  explicit DataReader(const DataLimits& limits) noexcept : limits_(limits) {}

  /// Takes octets off `input`. Call until it is empty or the status is end or fault.
  Piece next(std::string_view& input);
  [[nodiscard]] LineFault fault() const noexcept { return fault_; }
  /// The first limit that was passed. Reading goes on, so that the client can be told at the end.
  [[nodiscard]] Excess excess() const noexcept { return excess_; }
  /// Octets of the message so far, without doubled dots.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  enum class State : std::uint8_t { line_start, in_line, cr, dot, dot_cr };
  std::size_t take_line(std::string_view rest);
  void count(std::size_t octets) noexcept;
  void check(std::string_view line, std::size_t end) noexcept;

  DataLimits limits_;
  std::size_t size_ = 0;
  std::size_t line_ = 0;  // octets of the current line
  State state_ = State::line_start;
  bool at_begin_ = true;  // no line has begun
  bool in_header_ = true;
  bool empty_line_ = false;  // state cr: the CR stood at the start of a line
  LineFault fault_ = LineFault::none;
  Excess excess_ = Excess::none;
};

/// Takes the doubled dots away piece by piece (RFC 5321, 4.5.2) and appends to `out`.
class Unstuffer {
 public:
  void feed(std::string_view stuffed, std::string& out);

 private:
  bool line_start_ = true;
};

}  // namespace postern::smtp
