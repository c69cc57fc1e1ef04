// Where the fields and the records of a CSV end, 64 octets at a time as bit masks, in the manner of
// simdjson. Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>

namespace postern::evidence {

class CsvScanner {
 public:
  static constexpr std::size_t octets_at_once = 64;

  /// Which of 64 octets are what; a bit each, the first octet's the lowest.
  struct Masks {
    std::uint64_t quotes = 0;
    std::uint64_t separators = 0;
    std::uint64_t line_ends = 0;
  };

  /// Begins where a record begins.
  explicit CsvScanner(char separator = ',') noexcept : separator_(separator) {}

  /// The same for what cuts: a bit for each octet.
  struct Cuts {
    std::uint64_t fields = 0;   ///< separators and line ends outside quotes: where a field ends
    std::uint64_t records = 0;  ///< of these, the line ends
  };
  /// Looks at `blocks` times 64 octets, wherever they stand in the text.
  void look(const char* text, std::size_t blocks, Masks* out) const noexcept;
  /// Goes over the next 64 octets.
  Cuts pass(const Masks& masks) noexcept {
    if (masks.quotes == 0 && !in_quotes_) [[likely]] {
      const std::uint64_t cuts = masks.separators | masks.line_ends;
      may_open_ = cuts >> 63 != 0;
      return {cuts, masks.line_ends};
    }
    return pass_quotes(masks);
  }
  /// The same for the last `size` octets of a text, fewer than 64, of which 64 can be looked at.
  Cuts pass_last(const char* block, std::size_t size) noexcept;
  /// Whether the octets so far end within quotes.
  [[nodiscard]] bool in_quotes() const noexcept { return in_quotes_; }
  /// Line ends within quotes so far.
  [[nodiscard]] std::uint64_t quoted_line_ends() const noexcept { return quoted_line_ends_; }

 private:
  Cuts pass_quotes(Masks masks) noexcept;

  char separator_;
  bool in_quotes_ = false;
  bool may_open_ = true;  // the next octet starts a field
  std::uint64_t quoted_line_ends_ = 0;
};

}  // namespace postern::evidence
