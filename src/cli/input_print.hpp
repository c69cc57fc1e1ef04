// A fingerprint of what a result was made from: equal prints, equal inputs.
#pragma once

#include <string>
#include <string_view>

#include "auth/crypto.hpp"
#include "base/result.hpp"

namespace postern::cli {

class InputPrint {
 public:
  InputPrint() : digest_(crypto_) {}
  InputPrint(const InputPrint&) = delete;
  InputPrint& operator=(const InputPrint&) = delete;

  /// A value of its own: neither two of them nor their order can be mistaken.
  void add(std::string_view value);
  /// The octets of a file. Errors: can't be read.
  Result<void> add_file(const std::string& path);
  /// The files in a folder, or the one file, that a tenant is read from.
  Result<void> add_settings(const std::string& path);
  /// "sha256:…"; once, at the end.
  [[nodiscard]] std::string text();

 private:
  auth::Crypto crypto_;
  auth::Sha256 digest_;
};

}  // namespace postern::cli
