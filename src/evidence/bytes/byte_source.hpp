// Bytes as UTF-8 text in blocks, from a file, standard input or memory. UTF-16, with or without a
// byte order mark, is turned into UTF-8 on the way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "base/utf16.hpp"

namespace postern::evidence {

class ByteSource {
 public:
  /// A regular file, a pipe, or "-" for standard input. Errors: not there, not permitted, a
  /// directory.
  static Result<ByteSource> open(const std::string& path);
  /// Bytes in memory, which must outlive the source. `block` bounds each piece.
  static ByteSource of(std::string_view text, std::size_t block = 1 << 20,
                       std::string name = "memory");
  /// Writes at most `size` octets to `into` and returns their number; 0 at the end.
  using Pull = std::function<Result<std::size_t>(char* into, std::size_t size)>;
  /// Bytes that come from elsewhere (a member of an archive).
  static ByteSource pulled(std::string name, Pull pull, std::optional<UnixTime> modified);

  ByteSource(ByteSource&&) noexcept;
  ByteSource& operator=(ByteSource&&) noexcept;
  ~ByteSource();

  /// The first bytes as they are in the file, without taking them: at least 512 unless the file is
  /// shorter. Call before anything is taken.
  Result<std::string_view> peek();
  /// True where peek() has seen the whole file.
  [[nodiscard]] bool peeked_all() const noexcept;
  /// Takes bytes as they are in the file; for what is no text. 0 at the end.
  Result<std::size_t> take_bytes(char* into, std::size_t size);

  /// Appends the next piece of text to `out`; false at the end. An error is a failed read.
  Result<bool> append_to(std::string& out);

  /// Takes the rest of what comes from elsewhere, unread: its fault may stand at its very end,
  /// where a reader that has seen enough does not come. Nothing is taken of files and pipes.
  Result<void> finish();

  /// Gives text back, to be handed out again first.
  void put_back(std::string text);

  /// Bytes taken from the file so far, before any conversion.
  [[nodiscard]] std::uint64_t bytes_read() const noexcept;
  /// Of a regular file; 0 where it is not known.
  [[nodiscard]] std::uint64_t size() const noexcept;
  [[nodiscard]] const std::string& name() const noexcept;
  /// When the file was last written, where that is known.
  [[nodiscard]] std::optional<UnixTime> modified() const noexcept;

 private:
  struct State;
  explicit ByteSource(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

}  // namespace postern::evidence
