// Certificates for tests, made when they are asked for.
#pragma once

#include <memory>
#include <string>

namespace postern::gate {

/// A certificate authority in a folder of its own, which goes with it: ca.pem, and identities that
/// it signs.
class Authority {
 public:
  /// Throws std::runtime_error where it can't be made.
  Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;
  ~Authority();

  /// "…/ca.pem".
  [[nodiscard]] std::string bundle() const { return folder_ + "/ca.pem"; }
  /// A PEM file with a certificate for that name (common name and DNS name) and its key.
  [[nodiscard]] std::string identity(const std::string& name) const;

 private:
  struct Keys;
  std::string folder_;
  std::unique_ptr<Keys> keys_;
};

}  // namespace postern::gate
