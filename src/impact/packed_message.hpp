// A message that waits, with its texts. Internal to the room.
#pragma once

#include <string>

#include "evidence/message.hpp"

namespace postern::impact {

/// A message in one piece of memory, a few hundred octets. What it keeps is all but the texts of a
/// client certificate, which no table records.
class PackedMessage {
 public:
  explicit PackedMessage(const evidence::Message& message);
  /// Valid as long as this is neither moved nor destroyed.
  [[nodiscard]] evidence::Message view() const;

 private:
  std::string octets_;
};

}  // namespace postern::impact
