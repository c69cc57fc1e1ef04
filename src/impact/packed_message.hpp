// A message that waits, with its texts. Internal to the room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evidence/message.hpp"

namespace postern::impact {

/// A message and the names of its client certificate, at which it points.
struct MessageView {
  evidence::Message message;
  std::vector<std::string_view> certificate_names;
  /// Makes the message point at the names; call after a move or a copy.
  evidence::Message& bind() {
    message.submission.certificate.subject_alternative_names = certificate_names;
    return message;
  }
};

/// A message in one piece of memory, a few hundred octets.
class PackedMessage {
 public:
  explicit PackedMessage(const evidence::Message& message);
  /// Valid as long as this is neither moved nor destroyed.
  [[nodiscard]] MessageView view() const;

 private:
  std::string octets_;
};

}  // namespace postern::impact
