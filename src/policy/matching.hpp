// Which connectors a submission matches: the answers that the clauses of decide.cpp ask for.
// Each is asked of the facts alone and may be asked in any order. Nothing here allocates.
#pragma once

#include <cstdint>

#include "policy/facts.hpp"
#include "policy/guard.hpp"

namespace postern::policy {

// One connector (matching.cpp).

/// By TlsSenderCertificateName.
[[nodiscard]] Guard certificate_match(const Facts&, std::uint32_t connector) noexcept;
/// By SenderIPAddresses, as the choices of its tenant say.
[[nodiscard]] Guard address_match(const Facts&, std::uint32_t connector) noexcept;
/// Whether SenderDomains cover MAIL FROM, and how exactly: the length of the name that matched
/// counts, an exact entry before a wildcard, "*" last.
struct Coverage {
  Answer answer = Answer::no;
  std::uint32_t exactness = 0;
};
[[nodiscard]] Coverage coverage(const Facts&, std::uint32_t connector) noexcept;
/// Whether AssociatedAcceptedDomains let a connector of the recipient's tenant apply, by the
/// tenant's choice of what they limit.
[[nodiscard]] Guard associated(const Facts&, std::uint32_t connector) noexcept;

/// A Partner connector that matches or may match, with what decides among several.
struct Match {
  Guard guard;
  bool by_certificate = false;
  std::uint32_t exactness = 0;
};
[[nodiscard]] Match match(const Facts&, std::uint32_t connector) noexcept;
/// The order among several that match. Among those that match by address or certificate it only
/// says which it is; among those scoped by sender domain alone it decides whether TLS is demanded.
[[nodiscard]] bool comes_before(const Tables&, const Match& a, const Match& b) noexcept;

// Mail that counts as the organisation's own (originating.cpp). What a tenant has none of is
// answered here, without a call: that is most of what is asked.

/// A connector by certificate, where there are some and a certificate may have been presented.
[[nodiscard]] Guard certified_connector(const Facts&) noexcept;
/// An OnPremises connector of the tenant, by address or certificate.
[[nodiscard]] Guard on_premises_connector(const Facts&, const CompiledTenant&) noexcept;
[[nodiscard]] Guard on_premises_of_unknown_sender(const Facts&) noexcept;
/// An OnPremises connector of anybody, by address or certificate.
[[nodiscard]] Guard any_on_premises(const Facts&) noexcept;

inline Guard on_premises_match(const Facts& f, const CompiledTenant& tenant) noexcept {
  const bool none =
      tenant.connectors_known &&
      (!tenant.has_on_premises || (f.certificate == Answer::no && f.address_in_none(tenant)));
  return none ? Guard{} : on_premises_connector(f, tenant);
}

/// Step 1a of attribution: over all tenants, the most exact certificate match wins.
inline Guard originating_by_certificate(const Facts& f) noexcept {
  return f.certificate == Answer::no ? Guard{} : certified_connector(f);
}

/// Step 1b: an OnPremises connector, and MAIL FROM's domain is an accepted one of its tenant.
inline Guard originating_by_sender(const Facts& f) noexcept {
  if (f.sender_unknown()) return on_premises_of_unknown_sender(f);
  if (!f.sender_owner.exists()) return {};
  return on_premises_match(f, f.tables.tenants[f.sender_owner.tenant]);
}

/// Message Center MC1226222 (2026-02) lists the recipient domain as the last of three ways in
/// which an OnPremises connector is matched.
inline Guard originating_by_recipient(const Facts& f) noexcept {
  if (!f.tenant->choices.onpremises_recipient_match) return {};
  Guard guard = on_premises_match(f, *f.tenant);
  guard.notes |= Note::recipient_leg;
  return guard;
}

// Partner connectors of the recipient's tenant (partner.cpp).

/// Two clauses look at the same connectors: those whose demand of TLS is met, and those whose
/// demand is not.
struct PartnerMatch {
  Guard attributed;
  Guard without_tls;
};
[[nodiscard]] PartnerMatch partner_match(const Facts&) noexcept;

[[nodiscard]] Guard restricting_connector(const Facts&) noexcept;
[[nodiscard]] Guard domain_only_connector(const Facts&) noexcept;

/// A restricting connector covers MAIL FROM. Asked after partner_match() said no: then its own
/// addresses and certificate do not match.
inline Guard restriction(const Facts& f) noexcept {
  const bool none = f.tenant->connectors_known && !f.tenant->has_restricting;
  return none ? Guard{} : restricting_connector(f);
}

/// A connector that names a sender domain and nothing else still takes that domain's mail, and so
/// its TLS demand applies; it does not exempt from Direct Send rejection.
inline Guard domain_only_tls(const Facts& f) noexcept {
  if (!f.tenant->connectors_known || !f.tenant->has_domain_only_tls) return {};
  return f.tls == Known::yes ? Guard{} : domain_only_connector(f);
}

}  // namespace postern::policy
