// Bounces (RFC 3464) that tell of a refusal by the tenant's own settings: 5.7.68 where Direct Send
// is rejected, 5.7.51 where a connector's restriction refuses. Exchange Online itself keeps no
// trace of these, so that after the switch a bounce is what tells who was refused. Internal to the
// room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/mail/mail_message.hpp"
#include "evidence/message.hpp"

namespace postern::evidence {

class Bounce {
 public:
  /// A message begins. True where it is a delivery report, whose body is wanted.
  bool begin(std::string_view header_block);
  void line(std::string_view text);
  /// The body is whole: the refused submissions, one a recipient, into `buffer`. `report` is the
  /// bounce itself: it goes to the envelope sender of what was refused, and the host that handed it
  /// over is the refused client where it bears the name of the reporting server.
  void finish(const Message& report, MessageBuffer& buffer);

 private:
  enum class Part : std::uint8_t { other, status, original };
  enum class Place : std::uint8_t { outside, part_header, content };
  struct Recipient {
    std::string final, action, status, diagnostic;
  };
  void begin_part();
  void end_part();
  void status_block(std::string_view block);

  std::string boundary_;
  Place place_ = Place::outside;
  Part part_ = Part::other;
  std::string header_;   // of the part
  std::string content_;  // the block of fields that is read, or the header of the original
  bool original_is_read_ = false;
  std::string reporter_, arrival_, sender_;
  std::string original_;
  std::vector<Recipient> recipients_;
};

}  // namespace postern::evidence
