// Where the fields and the records of a CSV end, 64 octets at a time as bit masks, in the manner of
// simdjson. Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>

namespace postern::evidence {

class CsvScanner {
 public:
  static constexpr std::size_t octets_at_once = 64;

  /// Begins where a record begins.
  explicit CsvScanner(char separator = ',') noexcept : separator_(separator) {}

  /// A bit for each octet.
  struct Cuts {
    std::uint64_t fields = 0;   ///< separators and line ends outside quotes: where a field ends
    std::uint64_t records = 0;  ///< of these, the line ends
  };
  /// Goes over the next `size` octets, at most 64, of which `block` has 64 that can be looked at.
  Cuts scan(const char* block, std::size_t size) noexcept;
  /// Whether the octets so far end within quotes.
  [[nodiscard]] bool in_quotes() const noexcept { return in_quotes_; }

 private:
  char separator_;
  bool in_quotes_ = false;
  bool may_open_ = true;  // the next octet starts a field
};

}  // namespace postern::evidence
