// The rule. Clauses are asked in Exchange's order; each answers yes, no or unknown. The first yes
// ends it. An unknown clause leaves its outcome possible and the walk goes on; at the end the
// verdict is certain where all outcomes still possible agree, and undetermined otherwise, naming
// every fact that a clause lacked. So supplying those facts always settles it.
//
// Source of the order: Exchange Team, "Office 365 Message Attribution" (originating before
// incoming, certificate before address), Microsoft Learn "Use connectors to configure mail flow"
// (a restricting connector comes before anything scoped by sender domain alone), Exchange Team,
// "Introducing more control over Direct Send" (the switch applies to what is left).
#include <cstdint>
#include <optional>
#include <string_view>

#include "policy/facts.hpp"
#include "policy/guard.hpp"
#include "policy/matching.hpp"
#include "policy/name_table.hpp"
#include "policy/policy.hpp"
#include "policy/tables.hpp"

namespace postern::policy {
namespace {

struct Clause {
  std::string_view id;
  std::string_view question;
  Reason reason;  ///< of the verdict, where the answer is yes
};

namespace clauses {
constexpr Clause authenticated{"authenticated",
                               "Did the client sign in, or is the mail recorded as originating?",
                               Reason::authenticated};
constexpr Clause originating_certificate{
    "originating.certificate",
    "Does the client certificate match a connector whose name is an accepted domain?",
    Reason::originating_certificate};
constexpr Clause originating_sender{
    "originating.sender",
    "Does an OnPremises connector match, with MAIL FROM at an accepted domain of its tenant?",
    Reason::originating_sender};
constexpr Clause recipient{"recipient", "Is the recipient's domain known?", Reason::missing_facts};
constexpr Clause relay_attr36{
    "relay.attr36",
    "Does an OnPremises connector match although neither sender nor certificate domain is "
    "accepted?",
    Reason::relay_denied_attr36};
constexpr Clause relay{"relay", "Does nobody here own the recipient's domain?",
                       Reason::relay_denied};
constexpr Clause originating_recipient{
    "originating.recipient",
    "Does an OnPremises connector of the recipient's tenant match, whoever the sender?",
    Reason::originating_recipient};
constexpr Clause partner_match{
    "partner.match",
    "Does a Partner connector match the address or certificate, with its TLS demand met?",
    Reason::partner_connector};
constexpr Clause partner_tls{"partner.tls",
                             "Does a Partner connector match that demands TLS, without TLS?",
                             Reason::tls_required};
constexpr Clause partner_restriction{
    "partner.restriction",
    "Does a Partner connector that restricts its sender domains cover MAIL FROM?",
    Reason::restricted};
constexpr Clause partner_domain_tls{
    "partner.domain_tls",
    "Does a Partner connector scoped by domain alone demand TLS, without TLS?",
    Reason::tls_required};
constexpr Clause direct_send_acs{"direct_send.acs",
                                 "Is it Azure Communication Services, exempt, for an own domain?",
                                 Reason::azure_communication_services};
constexpr Clause direct_send_rejected{
    "direct_send.rejected",
    "Is MAIL FROM at an accepted domain of the recipient's tenant, with RejectDirectSend on?",
    Reason::direct_send_rejected};
constexpr Clause direct_send_allowed{
    "direct_send.allowed", "Is MAIL FROM at an accepted domain of the recipient's tenant?",
    Reason::direct_send_allowed};
constexpr Clause default_unknown{"default",
                                 "Does it arrive on the default connector, whoever sent it?",
                                 Reason::default_connector};
constexpr Clause default_null{"default.null", "Is MAIL FROM empty (<>)?",
                              Reason::null_reverse_path};
constexpr Clause default_external{"default.external",
                                  "Is MAIL FROM at a domain that is not accepted here?",
                                  Reason::external_sender};
}  // namespace clauses

class Walk {
 public:
  /// Writes its steps down where there is a trace.
  Walk(const Tables& tables, Policy::Switch turned, const Submission& submission,
       Trace* trace) noexcept
      : facts_(tables, submission), turned_(turned), trace_(trace) {}

  Verdict run() {
    if (ask(clauses::authenticated, authenticated()) ||
        ask(clauses::originating_certificate, originating_by_certificate(facts_)) ||
        ask(clauses::originating_sender, originating_by_sender(facts_))) {
      return verdict_;
    }
    if (!facts_.submission.recipient_domain) return without_recipient();
    if (facts_.tenant == nullptr) {
      ask(clauses::relay_attr36, any_on_premises(facts_)) || ask(clauses::relay, Guard::of(true));
      return verdict_;
    }
    if (ask(clauses::originating_recipient, originating_by_recipient(facts_))) return verdict_;
    const PartnerMatch partner = policy::partner_match(facts_);
    if (ask(clauses::partner_match, partner.attributed) ||
        ask(clauses::partner_tls, partner.without_tls) ||
        ask(clauses::partner_restriction, restriction(facts_)) ||
        ask(clauses::partner_domain_tls, domain_only_tls(facts_))) {
      return verdict_;
    }
    return default_connector();
  }

 private:
  /// Writes down the clause; true where it ends the decision.
  bool ask(const Clause& clause, const Guard& guard) {
    if (trace_ == nullptr && guard.answer == Answer::no) return false;
    return take(clause, guard);
  }

  bool take(const Clause& clause, const Guard& guard) {
    if (trace_ != nullptr) {
      trace_->add({clause.id, clause.question, guard.answer, clause.reason, guard.missing,
                   guard.connector});
    }
    if (guard.answer == Answer::no) return false;
    const bool rejects = reply_for(clause.reason) != nullptr;
    (rejects ? may_reject_ : may_accept_) = true;
    if (guard.answer == Answer::unknown) {
      missing_ |= guard.missing;
      if (unknown_connector_ == no_connector) unknown_connector_ = guard.connector;
      return false;
    }
    verdict_.tenant = facts_.tenant_index;
    verdict_.notes = guard.notes;
    if (may_accept_ && may_reject_) {
      leave_open();
    } else {
      verdict_.action = rejects ? Action::reject : Action::accept;
      verdict_.reason = clause.reason;
      verdict_.connector = guard.connector;
    }
    return true;
  }

  void leave_open() noexcept {
    verdict_.action = Action::undetermined;
    verdict_.reason = Reason::missing_facts;
    verdict_.missing = missing_;
    verdict_.connector = unknown_connector_;
  }

  Guard authenticated() const noexcept {
    const Known signed_in = facts_.submission.authenticated;
    if (signed_in == Known::unknown) return Guard::unknown(Fact::authenticated);
    return Guard::of(signed_in == Known::yes);
  }

  /// Whose tenant it is decides everything from here on: both outcomes stay possible, and every
  /// fact that some tenant may ask for is missing.
  Verdict without_recipient() {
    Guard nobody = Guard::of(false);
    nobody.missing = Fact::recipient;
    ask(clauses::recipient, nobody);
    missing_ |= Fact::recipient;
    if (!facts_.submission.client_ip) missing_ |= Fact::client_ip;
    if (facts_.certificate == Answer::unknown) missing_ |= Fact::certificate;
    if (facts_.tls == Known::unknown) missing_ |= Fact::tls;
    if (facts_.sender_unknown()) missing_ |= Fact::reverse_path;
    for (const auto& each : facts_.tables.holders) {
      const CompiledTenant& tenant = *each;
      if (!tenant.connectors_known) missing_ |= Fact::inbound_connectors;
      if (switch_of(tenant) == RejectDirectSend::unknown) missing_ |= Fact::reject_direct_send;
    }
    leave_open();
    return verdict_;
  }

  bool has_switch(const CompiledTenant& tenant) const noexcept {
    return tenant.switch_available || turned_ == Policy::Switch::on_everywhere;
  }

  RejectDirectSend switch_of(const CompiledTenant& tenant) const noexcept {
    if (!has_switch(tenant) || turned_ == Policy::Switch::off) return RejectDirectSend::off;
    return turned_ == Policy::Switch::own ? tenant.reject_direct_send : RejectDirectSend::on;
  }

  Verdict default_connector() {
    const CompiledTenant& tenant = *facts_.tenant;
    const Owner& sender = facts_.sender_owner;
    const bool own = sender.exists() && sender.tenant == facts_.tenant_index;
    const bool counts = own && !(sender.onmicrosoft &&
                                 tenant.choices.onmicrosoft_senders == OnmicrosoftSenders::exempt);
    const bool exempt = facts_.submission.azure_communication_services && tenant.choices.acs_exempt;
    const RejectDirectSend state = switch_of(tenant);
    Note notes = Note::none;
    if (own && sender.onmicrosoft) notes |= Note::onmicrosoft_counted;
    if (!has_switch(tenant)) {
      notes |= Note::not_available;
    } else if (state == RejectDirectSend::never_set) {
      notes |= Note::never_set;
    }

    Guard acs = Guard::of(exempt && counts);
    acs.notes = notes | Note::acs_assumed;
    if (ask(clauses::direct_send_acs, acs)) return verdict_;

    Guard rejected;
    if ((facts_.sender_unknown() && !exempt) || counts) rejected = refused_by_switch(state);
    rejected.notes = notes;
    if (ask(clauses::direct_send_rejected, rejected)) return verdict_;

    Guard last = Guard::of(true);
    last.notes = own ? notes : Note::none;
    const bool null = facts_.submission.reverse_path.state == ReversePath::State::null;
    ask(own                       ? clauses::direct_send_allowed
        : facts_.sender_unknown() ? clauses::default_unknown
        : null                    ? clauses::default_null
                                  : clauses::default_external,
        last);
    return verdict_;
  }

  /// For a sender that counts, or that is unknown and may.
  Guard refused_by_switch(RejectDirectSend state) const noexcept {
    if (state != RejectDirectSend::on && state != RejectDirectSend::unknown) return {};
    Fact missing = Fact::none;
    if (state == RejectDirectSend::unknown) missing |= Fact::reject_direct_send;
    if (facts_.sender_unknown()) missing |= Fact::reverse_path;
    return missing == Fact::none ? Guard::of(true) : Guard::unknown(missing);
  }

  const Facts facts_;
  Policy::Switch turned_;
  Trace* trace_;

  bool may_accept_ = false;
  bool may_reject_ = false;
  Fact missing_ = Fact::none;
  std::uint32_t unknown_connector_ = no_connector;
  Verdict verdict_;
};

}  // namespace

Verdict decide(const Policy& policy, const Submission& submission) noexcept {
  return Walk(*policy.tables_, policy.switch_, submission, nullptr).run();
}

Verdict decide(const Policy& policy, const Submission& submission, Trace& trace) {
  return Walk(*policy.tables_, policy.switch_, submission, &trace).run();
}

std::uint32_t Policy::owner_of(std::string_view domain) const noexcept {
  return domain.empty() ? no_tenant : find_owner(*tables_, domain, NameTable::hash(domain)).tenant;
}

}  // namespace postern::policy
