// Postfix's socketmap protocol without I/O (socketmap_table(5)): netstrings "name key" come in,
// netstrings "OK value", "NOTFOUND ", "TEMP reason" or "PERM reason" go out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace postern::auth {

struct SocketmapAnswer {
  enum class Status : std::uint8_t { ok, not_found, temporary, permanent };
  Status status = Status::not_found;
  std::string text;  ///< the value, or the reason
};

class SocketmapSession {
 public:
  using Lookup = std::function<SocketmapAnswer(std::string_view map, std::string_view key)>;
  explicit SocketmapSession(Lookup lookup) : lookup_(std::move(lookup)) {}

  /// Takes what came from the client and returns what to send back. Requests may come in pieces and
  /// several at once.
  std::string receive(std::string_view bytes);
  /// The client broke the protocol or asked with an absurd length: close the connection.
  [[nodiscard]] bool broken() const noexcept { return broken_; }

  /// Longest request taken; keys are addresses.
  static constexpr std::size_t longest_request = 4096;

 private:
  std::string answer(std::string_view request) const;
  Lookup lookup_;
  std::string buffer_;
  bool broken_ = false;
};

}  // namespace postern::auth
