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
  /// The files in a folder, in the order of their names: its own, as a tenant is read from it, or
  /// those of its folders too, as a Maildir is. A path that is no folder is the one file.
  enum class Depth { own, all };
  Result<void> add_files(const std::string& path, Depth);
  /// "sha256:…"; once, at the end.
  [[nodiscard]] std::string text();

 private:
  auth::Crypto crypto_;
  auth::Sha256 digest_;
};

}  // namespace postern::cli
