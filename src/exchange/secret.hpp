// A text that must not be seen: no operator prints it, its memory is wiped, and whoever needs the
// text says so by name.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace postern::exchange {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret&);
  Secret& operator=(Secret&&) noexcept;
  ~Secret();

  /// The text itself, for the request that carries it and nothing else.
  [[nodiscard]] const std::string& reveal() const noexcept { return value_; }
  [[nodiscard]] bool empty() const noexcept { return value_.empty(); }

 private:
  std::string value_;
};

/// Overwrites a buffer that held a secret, also where the optimiser sees no use in it.
void wipe(std::string&) noexcept;

/// `text` with the secret, should a service have echoed it, replaced by "[secret]".
std::string without(std::string text, const Secret&);

/// The file's text without the line ending and without a byte order mark. Errors: can't be read,
/// longer than 64 KiB, empty, and readable by others than its owner (mode & 077), since a secret
/// that everybody can read is none.
Result<Secret> read_secret_file(const std::string& path);

/// The same for a descriptor that the caller opened for us.
Result<Secret> read_secret_descriptor(int descriptor, const std::string& where);

}  // namespace postern::exchange
