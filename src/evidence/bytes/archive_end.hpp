// The last octets of a zip or tar, which tell whether it is whole. libarchive reads both from the
// front and is content where a cut falls between two members. Internal to the room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace postern::evidence {

class ArchiveEnd {
 public:
  /// The next octets of the archive.
  void take(std::string_view bytes);

  /// What is missing of a zip in which `members` were found, after all of it was taken; empty:
  /// nothing. A zip ends in a directory that counts them (APPNOTE.TXT, 4.3.16).
  [[nodiscard]] std::string missing_of_zip(std::uint64_t members) const;
  /// The same of a tar, which ends in blocks of zeros (POSIX.1, pax, "ustar Interchange Format").
  [[nodiscard]] std::string missing_of_tar() const;

 private:
  std::string last_;
};

}  // namespace postern::evidence
