#include "smtp/line_reader.hpp"

namespace postern::smtp {

std::string_view name_of(LineFault fault) noexcept {
  switch (fault) {
    case LineFault::none:
      return "no fault";
    case LineFault::bare_cr:
      return "bare <CR>";
    case LineFault::bare_lf:
      return "bare <LF>";
    case LineFault::nul:
      return "NUL octet";
    case LineFault::too_long:
      return "line too long";
  }
  return "";
}

std::optional<std::string_view> LineReader::next(std::string_view& input) {
  if (handed_out_) {
    // An idle session keeps no memory for long lines that it once had.
    if (buffer_.capacity() > 512) {
      buffer_ = {};
    } else {
      buffer_.clear();
    }
    handed_out_ = false;
  }
  if (fault_ != LineFault::none || input.empty()) return std::nullopt;
  partial_ = true;
  for (std::size_t i = 0; i < input.size(); ++i) {
    const char c = input[i];
    if (after_cr_) {
      if (c != '\n') {
        fault_ = LineFault::bare_cr;
        return std::nullopt;
      }
      std::string_view line = i == 0 ? std::string_view{} : input.substr(0, i - 1);
      if (!buffer_.empty()) {
        buffer_ += line;
        line = buffer_;
        handed_out_ = true;
      }
      input.remove_prefix(i + 1);
      after_cr_ = false;
      partial_ = false;
      return line;
    }
    if (c == '\r') {
      after_cr_ = true;
      continue;
    }
    if (c == '\n') fault_ = LineFault::bare_lf;
    if (c == '\0') fault_ = LineFault::nul;
    if (fault_ == LineFault::none && buffer_.size() + i >= longest_) fault_ = LineFault::too_long;
    if (fault_ != LineFault::none) return std::nullopt;
  }
  buffer_ += after_cr_ ? input.substr(0, input.size() - 1) : input;
  input = {};
  return std::nullopt;
}

}  // namespace postern::smtp
