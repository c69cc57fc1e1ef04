// The rule. Clauses are asked in Exchange's order; each answers yes, no or unknown. The first yes
// ends it. An unknown clause leaves its outcome possible and the walk goes on; at the end the
// verdict is certain where all outcomes still possible agree, and undetermined otherwise, naming
// every fact that a clause lacked. So supplying those facts always settles it.
//
// Source of the order: Exchange Team, "Office 365 Message Attribution" (originating before
// incoming, certificate before address), Microsoft Learn "Use connectors to configure mail flow"
// (a restricting connector comes before anything scoped by sender domain alone), Exchange Team,
// "Introducing more control over Direct Send" (the switch applies to what is left).
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "policy/policy.hpp"
#include "policy/tables.hpp"

namespace postern::policy {
namespace {

using Answer = Step::Answer;

/// The answer to one clause.
struct Guard {
  Answer answer = Answer::no;
  Fact missing = Fact::none;
  std::uint32_t connector = no_connector;
  Note notes = Note::none;

  static Guard unknown(Fact fact, std::uint32_t connector = no_connector) noexcept {
    return {Answer::unknown, fact, connector, Note::none};
  }
  static Guard of(bool yes) noexcept { return {yes ? Answer::yes : Answer::no}; }
};

/// Walks over a domain's parents, nearest first.
template <class Visit>
bool any_of_self_and_parents(std::string_view domain, Visit visit) noexcept {
  for (std::string_view name = domain; !name.empty(); name = parent_domain(name)) {
    if (visit(name)) return true;
  }
  return false;
}

Owner find_owner(const Tables& tables, std::string_view domain, std::uint64_t hash) noexcept {
  const std::uint32_t exact = tables.domain_index.find(0, domain, hash);
  if (exact != NameTable::absent) return Owner::unpack(exact);
  if (tables.subdomain_depths == 0) return {};
  unsigned depth = 1;
  for (const char c : domain)
    depth += c == '.' ? 1 : 0;
  for (std::string_view name = parent_domain(domain); !name.empty(); name = parent_domain(name)) {
    --depth;
    if ((tables.subdomain_depths >> (depth < 63 ? depth : 63) & 1) == 0) continue;
    const std::uint32_t found = tables.domain_index.find(0, name);
    if (found != NameTable::absent && Owner::unpack(found).match_subdomains) {
      return Owner::unpack(found);
    }
  }
  return {};
}

/// Whether a certificate name ("mail.contoso.com" or "*.contoso.com") is one that a connector's
/// TlsSenderCertificateName stands for.
bool certificate_name_matches(const CompiledConnector& connector, std::string_view name) noexcept {
  if (!connector.certificate_is_wildcard) return name == connector.certificate_name;
  if (name.starts_with("*.")) name.remove_prefix(2);
  return is_same_or_subdomain(name, connector.certificate_name);
}

struct NoTrace {
  static constexpr bool on = false;
  void add(const Step&) noexcept {}
};

struct WithTrace {
  static constexpr bool on = true;
  Trace& trace;
  void add(const Step& step) { trace.add(step); }
};

template <class Tracer>
class Decision {
 public:
  Decision(const Tables& tables, std::optional<bool> override_switch, const Submission& submission,
           Tracer tracer) noexcept
      : tables_(tables), override_(override_switch), s_(submission), tracer_(tracer) {
    // A session without TLS has no client certificate, and an untrusted one counts for nothing.
    tls_ = s_.tls;
    if (s_.certificate.state == ClientCertificate::State::presented) {
      if (tls_ == Known::unknown) tls_ = Known::yes;
      certificate_ = s_.certificate.trusted && tls_ != Known::no ? Answer::yes : Answer::no;
    } else if (s_.certificate.state == ClientCertificate::State::none || tls_ == Known::no) {
      certificate_ = Answer::no;
    }
  }

  Verdict run() {
    find_owners();

    if (ask("authenticated", "Did the client sign in, or is the mail recorded as originating?",
            authenticated(), Reason::authenticated) ||
        ask("originating.certificate",
            "Does the client certificate match a connector whose name is an accepted domain?",
            originating_by_certificate(), Reason::originating_certificate) ||
        ask("originating.sender",
            "Does an OnPremises connector match, with MAIL FROM at an accepted domain of its "
            "tenant?",
            originating_by_sender(), Reason::originating_sender)) {
      return verdict_;
    }
    if (!s_.recipient_domain) return without_recipient();
    if (tenant_ == nullptr) return relay();

    if (ask("originating.recipient",
            "Does an OnPremises connector of the recipient's tenant match, whoever the sender?",
            originating_by_recipient(), Reason::originating_recipient)) {
      return verdict_;
    }
    const Guard attributed = partner_match();
    if (ask("partner.match",
            "Does a Partner connector match the address or certificate, with its TLS demand met?",
            attributed, Reason::partner_connector) ||
        ask("partner.tls", "Does a Partner connector match that demands TLS, without TLS?",
            partner_tls_, Reason::tls_required) ||
        ask("partner.restriction",
            "Does a Partner connector that restricts its sender domains cover MAIL FROM?",
            restriction(), Reason::restricted) ||
        ask("partner.domain_tls",
            "Does a Partner connector scoped by domain alone demand TLS, without TLS?",
            domain_only_tls(), Reason::tls_required)) {
      return verdict_;
    }
    return default_connector();
  }

 private:
  void find_owners() noexcept {
    const bool has_sender =
        s_.reverse_path.state == ReversePath::State::address && !s_.reverse_path.domain.empty();
    const bool has_recipient = s_.recipient_domain && !s_.recipient_domain->empty();
    // Both slots are asked for before either is read: with a million domains each is a cache miss.
    const std::uint64_t sender = has_sender ? NameTable::hash(s_.reverse_path.domain) : 0;
    const std::uint64_t recipient = has_recipient ? NameTable::hash(*s_.recipient_domain) : 0;
    if (has_sender) tables_.domain_index.prefetch(0, sender);
    if (has_recipient) tables_.domain_index.prefetch(0, recipient);
    if (has_sender) sender_owner_ = find_owner(tables_, s_.reverse_path.domain, sender);
    if (!has_recipient) return;
    const Owner owner = find_owner(tables_, *s_.recipient_domain, recipient);
    if (!owner.exists()) return;
    tenant_index_ = owner.tenant;
    tenant_ = &tables_.tenants[tenant_index_];
    if (s_.client_ip) found_ = tenant_->addresses.find(*s_.client_ip);
  }

  /// Connectors of a tenant whose addresses hold the client's, of both types.
  std::span<const std::uint32_t> by_address(const CompiledTenant& tenant) const noexcept {
    return &tenant == tenant_ ? found_ : tenant.addresses.find(*s_.client_ip);
  }

  /// Writes down the clause; true where it ends the decision.
  bool ask(std::string_view clause, std::string_view question, const Guard& guard, Reason reason) {
    if constexpr (Tracer::on) {
      tracer_.add({clause, question, guard.answer, reason, guard.missing, guard.connector});
    }
    if (guard.answer == Answer::no) return false;
    const bool rejects = reply_for(reason) != nullptr;
    (rejects ? may_reject_ : may_accept_) = true;
    if (guard.answer == Answer::unknown) {
      missing_ |= guard.missing;
      if (unknown_connector_ == no_connector) unknown_connector_ = guard.connector;
      return false;
    }
    verdict_.tenant = tenant_index_;
    if (may_accept_ && may_reject_) {
      verdict_.action = Action::undetermined;
      verdict_.reason = Reason::missing_facts;
      verdict_.missing = missing_;
      verdict_.connector = unknown_connector_;
      verdict_.notes = guard.notes;
    } else {
      verdict_.action = rejects ? Action::reject : Action::accept;
      verdict_.reason = reason;
      verdict_.connector = guard.connector;
      verdict_.notes = guard.notes;
    }
    return true;
  }

  Guard authenticated() const noexcept {
    if (s_.authenticated == Known::unknown) return Guard::unknown(Fact::authenticated);
    return Guard::of(s_.authenticated == Known::yes);
  }

  // --- certificates ---

  /// What the recorded attribution tells of an unrecorded certificate: mail that arrived on the
  /// default connector matched none, unless connectors have changed since.
  bool observed_default(UnixTime changed) const noexcept {
    return s_.observed.state == ObservedAttribution::State::default_connector &&
           (!s_.time || changed <= *s_.time);
  }
  bool certificate_can_matter(UnixTime changed) const noexcept {
    return certificate_ == Answer::yes ||
           (certificate_ == Answer::unknown && !observed_default(changed));
  }
  bool observed(std::uint32_t index) const noexcept {
    return s_.observed.state == ObservedAttribution::State::connector &&
           iequals(s_.observed.connector, tables_.connectors[index].name) &&
           (!s_.time || tables_.compiled[index].when_changed <= *s_.time);
  }

  /// The enabled connector of the recipient's tenant that the evidence names.
  std::uint32_t observed_connector() const noexcept {
    if (tenant_ == nullptr) return no_connector;
    for (const auto* list : {&tenant_->partners, &tenant_->on_premises}) {
      for (const std::uint32_t index : *list) {
        if (observed(index)) return index;
      }
    }
    return no_connector;
  }

  /// OnPremises connectors come first: what arrived through a Partner connector matched none,
  /// unless connectors have changed since.
  bool observed_partner(const CompiledTenant& tenant) const noexcept {
    if (certificate_ != Answer::unknown || &tenant != tenant_) return false;
    if (s_.time && tenant.certificates_changed > *s_.time) return false;
    const std::uint32_t index = observed_connector();
    return index != no_connector && tables_.compiled[index].type == ConnectorType::partner;
  }

  template <class Visit>
  bool any_presented_name(Visit visit) const noexcept {
    if (!s_.certificate.subject.empty() && visit(s_.certificate.subject, false)) return true;
    for (const std::string_view name : s_.certificate.subject_alternative_names) {
      if (visit(name, name != s_.certificate.subject)) return true;
    }
    return false;
  }

  Guard certificate_match(std::uint32_t index) const noexcept {
    const CompiledConnector& connector = tables_.compiled[index];
    if (!connector.has_certificate || certificate_ == Answer::no) return {};
    if (certificate_ == Answer::yes) {
      Guard guard;
      any_presented_name([&](std::string_view name, bool alternative) {
        if (!certificate_name_matches(connector, name)) return false;
        guard = {Answer::yes, Fact::none, index, alternative ? Note::san_only : Note::none};
        return true;
      });
      return guard;
    }
    if (observed(index)) return {Answer::yes, Fact::none, index, Note::observed};
    if (observed_default(connector.when_changed)) return {};
    return Guard::unknown(Fact::certificate, index);
  }

  /// Step 1a of attribution: over all tenants, the most exact match wins.
  Guard originating_by_certificate() const noexcept {
    const NameTable& table = tables_.originating_certificates;
    if (s_.observed.state == ObservedAttribution::State::unknown &&
        tables_.any_connectors_unknown && certificate_ == Answer::unknown) {
      return Guard::unknown(Fact::inbound_connectors | Fact::certificate);
    }
    if (tables_.any_connectors_unknown && certificate_ == Answer::yes && table.empty()) {
      return Guard::unknown(Fact::inbound_connectors);
    }
    if (table.empty() || certificate_ == Answer::no) return {};
    if (certificate_ == Answer::unknown) return originating_by_observation();
    Guard best;
    std::size_t best_length = 0;
    any_presented_name([&](std::string_view name, bool alternative) {
      const Note notes = alternative ? Note::san_only : Note::none;
      const std::uint32_t exact = table.find(0, name);
      if (exact != NameTable::absent) {
        best = {Answer::yes, Fact::none, exact, notes};
        return true;
      }
      if (name.starts_with("*.")) name.remove_prefix(2);
      any_of_self_and_parents(name, [&](std::string_view parent) {
        if (parent.size() <= best_length) return true;
        const std::uint32_t wildcard = table.find(1, parent);
        if (wildcard == NameTable::absent) return false;
        best = {Answer::yes, Fact::none, wildcard, notes};
        best_length = parent.size();
        return true;
      });
      return false;
    });
    if (best.answer == Answer::no && tables_.any_connectors_unknown) {
      return Guard::unknown(Fact::inbound_connectors);
    }
    return best;
  }

  /// The certificate was not recorded, the attribution may have been.
  Guard originating_by_observation() const noexcept {
    switch (s_.observed.state) {
      case ObservedAttribution::State::default_connector:
        if (observed_default(tables_.originating_changed)) return {};
        break;
      case ObservedAttribution::State::connector: {
        const std::uint32_t index = observed_connector();
        if (index == no_connector) break;
        const CompiledConnector& connector = tables_.compiled[index];
        if (connector.certificate_domain_accepted && !connector.has_addresses) {
          return {Answer::yes, Fact::none, index, Note::observed};
        }
        // Attributed to a connector that is no such one, so this step had not matched.
        if (!s_.time || tables_.originating_changed <= *s_.time) return {};
        break;
      }
      case ObservedAttribution::State::unknown:
        break;
    }
    return Guard::unknown(Fact::certificate);
  }

  // --- OnPremises connectors ---

  Guard on_premises_match(const CompiledTenant& tenant) const noexcept {
    if (!tenant.connectors_known) {
      if (s_.observed.state == ObservedAttribution::State::default_connector) return {};
      return Guard::unknown(Fact::inbound_connectors);
    }
    if (!tenant.has_on_premises) return {};
    if (s_.client_ip && tenant.has_on_premises_addresses) {
      const std::uint32_t found = first_on_premises(by_address(tenant));
      if (found != no_connector) return {Answer::yes, Fact::none, found, Note::none};
    }
    Guard unknown;
    if (tenant.on_premises_certificates && certificate_can_matter(tenant.certificates_changed) &&
        !observed_partner(tenant)) {
      for (const std::uint32_t index : tenant.on_premises) {
        const Guard by_certificate = certificate_match(index);
        if (by_certificate.answer == Answer::yes) return by_certificate;
        if (by_certificate.answer == Answer::unknown) merge(unknown, by_certificate);
      }
    }
    if (!s_.client_ip && tenant.has_on_premises_addresses) {
      for (const std::uint32_t index : tenant.on_premises) {
        if (!tables_.compiled[index].has_addresses) continue;
        if (observed(index)) return {Answer::yes, Fact::none, index, Note::observed};
      }
      merge(unknown, Guard::unknown(Fact::client_ip, tenant.on_premises.front()));
    }
    return unknown;
  }

  /// The OnPremises connector that comes first by name.
  std::uint32_t first_on_premises(std::span<const std::uint32_t> indexes) const noexcept {
    std::uint32_t best = no_connector;
    for (const std::uint32_t index : indexes) {
      if (tables_.compiled[index].type != ConnectorType::on_premises) continue;
      if (best == no_connector || tables_.connectors[index].name < tables_.connectors[best].name) {
        best = index;
      }
    }
    return best;
  }

  static void merge(Guard& into, const Guard& other) noexcept {
    if (into.answer == Answer::no) {
      into = other;
    } else {
      into.missing |= other.missing;
    }
  }

  /// Step 1b: MAIL FROM's domain is an accepted domain of the connector's tenant.
  Guard originating_by_sender() const noexcept {
    if (s_.reverse_path.state == ReversePath::State::unknown) {
      return on_premises_with_unknown_sender();
    }
    if (!sender_owner_.exists()) return {};
    return on_premises_match(tables_.tenants[sender_owner_.tenant]);
  }

  Guard on_premises_with_unknown_sender() const noexcept {
    Guard possible;
    for (const CompiledTenant& tenant : tables_.tenants) {
      const Guard match = on_premises_match(tenant);
      if (match.answer == Answer::no) continue;
      merge(possible, Guard::unknown(match.missing | Fact::reverse_path, match.connector));
    }
    return possible;
  }

  /// Message Center MC1226222 (2026-02) lists the recipient domain as the last of three ways in
  /// which an OnPremises connector is matched.
  Guard originating_by_recipient() const noexcept {
    if (!tenant_->choices.onpremises_recipient_match) return {};
    Guard guard = on_premises_match(*tenant_);
    guard.notes |= Note::recipient_leg;
    return guard;
  }

  // --- no tenant owns the recipient ---

  Verdict relay() {
    Guard attr36;
    if (s_.client_ip) {
      const auto found = tables_.all_on_premises_addresses.find(*s_.client_ip);
      if (!found.empty()) attr36 = {Answer::yes, Fact::none, first_on_premises(found), Note::none};
    } else if (!tables_.all_on_premises_addresses.empty()) {
      attr36 = Guard::unknown(Fact::client_ip);
    }
    if (attr36.answer != Answer::yes) {
      for (const std::uint32_t index : tables_.on_premises_with_certificate) {
        const Guard match = certificate_match(index);
        if (match.answer == Answer::yes) {
          attr36 = match;
          break;
        }
        if (match.answer == Answer::unknown) merge(attr36, match);
      }
    }
    if (!ask("relay.attr36",
             "Does an OnPremises connector match although neither sender nor certificate domain "
             "is accepted?",
             attr36, Reason::relay_denied_attr36)) {
      ask("relay", "Does nobody here own the recipient's domain?", Guard::of(true),
          Reason::relay_denied);
    }
    return verdict_;
  }

  Verdict without_recipient() {
    Fact missing = Fact::recipient;
    if (!s_.client_ip) missing |= Fact::client_ip;
    if (certificate_ == Answer::unknown) missing |= Fact::certificate;
    if (tls_ == Known::unknown) missing |= Fact::tls;
    if (s_.reverse_path.state == ReversePath::State::unknown) missing |= Fact::reverse_path;
    for (const CompiledTenant& tenant : tables_.tenants) {
      if (!tenant.connectors_known) missing |= Fact::inbound_connectors;
      if (switch_of(tenant) == RejectDirectSend::unknown) missing |= Fact::reject_direct_send;
    }
    // Whose tenant it is decides everything from here on: both outcomes stay possible.
    may_accept_ = may_reject_ = true;
    missing_ |= missing;
    ask("recipient", "Is the recipient's domain known?", Guard::of(true),
        Reason::default_connector);
    return verdict_;
  }

  // --- Partner connectors ---

  /// How exactly a connector's SenderDomains cover MAIL FROM: the length of the name that matched
  /// counts, an exact entry before a wildcard, "*" last.
  struct Coverage {
    Answer answer = Answer::no;
    std::uint32_t exactness = 0;
  };

  Coverage coverage(std::uint32_t index) const noexcept {
    const CompiledConnector& connector = tables_.compiled[index];
    if (s_.reverse_path.state == ReversePath::State::address) {
      const std::string_view domain = s_.reverse_path.domain;
      if (!domain.empty()) {
        if (tables_.connector_names.find(3 * index, domain) != NameTable::absent) {
          return {Answer::yes, 1000};
        }
        Coverage found;
        any_of_self_and_parents(domain, [&](std::string_view name) {
          if (tables_.connector_names.find(3 * index + 1, name) == NameTable::absent) return false;
          found = {Answer::yes, static_cast<std::uint32_t>(name.size()) + 1};
          return true;
        });
        if (found.answer == Answer::yes) return found;
      }
    } else if (s_.reverse_path.state == ReversePath::State::unknown &&
               !connector.covers_any_sender && !tables_.connectors[index].sender_domains.empty()) {
      return {Answer::unknown, 0};
    }
    return {connector.covers_any_sender ? Answer::yes : Answer::no, 1};
  }

  /// AssociatedAcceptedDomains, by the tenant's choice of what they limit.
  Guard associated(std::uint32_t index) const noexcept {
    const CompiledConnector& connector = tables_.compiled[index];
    if (!connector.has_associated_domains) return Guard::of(true);
    std::string_view limited;
    switch (tenant_->choices.associated_domains) {
      case AssociatedDomains::ignored:
        return Guard::of(true);
      case AssociatedDomains::recipient:
        limited = *s_.recipient_domain;
        break;
      case AssociatedDomains::sender:
        if (s_.reverse_path.state == ReversePath::State::unknown) {
          return Guard::unknown(Fact::reverse_path, index);
        }
        limited = s_.reverse_path.domain;
        break;
    }
    const bool listed = any_of_self_and_parents(limited, [&](std::string_view name) {
      if (tables_.connector_names.find(3 * index + 2, name) == NameTable::absent) return false;
      // A parent stands for its subdomains only where the accepted domain itself does.
      if (name.size() == limited.size()) return true;
      const std::uint32_t found = tables_.domain_index.find(0, name);
      return found != NameTable::absent && Owner::unpack(found).match_subdomains &&
             Owner::unpack(found).tenant == tenant_index_;
    });
    Guard guard = Guard::of(listed);
    guard.notes = Note::associated_domains;
    return guard;
  }

  Guard address_match(std::uint32_t index) const noexcept {
    const CompiledConnector& connector = tables_.compiled[index];
    const bool unrestricted = !connector.restricts_addresses;
    if (!connector.has_addresses || (unrestricted && tenant_->choices.partner_address_match ==
                                                         PartnerAddressMatch::only_restricted)) {
      return {};
    }
    if (!s_.client_ip) {
      if (observed(index) && !connector.has_certificate) {
        return {Answer::yes, Fact::none, index, Note::observed};
      }
      if (observed_default(connector.when_changed)) return {};
      return Guard::unknown(Fact::client_ip, index);
    }
    for (const std::uint32_t found : by_address(*tenant_)) {
      if (found != index) continue;
      return {Answer::yes, Fact::none, index,
              unrestricted ? Note::partner_address_match : Note::none};
    }
    return {};
  }

  static Guard either(const Guard& a, const Guard& b) noexcept {
    if (a.answer == Answer::yes) return a;
    if (b.answer == Answer::yes) return b;
    if (a.answer == Answer::no) return b;
    Guard both = a;
    both.missing |= b.missing;
    return both;
  }
  static Guard both(const Guard& a, const Guard& b) noexcept {
    if (a.answer == Answer::no) return a;
    if (b.answer == Answer::no) return b;
    Guard out = a.answer == Answer::unknown ? a : b;
    out.missing = a.missing | b.missing;
    out.notes = a.notes | b.notes;
    return out;
  }

  struct Match {
    Guard guard;
    bool by_certificate = false;
    std::uint32_t exactness = 0;
  };

  Match match(std::uint32_t index) const noexcept {
    const CompiledConnector& connector = tables_.compiled[index];
    const Coverage covers = coverage(index);
    if (covers.answer == Answer::no) return {};
    const Guard by_certificate = certificate_match(index);
    const Guard by_address = address_match(index);
    Guard source;
    if (connector.has_addresses && connector.has_certificate) {
      source = tenant_->choices.connector_match == ConnectorMatch::all
                   ? both(by_certificate, by_address)
                   : either(by_certificate, by_address);
      // Where both agree, the choice does not matter.
      if (by_certificate.answer != by_address.answer) source.notes |= Note::connector_match;
    } else {
      source = either(by_certificate, by_address);
    }
    const Guard coverage_guard = covers.answer == Answer::unknown
                                     ? Guard::unknown(Fact::reverse_path, index)
                                     : Guard::of(true);
    Match out;
    out.guard = both(both(coverage_guard, associated(index)), source);
    out.guard.connector = index;
    out.by_certificate = by_certificate.answer == Answer::yes;
    out.exactness = covers.exactness;
    return out;
  }

  /// The order among several matching connectors; it never changes accept to reject.
  bool comes_before(const Match& a, const Match& b) const noexcept {
    if (a.by_certificate != b.by_certificate) return a.by_certificate;
    if (a.exactness != b.exactness) return a.exactness > b.exactness;
    const InboundConnector& x = tables_.connectors[a.guard.connector];
    const InboundConnector& y = tables_.connectors[b.guard.connector];
    if (cost_of(x) != cost_of(y)) return cost_of(x) < cost_of(y);
    return x.name < y.name;
  }
  static int cost_of(const InboundConnector& connector) noexcept {
    int least = 1 << 30;
    for (const SenderDomain& domain : connector.sender_domains) {
      if (domain.cost < least) least = domain.cost;
    }
    return least;
  }

  /// Mail that arrived through a connector has met what that connector demands.
  Known tls_with(std::uint32_t index) const noexcept {
    return tls_ == Known::unknown && observed(index) ? Known::yes : tls_;
  }

  void consider(std::uint32_t index, Match& met, Match& unmet, Guard& possible) noexcept {
    const CompiledConnector& connector = tables_.compiled[index];
    const Match candidate = match(index);
    if (candidate.guard.answer == Answer::no) return;
    const Known tls = connector.require_tls ? tls_with(index) : Known::yes;
    if (candidate.guard.answer == Answer::unknown) {
      // The fact may settle it either way; without TLS only a rejection is left.
      if (tls != Known::no) merge(possible, candidate.guard);
      if (tls != Known::yes) merge(partner_tls_, candidate.guard);
      if (tls == Known::unknown) {
        possible.missing |= Fact::tls;
        partner_tls_.missing |= Fact::tls;
      }
      return;
    }
    if (tls == Known::unknown) {
      Guard waits_for_tls = candidate.guard;
      waits_for_tls.answer = Answer::unknown;
      waits_for_tls.missing = Fact::tls;
      merge(possible, waits_for_tls);
    }
    Match& best = tls == Known::yes ? met : unmet;
    if (best.guard.answer == Answer::no || comes_before(candidate, best)) best = candidate;
  }

  /// Sets partner_tls_ as it goes: the two clauses look at the same connectors.
  Guard partner_match() noexcept {
    if (!tenant_->connectors_known) {
      if (s_.observed.state == ObservedAttribution::State::default_connector) return {};
      if (s_.observed.state == ObservedAttribution::State::connector) {
        return {Answer::yes, Fact::none, no_connector, Note::observed};
      }
      return Guard::unknown(Fact::inbound_connectors);
    }
    if (!tenant_->has_partners) return {};
    Match met;
    Match unmet;
    Guard possible;
    if (all_facts_known()) {
      for (const std::uint32_t index : by_address(*tenant_)) {
        if (tables_.compiled[index].type != ConnectorType::partner) continue;
        consider(index, met, unmet, possible);
      }
      if (certificate_ == Answer::yes && tenant_->partner_certificates) {
        consider_certificates(met, unmet, possible);
      }
    } else {
      for (const std::uint32_t index : tenant_->partners)
        consider(index, met, unmet, possible);
    }
    if (met.guard.answer == Answer::yes) return met.guard;
    if (unmet.guard.answer == Answer::yes) {
      // Reached only where no connector's demand is met: with TLS known to be absent that is a
      // rejection; with TLS unknown both outcomes stay open, through `possible`.
      partner_tls_ = unmet.guard;
    }
    return possible;
  }

  bool all_facts_known() const noexcept {
    return s_.client_ip && s_.reverse_path.state != ReversePath::State::unknown &&
           (certificate_ == Answer::yes || !tenant_->partner_certificates ||
            !certificate_can_matter(tenant_->certificates_changed));
  }

  void consider_certificates(Match& met, Match& unmet, Guard& possible) noexcept {
    const auto consider_list = [&](std::uint32_t scope, std::string_view name) {
      const std::uint32_t list = tables_.partner_certificate_index.find(scope, name);
      if (list == NameTable::absent) return;
      for (const std::uint32_t index : tables_.certificate_lists[list]) {
        consider(index, met, unmet, possible);
      }
    };
    any_presented_name([&](std::string_view name, bool) {
      consider_list(2 * tenant_index_, name);
      if (name.starts_with("*.")) name.remove_prefix(2);
      any_of_self_and_parents(name, [&](std::string_view parent) {
        consider_list(2 * tenant_index_ + 1, parent);
        return false;
      });
      return false;
    });
  }

  /// Visits the slices of connectors that name MAIL FROM's domain, most exact first.
  template <class Visit>
  bool any_sender_slice(Visit visit) const noexcept {
    const std::string_view domain = s_.reverse_path.domain;
    if (s_.reverse_path.state == ReversePath::State::address && !domain.empty() &&
        !tables_.sender_index.empty()) {
      const std::uint32_t exact = tables_.sender_index.find(2 * tenant_index_, domain);
      if (exact != NameTable::absent && visit(tables_.sender_slices[exact])) return true;
      const bool found = any_of_self_and_parents(domain, [&](std::string_view name) {
        const std::uint32_t slice = tables_.sender_index.find(2 * tenant_index_ + 1, name);
        return slice != NameTable::absent && visit(tables_.sender_slices[slice]);
      });
      if (found) return true;
    }
    return visit(tenant_->any_sender);
  }

  Guard restriction() const noexcept {
    if (!tenant_->connectors_known) {
      if (s_.observed.state == ObservedAttribution::State::default_connector) return {};
      return Guard::unknown(Fact::inbound_connectors);
    }
    if (!tenant_->has_restricting) return {};
    Guard found;
    if (s_.reverse_path.state == ReversePath::State::unknown) {
      for (const std::uint32_t index : tenant_->partners) {
        const CompiledConnector& connector = tables_.compiled[index];
        if (!connector.restricts) continue;
        const Guard applies = associated(index);
        if (applies.answer == Answer::no) continue;
        if (connector.covers_any_sender && applies.answer == Answer::yes) {
          return {Answer::yes, Fact::none, index, applies.notes};
        }
        merge(found, Guard::unknown(Fact::reverse_path, index));
      }
      return found;
    }
    any_sender_slice([&](const ConnectorSlice& slice) {
      for (std::uint32_t i = 0; i < slice.restricting; ++i) {
        const std::uint32_t index = tables_.slice_members[slice.offset + i];
        const Guard applies = associated(index);
        if (applies.answer != Answer::yes) continue;
        found = {Answer::yes, Fact::none, index, applies.notes};
        return true;
      }
      return false;
    });
    return found;
  }

  /// A connector that names a sender domain and nothing else still takes that domain's mail, and
  /// so its TLS demand applies; it does not exempt from Direct Send rejection.
  Guard domain_only_tls() const noexcept {
    if (!tenant_->connectors_known || !tenant_->has_domain_only_tls) return {};
    if (tls_ == Known::yes) return {};
    if (s_.reverse_path.state == ReversePath::State::unknown) {
      return Guard::unknown(tls_ == Known::no ? Fact::reverse_path
                                              : Fact::reverse_path | Fact::tls);
    }
    Guard found;
    any_sender_slice([&](const ConnectorSlice& slice) {
      Match best;
      for (std::uint32_t i = 0; i < slice.domain_only; ++i) {
        const std::uint32_t index = tables_.slice_members[slice.offset + slice.restricting + i];
        Match candidate;
        candidate.guard = associated(index);
        candidate.guard.connector = index;
        if (candidate.guard.answer != Answer::yes) continue;
        if (best.guard.answer == Answer::no || comes_before(candidate, best)) best = candidate;
      }
      if (best.guard.answer == Answer::no) return false;
      if (tables_.compiled[best.guard.connector].require_tls) {
        found =
            tls_ == Known::unknown ? Guard::unknown(Fact::tls, best.guard.connector) : best.guard;
      }
      return true;
    });
    return found;
  }

  // --- the default connector ---

  RejectDirectSend switch_of(const CompiledTenant& tenant) const noexcept {
    if (!tenant.switch_available) return RejectDirectSend::off;
    if (override_) return *override_ ? RejectDirectSend::on : RejectDirectSend::off;
    return tenant.reject_direct_send;
  }

  Verdict default_connector() {
    const bool sender_unknown = s_.reverse_path.state == ReversePath::State::unknown;
    const bool own = sender_owner_.exists() && sender_owner_.tenant == tenant_index_;
    const bool counts =
        own && !(sender_owner_.onmicrosoft &&
                 tenant_->choices.onmicrosoft_senders == OnmicrosoftSenders::exempt);
    const bool exempt = s_.azure_communication_services && tenant_->choices.acs_exempt;
    const RejectDirectSend state = switch_of(*tenant_);
    Note notes = Note::none;
    if (own && sender_owner_.onmicrosoft) notes |= Note::onmicrosoft_counted;
    if (!tenant_->switch_available) {
      notes |= Note::not_available;
    } else if (state == RejectDirectSend::never_set) {
      notes |= Note::never_set;
    }

    Guard acs = Guard::of(exempt && counts);
    acs.notes = notes | Note::acs_assumed;
    if (ask("direct_send.acs", "Is it Azure Communication Services, exempt, for an own domain?",
            acs, Reason::azure_communication_services)) {
      return verdict_;
    }
    Guard rejected;
    if (state == RejectDirectSend::on || state == RejectDirectSend::unknown) {
      Fact missing = Fact::none;
      if (state == RejectDirectSend::unknown) missing |= Fact::reject_direct_send;
      if (sender_unknown) missing |= Fact::reverse_path;
      if ((sender_unknown && !exempt) || counts) {
        rejected = missing == Fact::none ? Guard::of(true) : Guard::unknown(missing);
      }
    }
    rejected.notes = notes;
    if (ask("direct_send.rejected",
            "Is MAIL FROM at an accepted domain of the recipient's tenant, with RejectDirectSend "
            "on?",
            rejected, Reason::direct_send_rejected)) {
      return verdict_;
    }
    Guard last = Guard::of(true);
    last.notes = own ? notes : Note::none;
    if (own) {
      ask("direct_send.allowed", "Is MAIL FROM at an accepted domain of the recipient's tenant?",
          last, Reason::direct_send_allowed);
    } else if (sender_unknown) {
      ask("default", "Does it arrive on the default connector, whoever sent it?", last,
          Reason::default_connector);
    } else if (s_.reverse_path.state == ReversePath::State::null) {
      ask("default.null", "Is MAIL FROM empty (<>)?", last, Reason::null_reverse_path);
    } else {
      ask("default.external", "Is MAIL FROM at a domain that is not accepted here?", last,
          Reason::external_sender);
    }
    return verdict_;
  }

  const Tables& tables_;
  std::optional<bool> override_;
  const Submission& s_;
  [[no_unique_address]] Tracer tracer_;

  Known tls_ = Known::unknown;
  Answer certificate_ = Answer::unknown;  // yes: trusted names are known; no: there is none
  Owner sender_owner_;
  const CompiledTenant* tenant_ = nullptr;
  std::uint32_t tenant_index_ = no_tenant;
  std::span<const std::uint32_t> found_;

  Guard partner_tls_;
  bool may_accept_ = false;
  bool may_reject_ = false;
  Fact missing_ = Fact::none;
  std::uint32_t unknown_connector_ = no_connector;
  Verdict verdict_;
};

}  // namespace

Verdict decide(const Policy& policy, const Submission& submission) noexcept {
  return Decision<NoTrace>(*policy.tables_, policy.reject_direct_send_, submission, {}).run();
}

Verdict decide(const Policy& policy, const Submission& submission, Trace& trace) {
  return Decision<WithTrace>(*policy.tables_, policy.reject_direct_send_, submission, {trace})
      .run();
}

std::uint32_t Policy::owner_of(std::string_view domain) const noexcept {
  return domain.empty() ? no_tenant : find_owner(*tables_, domain, NameTable::hash(domain)).tenant;
}

}  // namespace postern::policy
