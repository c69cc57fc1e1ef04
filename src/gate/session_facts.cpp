#include "gate/session_facts.hpp"

namespace postern::gate {

HopFacts HopFacts::of(const ssl_st* tls) {
  return {true, gate::tls_version(tls), gate::tls_cipher(tls), peer_certificate(tls)};
}

judge::SessionFacts facts_of_client(const smtp::ServerSession& session, const HopFacts& hop) {
  using State = policy::ClientCertificate::State;
  judge::SessionFacts facts;
  facts.client = session.client().address;
  facts.helo = session.helo();
  facts.authenticated = session.authenticated() ? policy::Known::yes : policy::Known::no;
  if (session.is_spoken_for()) {
    facts.tls = policy::Known::unknown;
    facts.certificate = State::unknown;
    facts.alternative_names_known = false;
    return facts;
  }
  facts.tls = hop.tls ? policy::Known::yes : policy::Known::no;
  facts.tls_version = hop.tls_version;
  if (hop.certificate.presented) {
    facts.certificate = State::presented;
    facts.certificate_trusted = hop.certificate.trusted;
    facts.common_name = hop.certificate.common_name;
    facts.alternative_names = hop.certificate.alternative_names;
  }
  return facts;
}

}  // namespace postern::gate
