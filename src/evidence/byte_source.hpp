// Bytes as UTF-8 text in blocks, from a file, standard input or memory. UTF-16, with or without a
// byte order mark, is turned into UTF-8 on the way.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/utf16.hpp"

namespace postern::evidence {

class ByteSource {
 public:
  /// A regular file, a pipe, or "-" for standard input. Errors: not there, not permitted, a
  /// directory.
  static Result<ByteSource> open(const std::string& path);
  /// Text in memory, for tests and fuzzers; must outlive the source. `block` bounds each piece.
  static ByteSource of(std::string_view text, std::size_t block = 1 << 20);

  ByteSource(ByteSource&&) noexcept;
  ByteSource& operator=(ByteSource&&) noexcept;
  ~ByteSource();

  /// Appends the next piece of text to `out`; false at the end. An error is a failed read.
  Result<bool> append_to(std::string& out);

  /// Gives text back, to be handed out again first.
  void put_back(std::string text);

  /// Bytes taken from the file so far, before any conversion.
  [[nodiscard]] std::uint64_t bytes_read() const noexcept;
  [[nodiscard]] const std::string& name() const noexcept;

 private:
  struct State;
  explicit ByteSource(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

}  // namespace postern::evidence
