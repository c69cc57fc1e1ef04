// One received mail, known by its header block, as Messages: one for each recipient that the
// receiving system named, else one.
//
// What is believed: fields that the receiving system wrote (see mail_trace.hpp). In mail that
// Exchange Online received, X-MS-Exchange-Organization-* and -CrossTenant-* fields are its own
// (its header firewall removes them from what comes in, and renames foreign antispam reports and
// authentication results), so they count there and nowhere else.
// https://learn.microsoft.com/defender-office-365/message-headers-eop-mdo
//
//   MessageBuffer buffer;
//   if (message_from_headers(block, buffer)) for (const Message& m : buffer.messages()) …
#pragma once

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "evidence/message.hpp"

namespace postern::evidence {

/// Holds Messages and the text that they point into, until the next clear().
class MessageBuffer {
 public:
  MessageBuffer() = default;
  MessageBuffer(const MessageBuffer&) = delete;
  MessageBuffer& operator=(const MessageBuffer&) = delete;

  [[nodiscard]] const std::vector<Message>& messages() const noexcept { return messages_; }
  [[nodiscard]] std::vector<Message>& messages() noexcept { return messages_; }
  /// The From domain for which Exchange Online's own stamp says that DMARC passed; else empty.
  [[nodiscard]] std::string_view stamped_author() const noexcept { return stamped_author_; }
  void set_stamped_author(std::string_view domain) { stamped_author_ = domain; }
  void clear();
  void add(const Message& message) { messages_.push_back(message); }
  /// The text stays where it is until clear().
  std::string_view keep(std::string text);

 private:
  std::vector<Message> messages_;
  std::deque<std::string> texts_;
  std::string stamped_author_;
};

/// Whether mail has a header field of that name (From, Received, Date, …).
bool is_mail_field(std::string_view name) noexcept;

/// Replaces what `buffer` held. False, and an empty buffer, where the block has no field that mail
/// has (From, Received, Date, …). Never fails otherwise: what the header doesn't prove stays
/// unknown. `delivery` is what the place where the mail was found says. A client at one of `relays`
/// is a relay of one's own: who handed the message to it is the upstream.
bool message_from_headers(std::string_view header_block, MessageBuffer& buffer,
                          Delivery delivery = Delivery::unknown,
                          std::span<const IpAddress> relays = {});

}  // namespace postern::evidence
