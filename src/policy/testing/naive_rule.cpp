#include "policy/testing/naive_rule.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "policy/testing/naive_connectors.hpp"

namespace postern::policy {
namespace {

using namespace naive;

/// The order among connectors that match: the least comes first.
using Rank = std::tuple<long, long, long, std::string, std::uint32_t>;

/// One way in which a clause may be true.
struct Way {
  Truth truth;
  std::uint32_t connector = no_connector;
  Note notes = Note::none;
  Rank rank = {};
};

/// The answer to a clause: its best way if one is open, else all facts that any lacks.
Way best_of(const std::vector<Way>& ways) {
  Way best;
  for (const Way& way : ways) {
    if (way.truth.yes() && (!best.truth.yes() || way.rank < best.rank)) best = way;
  }
  if (best.truth.yes()) return best;
  for (const Way& way : ways) {
    if (way.truth.no()) continue;
    best.truth = any({best.truth, way.truth});
    best.connector = std::min(best.connector, way.connector);
  }
  return best;
}

long least_cost(const InboundConnector& connector) {
  long least = 1 << 30;
  for (const SenderDomain& sender : connector.sender_domains)
    least = std::min<long>(least, sender.cost);
  return least;
}

class Rule {
 public:
  Rule(const std::vector<Tenant>& tenants, const Submission& submission)
      : tenants_(tenants), s_(submission), connectors_(tenants, submission) {
    recipient_ = s_.recipient_domain ? connectors_.owner(*s_.recipient_domain) : nullptr;
    if (recipient_ != nullptr) {
      verdict_.tenant = static_cast<std::uint32_t>(recipient_ - tenants_.data());
    }
    sender_ = s_.reverse_path.state == ReversePath::State::address
                  ? connectors_.owner(s_.reverse_path.domain)
                  : nullptr;
  }

  Verdict decide() {
    const bool done = decided(signed_in(), Reason::authenticated) ||
                      decided(by_own_certificate(), Reason::originating_certificate) ||
                      decided(by_own_sender(), Reason::originating_sender);
    if (done) return verdict_;
    if (!s_.recipient_domain) return whose_is_it();
    if (recipient_ == nullptr) {
      if (!decided(any_on_premises(), Reason::relay_denied_attr36)) {
        decided({truth(true)}, Reason::relay_denied);
      }
      return verdict_;
    }
    if (decided(by_own_recipient(), Reason::originating_recipient) || partner()) return verdict_;
    direct_send();
    return verdict_;
  }

 private:
  bool sender_unknown() const { return s_.reverse_path.state == ReversePath::State::unknown; }

  /// An answer that is not no leaves its outcome possible; a yes ends it.
  bool decided(const Way& way, Reason reason) {
    if (way.truth.no()) return false;
    (reply_for(reason) != nullptr ? may_reject_ : may_accept_) = true;
    if (!way.truth.yes()) {
      missing_ |= way.truth.lacks;
      if (hangs_on_ == no_connector) hangs_on_ = way.connector;
      return false;
    }
    verdict_.notes = way.notes;
    if (may_accept_ && may_reject_) {
      verdict_.missing = missing_;
      verdict_.connector = hangs_on_;
    } else {
      verdict_.action = may_accept_ ? Action::accept : Action::reject;
      verdict_.reason = reason;
      verdict_.connector = way.connector;
    }
    return true;
  }

  Way signed_in() const {
    return {s_.authenticated == Known::unknown ? lacking(Fact::authenticated)
                                               : truth(s_.authenticated == Known::yes)};
  }

  bool some_connectors_unknown() const {
    return std::any_of(tenants_.begin(), tenants_.end(),
                       [](const Tenant& tenant) { return !tenant.inbound_connectors_known; });
  }

  // --- mail that counts as the organisation's own ---

  /// Of any tenant: the certificate's name and the connector's; the most exact one wins.
  Way by_own_certificate() const {
    std::vector<Way> ways;
    for (const Listed& each : connectors_.of(nullptr)) {
      if (connectors_.certificate_name_accepted(each)) add_certificate_ways(each, ways);
    }
    if (some_connectors_unknown() && !connectors_.on_default() &&
        connectors_.recorded_connector() == nullptr) {
      if (!connectors_.certificate_known()) {
        ways.push_back({lacking(Fact::certificate | Fact::inbound_connectors)});
      } else if (!connectors_.presented().empty()) {
        ways.push_back({lacking(Fact::inbound_connectors)});
      }
    }
    return best_of(ways);
  }

  void add_certificate_ways(const Listed& each, std::vector<Way>& ways) const {
    const InboundConnector& connector = *each.connector;
    if (connectors_.certificate_known()) {
      const bool wildcard = connector.tls_sender_certificate_name.starts_with("*.");
      const auto length = static_cast<long>(connector.tls_sender_certificate_name.size());
      long position = 0;
      for (const std::string_view name : connectors_.presented()) {
        ++position;
        if (!connectors_.fits(connector, name)) continue;
        ways.push_back(
            {truth(true), each.index, connectors_.san_note(name),
             Rank{wildcard ? 1 : 0, wildcard ? -length : 0, position, connector.name, each.index}});
      }
      return;
    }
    const Listed* recorded = connectors_.recorded_connector();
    const bool elsewhere =
        connectors_.on_default() || (recorded != nullptr && recorded->index != each.index);
    if (elsewhere && connectors_.unchanged(connector)) return;
    if (recorded == nullptr || recorded->index != each.index) {
      ways.push_back({lacking(Fact::certificate), each.index});
      return;
    }
    // It may have matched by address instead, which would not be this clause.
    const bool surely = connectors_.by_address(each).truth.no();
    ways.push_back({surely ? truth(true) : lacking(Fact::certificate), each.index, Note::observed});
  }

  /// Connectors by address come before those by certificate, then the name decides.
  void add_on_premises(const Tenant* tenant, std::vector<Way>& ways) const {
    for (const Listed& each : connectors_.of(tenant)) {
      if (each.partner()) continue;
      const Source address = connectors_.by_address(each);
      const Source certificate = connectors_.by_certificate(each);
      const bool held = s_.client_ip && address.truth.yes();
      const Note notes = held                      ? Note::none
                         : certificate.truth.yes() ? certificate.notes
                                                   : address.notes;
      ways.push_back({any({address.truth, certificate.truth}), each.index, notes,
                      Rank{held ? 0 : 1, 0, 0, each.connector->name, each.index}});
    }
    for (const Tenant& each : tenants_) {
      if (tenant != nullptr && tenant != &each) continue;
      if (!each.inbound_connectors_known && !connectors_.on_default()) {
        ways.push_back({lacking(Fact::inbound_connectors)});
      }
    }
  }

  Way on_premises(const Tenant* tenant) const {
    std::vector<Way> ways;
    add_on_premises(tenant, ways);
    return best_of(ways);
  }

  Way any_on_premises() const { return on_premises(nullptr); }

  Way by_own_sender() const {
    if (!sender_unknown()) return sender_ == nullptr ? Way{} : on_premises(sender_);
    std::vector<Way> ways;
    for (const Tenant& tenant : tenants_) {
      Way way = on_premises(&tenant);
      // Attributed to it then: so the sender was one of its tenant's.
      if (way.truth.no() || (way.truth.yes() && has(way.notes, Note::observed))) {
        ways.push_back(way);
        continue;
      }
      way.truth = all({way.truth, lacking(Fact::reverse_path)});
      ways.push_back(way);
    }
    return best_of(ways);
  }

  Way by_own_recipient() const {
    if (!recipient_->choices.onpremises_recipient_match) return {};
    Way way = on_premises(recipient_);
    way.notes |= Note::recipient_leg;
    return way;
  }

  /// Undetermined, with all that some tenant might want to know.
  Verdict whose_is_it() {
    missing_ |= Fact::recipient;
    if (!s_.client_ip) missing_ |= Fact::client_ip;
    if (!connectors_.certificate_known()) missing_ |= Fact::certificate;
    if (connectors_.tls() == Known::unknown) missing_ |= Fact::tls;
    if (sender_unknown()) missing_ |= Fact::reverse_path;
    for (const Tenant& tenant : tenants_) {
      if (!tenant.inbound_connectors_known) missing_ |= Fact::inbound_connectors;
      if (has_switch(tenant) && tenant.reject_direct_send == RejectDirectSend::unknown) {
        missing_ |= Fact::reject_direct_send;
      }
    }
    verdict_.missing = missing_;
    verdict_.connector = hangs_on_;
    return verdict_;
  }

  // --- Partner connectors of the recipient's tenant ---

  bool partner() {
    if (!recipient_->inbound_connectors_known) {
      if (connectors_.on_default()) return false;
      if (decided({lacking(Fact::inbound_connectors)}, Reason::partner_connector)) return true;
      return decided({lacking(Fact::inbound_connectors)}, Reason::restricted);
    }
    std::vector<Way> with_tls;
    std::vector<Way> without_tls;
    std::vector<Way> restricting;
    for (const Listed& each : connectors_.of(recipient_)) {
      if (!each.partner()) continue;
      add_partner(each, with_tls, without_tls);
      const InboundConnector& connector = *each.connector;
      if (!connector.restrict_domains_to_certificate &&
          !connector.restrict_domains_to_ip_addresses) {
        continue;
      }
      const Coverage covers = connectors_.covers_sender(each);
      const Source concerns = connectors_.concerns(each);
      restricting.push_back({all({covers.truth, concerns.truth}), each.index, concerns.notes,
                             Rank{-covers.exactness, 0, 0, "", each.index}});
    }
    return decided(best_of(with_tls), Reason::partner_connector) ||
           decided(best_of(without_tls), Reason::tls_required) ||
           decided(best_of(restricting), Reason::restricted) ||
           decided(domain_only(), Reason::tls_required);
  }

  void add_partner(const Listed& each, std::vector<Way>& with_tls,
                   std::vector<Way>& without_tls) const {
    const Coverage covers = connectors_.covers_sender(each);
    const Source concerns = connectors_.concerns(each);
    const Source certificate = connectors_.by_certificate(each);
    const Source address = connectors_.by_address(each);
    const bool has_both = !each.connector->tls_sender_certificate_name.empty() &&
                          !each.connector->sender_ip_addresses.empty();
    const bool both = has_both && recipient_->choices.connector_match == ConnectorMatch::all;
    Way way;
    way.connector = each.index;
    way.truth = all(
        {covers.truth, concerns.truth,
         both ? all({certificate.truth, address.truth}) : any({certificate.truth, address.truth})});
    way.notes = both                      ? certificate.notes | address.notes
                : certificate.truth.yes() ? certificate.notes
                                          : address.notes;
    way.notes |= concerns.notes;
    if (has_both && certificate.truth.value != address.truth.value) {
      way.notes |= Note::connector_match;
    }
    way.rank = {certificate.truth.yes() ? 0 : 1, -covers.exactness, least_cost(*each.connector),
                each.connector->name, each.index};
    const Truth met = connectors_.tls_demand_met(each);
    Way accepted = way;
    accepted.truth = all({way.truth, met});
    with_tls.push_back(accepted);
    if (met.yes()) return;
    // Where it matches but for TLS that is not known, nothing further is asked: with TLS it
    // accepts, without it refuses.
    Way refused = way;
    if (!way.truth.yes()) refused.truth = all({way.truth, met.no() ? truth(true) : met});
    without_tls.push_back(refused);
  }

  /// Of the connectors that name a sender domain and nothing else, the most exact one decides.
  Way domain_only() const {
    std::vector<Way> ways;
    std::vector<Way> demanding;
    bool lenient = false;
    for (const Listed& each : connectors_.of(recipient_)) {
      const InboundConnector& connector = *each.connector;
      if (!each.partner() || connector.restrict_domains_to_certificate ||
          connector.restrict_domains_to_ip_addresses || !connector.sender_ip_addresses.empty() ||
          !connector.tls_sender_certificate_name.empty()) {
        continue;
      }
      const Coverage covers = connectors_.covers_sender(each);
      const Source concerns = connectors_.concerns(each);
      Way way{all({covers.truth, concerns.truth}), each.index, concerns.notes,
              Rank{-covers.exactness, least_cost(connector), 0, connector.name, each.index}};
      if (way.truth.no()) continue;
      ways.push_back(way);
      if (connectors_.tls_demand_met(each).yes()) {
        lenient = true;
      } else {
        demanding.push_back(way);
      }
    }
    Way refusing = best_of(demanding);
    if (refusing.truth.no()) return {};
    if (!sender_unknown()) {
      // Another that is more exact takes the mail first.
      if (best_of(ways).connector != refusing.connector) return {};
    } else if (lenient || !refusing.truth.yes()) {
      for (Way& way : demanding)
        way.truth = lacking(Fact::reverse_path);
      refusing = best_of(demanding);
    }
    const bool tls_unknown = connectors_.tls() == Known::unknown;
    refusing.truth = all({refusing.truth, tls_unknown ? lacking(Fact::tls) : truth(true)});
    return refusing;
  }

  // --- what is left: the default connector ---

  static bool has_switch(const Tenant& tenant) {
    return tenant.cloud != Cloud::gcc_high && tenant.cloud != Cloud::dod;
  }

  void direct_send() {
    const Choices& choices = recipient_->choices;
    const bool own = sender_ == recipient_;
    const bool onmicrosoft =
        own && is_onmicrosoft(connectors_.accepted(*recipient_, s_.reverse_path.domain)->name);
    const bool counts =
        own && !(onmicrosoft && choices.onmicrosoft_senders == OnmicrosoftSenders::exempt);
    const bool acs = s_.azure_communication_services && choices.acs_exempt;
    const RejectDirectSend state = recipient_->reject_direct_send;

    Note notes = Note::none;
    if (onmicrosoft) notes |= Note::onmicrosoft_counted;
    if (own && !has_switch(*recipient_)) notes |= Note::not_available;
    if (own && has_switch(*recipient_) && state == RejectDirectSend::never_set) {
      notes |= Note::never_set;
    }
    if (acs && counts) {
      decided({truth(true), no_connector, notes | Note::acs_assumed},
              Reason::azure_communication_services);
      return;
    }
    Truth on = state == RejectDirectSend::unknown ? lacking(Fact::reject_direct_send)
                                                  : truth(state == RejectDirectSend::on);
    if (!has_switch(*recipient_) || acs) on = truth(false);
    const Truth from_here = sender_unknown() ? lacking(Fact::reverse_path) : truth(counts);
    if (decided({all({on, from_here}), no_connector, notes}, Reason::direct_send_rejected)) return;
    decided({truth(true), no_connector, notes}, own                ? Reason::direct_send_allowed
                                                : sender_unknown() ? Reason::default_connector
                                                : s_.reverse_path.state == ReversePath::State::null
                                                    ? Reason::null_reverse_path
                                                    : Reason::external_sender);
  }

  const std::vector<Tenant>& tenants_;
  const Submission& s_;
  Connectors connectors_;
  const Tenant* recipient_ = nullptr;
  const Tenant* sender_ = nullptr;

  bool may_accept_ = false;
  bool may_reject_ = false;
  Fact missing_ = Fact::none;
  std::uint32_t hangs_on_ = no_connector;
  Verdict verdict_;
};

}  // namespace

Verdict decide_naively(const std::vector<Tenant>& tenants, const Submission& submission) {
  return Rule(tenants, submission).decide();
}

}  // namespace postern::policy
