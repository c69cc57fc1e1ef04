// What is known of one message to one recipient at the moment of attribution. Whatever evidence
// lacks is left unknown; nothing is guessed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/ip.hpp"
#include "base/time.hpp"

namespace postern::policy {

/// The envelope sender (MAIL FROM, P1).
struct ReversePath {
  enum class State : std::uint8_t { unknown, null, address };
  State state = State::unknown;
  /// Normal form (base/domain.hpp); empty for an address without a domain.
  std::string_view domain;
};

/// The client certificate of the session.
struct ClientCertificate {
  enum class State : std::uint8_t { unknown, none, presented };
  State state = State::unknown;
  std::string_view subject;  ///< common name in normal form, may be "*.contoso.com"
  std::span<const std::string_view> subject_alternative_names;  ///< normal form
  /// The chain is complete and publicly trusted; an untrusted certificate counts as none.
  bool trusted = true;
};

/// What the evidence itself says of how the message was attributed when it arrived.
struct ObservedAttribution {
  enum class State : std::uint8_t {
    unknown,
    default_connector,  ///< no configured connector
    connector,          ///< the named connector
  };
  State state = State::unknown;
  std::string_view connector;  ///< compared without case
};

enum class Known : std::uint8_t { unknown, no, yes };

/// One message to one recipient. Views must outlive the call that they are passed to.
struct Submission {
  std::optional<IpAddress> client_ip;
  /// Signed in (SMTP AUTH, mailbox submission), or recorded as originating by the platform.
  Known authenticated = Known::unknown;
  Known tls = Known::unknown;
  ClientCertificate certificate;
  ReversePath reverse_path;
  /// Normal form; nullopt where unknown.
  std::optional<std::string_view> recipient_domain;
  ObservedAttribution observed;
  /// Recognised as Azure Communication Services.
  bool azure_communication_services = false;
  /// When it arrived; unknown in a live session means now.
  std::optional<UnixTime> time;
};

}  // namespace postern::policy
