// Two kinds of facts that must not be taken for each other: those of whoever is connected to the
// gate, and those of the client, whom a trusted proxy may only speak for.
#pragma once

#include <string>

#include "gate/tls.hpp"
#include "gate/wire.hpp"
#include "judge/facts.hpp"
#include "smtp/server_session.hpp"

namespace postern::gate {

/// Whoever is connected: what the gate saw itself.
struct HopFacts {
  bool tls = false;
  std::string tls_version;
  std::string tls_cipher;
  PeerCertificate certificate;

  /// Of a connection whose handshake is done.
  static HopFacts of(const ssl_st* tls);
};

/// What the judge may know of the client. Where a proxy spoke for it (XCLIENT), the connection's
/// TLS and certificate are the proxy's, and the client's are not known.
judge::SessionFacts facts_of_client(const smtp::ServerSession& session, const HopFacts& hop);

}  // namespace postern::gate
