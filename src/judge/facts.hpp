// What is known of a session and of its envelope's sender.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ip.hpp"
#include "message/path.hpp"
#include "policy/submission.hpp"

namespace postern::judge {

/// Which door the mail comes through.
enum class Door : std::uint8_t { smtp, milter };

/// What is known of the session. Over SMTP, TLS and the certificate are `unknown` where a proxy
/// speaks for the client (XCLIENT); the decision then takes both for absent, and the record says
/// unknown.
struct SessionFacts {
  Door door = Door::smtp;
  std::optional<IpAddress> client;
  std::string helo;
  policy::Known authenticated = policy::Known::no;
  policy::Known tls = policy::Known::no;
  std::string tls_version;

  policy::ClientCertificate::State certificate = policy::ClientCertificate::State::none;
  bool certificate_trusted = false;
  std::string common_name;  ///< normal form; may be empty
  std::vector<std::string> alternative_names;
  /// False where the door does not tell them (milter): a connector that no common name matches
  /// might then still match.
  bool alternative_names_known = true;
};

/// The envelope sender: MAIL FROM.
struct Sender {
  bool null = false;
  message::Address address;
};

}  // namespace postern::judge
