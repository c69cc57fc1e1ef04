// Where a message came in, and whom to believe: reads the Received lines from the top, as far as
// they were written by the system that received the message.
//
// A header proves nothing by being there: whoever sends a message writes its header. What the
// receiving system itself wrote is above what came with the message, so the walk goes down from
// the top and ends at the line where a server of that system took the message from outside.
// Nothing below is looked at. Internal to the room.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "message/header.hpp"
#include "message/received.hpp"

namespace postern::evidence {

struct MailTrace {
  enum class System {
    unknown,          ///< no Received line to start from
    exchange_online,  ///< the topmost line is Exchange Online's
    other,
  };
  System system = System::unknown;
  /// The line of the server that took the message from outside.
  std::optional<message::Received> entry;
  /// The entry is a server that takes mail for a domain (MX), not one for signed-in clients.
  bool front_door = false;
  /// Index of the entry's field; the number of fields where there is no entry.
  std::size_t entry_field = 0;
  /// Index of the next Received field below the entry: what stands from there on came with the
  /// message. The number of fields where there is none.
  std::size_t outside_field = 0;
  /// Every Received line was written inside the system and the lowest says that a mailbox program
  /// handed the message over ("with mapi").
  bool from_mailbox = false;
  /// Exchange Online took the message up again (after quarantine, or for a mailbox that it had
  /// given up on): from then on Return-Path is "<>", whatever the envelope sender was.
  bool resubmitted = false;
  std::optional<UnixTime> topmost_time;
};

MailTrace trace_of(const message::HeaderBlock& header);

}  // namespace postern::evidence
