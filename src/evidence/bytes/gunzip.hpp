// What is in a gzip file (RFC 1952), each member of it checked by the CRC-32 and the length in its
// trailer: without them a file whose content was altered reads as another one. libarchive's filter
// passes trailers over. Internal to the room.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "evidence/bytes/byte_source.hpp"

namespace postern::evidence {

class Gunzip {
 public:
  /// Takes its octets from `packed`, which must outlive it.
  explicit Gunzip(ByteSource& packed);
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;
  ~Gunzip();

  /// Writes at most `size` octets to `into` and returns their number; 0 at the end of the last
  /// member. Errors: cut short, altered (data, CRC-32 or length), something else after its end.
  Result<std::size_t> read(char* into, std::size_t size);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// When the file that begins with these octets was last changed, by its header (RFC 1952, 2.3.1).
std::optional<UnixTime> gzip_time(std::string_view first_bytes) noexcept;

}  // namespace postern::evidence
