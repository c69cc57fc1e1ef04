// The two forms of a message's octets, as two types: on the wire of DATA every line that begins
// with a dot has one more (RFC 5321, 4.5.2); its reader sees it without. What is judged and edited
// is what the next hop will read, so whoever judges asks for MessageOctets, and only this file
// makes them of what came over the wire.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "smtp/data_reader.hpp"

namespace postern::smtp {

/// Octets as their reader sees them.
class MessageOctets {
 public:
  MessageOctets() = default;
  /// Of octets that never were on the wire of DATA: a milter's, a file's.
  static MessageOctets never_stuffed(std::string octets) {
    return MessageOctets(std::move(octets));
  }

  [[nodiscard]] std::string_view view() const noexcept { return octets_; }
  /// As they go into DATA. The octets begin at the start of a line.
  [[nodiscard]] std::string stuffed() const;

 private:
  friend class StuffedOctets;
  explicit MessageOctets(std::string octets) : octets_(std::move(octets)) {}
  std::string octets_;
};

/// Octets as DataReader gives them, from the start of the message. There is no way to look at them.
class StuffedOctets {
 public:
  void append(std::string_view octets) { unstuffer_.feed(octets, message_.octets_); }
  /// What its reader will see.
  [[nodiscard]] MessageOctets take() && { return std::move(message_); }

 private:
  Unstuffer unstuffer_;
  MessageOctets message_;
};

}  // namespace postern::smtp
