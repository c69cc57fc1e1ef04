// What every clause asks of a submission: TLS and certificate as far as they count, whose domains
// the envelope names, and what the recorded attribution proves.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/domain.hpp"
#include "policy/guard.hpp"
#include "policy/submission.hpp"
#include "policy/tables.hpp"

namespace postern::policy {

/// Visits a domain and its parents, nearest first, until `visit` says true.
template <class Visit>
bool any_of_self_and_parents(std::string_view domain, Visit visit) noexcept {
  for (std::string_view name = domain; !name.empty(); name = parent_domain(name)) {
    if (visit(name)) return true;
  }
  return false;
}

/// The tenant that owns a domain, by its most exact accepted domain. `hash` is the domain's own.
[[nodiscard]] Owner find_owner(const Tables&, std::string_view domain, std::uint64_t hash) noexcept;

/// Tables and submission must outlive it.
class Facts {
 public:
  Facts(const Tables&, const Submission&) noexcept;

  const Tables& tables;
  const Submission& submission;
  Known tls;
  Answer certificate;  ///< yes: trusted names are known; no: there is none
  Owner sender_owner;
  const CompiledTenant* tenant = nullptr;  ///< the recipient's; null where nobody here owns it
  std::uint32_t tenant_index = no_tenant;

  [[nodiscard]] bool sender_unknown() const noexcept {
    return submission.reverse_path.state == ReversePath::State::unknown;
  }
  [[nodiscard]] bool on_default_connector() const noexcept {
    return submission.observed.state == ObservedAttribution::State::default_connector;
  }

  /// Connectors of a tenant whose addresses hold the client's, of both types. The address must be
  /// known.
  [[nodiscard]] std::span<const std::uint32_t> by_address(const CompiledTenant& of) const noexcept {
    return &of == tenant ? by_address_ : of.addresses.find(*submission.client_ip);
  }

  /// The client's address is known, and in no connector of the tenant.
  [[nodiscard]] bool address_in_none(const CompiledTenant& of) const noexcept {
    return submission.client_ip && by_address(of).empty();
  }

  /// Visits the certificate's names: visit(name, whether it is a subject alternative name).
  template <class Visit>
  bool any_presented_name(Visit visit) const noexcept {
    const ClientCertificate& presented = submission.certificate;
    if (!presented.subject.empty() && visit(presented.subject, false)) return true;
    for (const std::string_view name : presented.subject_alternative_names) {
      if (visit(name, name != presented.subject)) return true;
    }
    return false;
  }

  // The recorded attribution tells of what was not recorded, as far as connectors have not changed
  // since. Where the facts are known, they decide.

  [[nodiscard]] bool unchanged(UnixTime when_changed) const noexcept {
    return !submission.time || when_changed <= *submission.time;
  }
  /// The evidence names this connector: whatever it asks of a message was met. A name is one of the
  /// recipient's tenant, where there is one.
  [[nodiscard]] bool observed(std::uint32_t connector) const noexcept;
  /// The enabled connector that the evidence names.
  [[nodiscard]] std::uint32_t observed_connector() const noexcept;
  /// The message arrived without this connector's match, although it would have been asked: on the
  /// default connector, or through a Partner connector where this is OnPremises and comes first.
  [[nodiscard]] bool observed_without(std::uint32_t connector) const noexcept;
  /// TLS as a connector's demand sees it: mail that arrived through it has met what it demands.
  [[nodiscard]] Known tls_with(std::uint32_t connector) const noexcept {
    return tls == Known::unknown && observed(connector) ? Known::yes : tls;
  }

 private:
  std::span<const std::uint32_t> by_address_;
};

}  // namespace postern::policy
