// One Received field (RFC 5321, 4.4) as the common servers write it: Exchange, Postfix, Exim,
// Gmail, sendmail, qmail. What a client claims (HELO) is kept apart from what the server saw
// (address, reverse name).
//
//   from scanner.contoso.com (203.0.113.7) by AM5PEPF1.mail.protection.outlook.com (10.0.0.1) with
//     Microsoft SMTP Server (version=TLS1_2, cipher=…) id 15.20.1.2; Thu, 1 Oct 2026 08:15:30 +0000
//   from helo (ptr [203.0.113.7]) by mx (Postfix) with ESMTPS id 1 for <a@b>; …
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ip.hpp"
#include "base/time.hpp"

namespace postern::message {

struct Received {
  std::string helo;                    ///< as claimed, "[127.0.0.1]" with its brackets
  std::string client_hostname;         ///< reverse name as the server noted it; empty if unknown
  std::optional<IpAddress> client_ip;  ///< as the server saw it
  std::string by;                      ///< the server that wrote the line
  std::string with;                    ///< "ESMTPS", "Microsoft SMTP Server", "mapi"; may be empty
  std::string recipient;               ///< address of the "for" clause without brackets
  std::optional<bool> tls;             ///< unknown where the line doesn't tell
  bool authenticated = false;          ///< ESMTPA, ESMTPSA, "Authenticated sender: …"
  std::optional<UnixTime> time;
};

/// `text` is unfolded. Never fails: what the line doesn't hold stays empty.
Received parse_received(std::string_view text);

}  // namespace postern::message
