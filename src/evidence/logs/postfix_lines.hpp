// The lines that Postfix writes, cut into parts without copying: the log's head (syslog_lines.hpp),
// the queue id, "name[address]", and the keys of a delivery. Pure; internal to the room.
//
//   Nov  3 12:00:01 mx postfix/smtpd[123]: 4BzX…: client=host[192.0.2.1]
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/ip.hpp"
#include "base/time.hpp"

namespace postern::evidence {

enum class PostfixService : std::uint8_t {
  none,  ///< not Postfix, or a part of it that tells nothing of messages
  smtpd,
  cleanup,
  queue_manager,
  delivery,  ///< smtp, lmtp, local, virtual, pipe, error
  pickup,
  postscreen,
};

/// "smtpd", "qmgr", "smtp", … the last part of the program's name.
PostfixService postfix_service(std::string_view word) noexcept;

struct PostfixLine {
  std::string_view stamp, host;
  std::string_view instance;  ///< syslog_name: "postfix", "postfix-out"
  PostfixService service = PostfixService::none;
  std::string_view process;  ///< its number
  std::string_view text;     ///< after the program's name
};

/// Cuts "postfix/smtpd[123]" into instance, service and process. False for what is not Postfix.
bool split_tag(std::string_view tag, PostfixLine& line) noexcept;
/// False for a line of another program, and for what is no log line.
bool split_syslog_line(std::string_view text, PostfixLine& line);

/// Takes "4BzX1Y2z3W: " off the front and returns the id; empty where there is none. "NOQUEUE" is
/// one, too.
std::string_view take_queue_id(std::string_view& text) noexcept;

/// "host.example[192.0.2.1]:25".
struct PostfixPeer {
  std::string_view name;             ///< "unknown" where the address has no name
  std::optional<IpAddress> address;  ///< nullopt for "unknown" and for what is no address
  bool well_formed = false;
};
PostfixPeer parse_peer(std::string_view text) noexcept;

/// The value after `key` ("from=<", "helo=<") up to '>' before a space, a comma or the end; nullopt
/// where the key is not there.
std::optional<std::string_view> bracketed(std::string_view text, std::string_view key) noexcept;

}  // namespace postern::evidence
