// The trace field that this server adds (RFC 5321, 4.4), written so that what a client claims can't
// pass for what the server saw.
#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"
#include "smtp/server_session.hpp"

namespace postern::gate {

struct ReceivedFacts {
  const smtp::ClientAttributes* client = nullptr;
  std::string_view by;         ///< this host
  std::string_view id;         ///< of the transaction
  std::string_view recipient;  ///< empty where there are several: they need not know of each other
  std::string_view tls_version;  ///< empty: in the clear
  std::string_view tls_cipher;
  bool authenticated = false;
  bool smtputf8 = false;
  UnixTime time = 0;
};

/// "Received: from … ;\r\n\t…\r\n", folded.
std::string received_field(const ReceivedFacts&);

/// "Tue, 24 Nov 2026 12:00:00 +0000" (RFC 5322, 3.3).
std::string mail_date(UnixTime);

}  // namespace postern::gate
