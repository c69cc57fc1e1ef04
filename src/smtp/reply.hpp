// SMTP replies: written with an enhanced status (RFC 2034, RFC 3463), read within bounds.
//
//   Reply{550, "5.7.68", "Direct Send not allowed"}.wire()  ->  "550 5.7.68 Direct Send not …\r\n"
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postern::smtp {

struct Reply {
  int code = 0;
  std::string enhanced;  ///< "5.7.68"; empty where there is none
  std::string text;      ///< lines separated by '\n'; without the enhanced status

  [[nodiscard]] bool positive() const noexcept { return code >= 200 && code < 300; }
  [[nodiscard]] bool intermediate() const noexcept { return code >= 300 && code < 400; }
  [[nodiscard]] bool transient() const noexcept { return code >= 400 && code < 500; }
  [[nodiscard]] bool permanent() const noexcept { return code >= 500; }

  /// With CRLF after each line. What could end a line early (CR, other controls) becomes '?': a
  /// reply may quote a next hop, which is not to be trusted with our stream.
  [[nodiscard]] std::string wire() const;
  /// On one line for people and logs, without CRLF: lines joined by " / ", outside text made safe.
  [[nodiscard]] std::string line() const;

  friend bool operator==(const Reply&, const Reply&) = default;
};

/// Appends wire() to `out`.
void append(std::string& out, const Reply&);

/// Reads replies from a stream whose pieces may end anywhere. A reply is at most `most_lines` lines
/// of `longest_line` octets: RFC 5321, 4.5.3.1.5 allows 512, servers exceed it; none needs more.
class ReplyParser {
 public:
  static constexpr std::size_t longest_line = 2048;
  static constexpr std::size_t most_lines = 200;

  enum class Fault : std::uint8_t {
    none,
    malformed,    ///< no three digits in front, or another separator than ' ' and '-'
    mixed_codes,  ///< lines of one reply with different codes (RFC 5321, 4.2.1)
    line_end,  ///< a CR or LF that is not one CRLF: others may see other replies (RFC 5321, 2.3.8)
    too_long,
  };

  /// Takes the octets of one reply off `input`. nullopt: everything was taken and more is needed,
  /// or fault() says why nothing more will come.
  std::optional<Reply> next(std::string_view& input);
  [[nodiscard]] Fault fault() const noexcept { return fault_; }
  /// No reply is half read.
  [[nodiscard]] bool idle() const noexcept { return line_.empty() && lines_ == 0; }

 private:
  bool take_line(std::string_view line);
  std::string line_;
  Reply reply_;
  std::size_t lines_ = 0;
  bool last_ = false;
  Fault fault_ = Fault::none;
};

std::string_view name_of(ReplyParser::Fault) noexcept;  ///< a clause for people

}  // namespace postern::smtp
