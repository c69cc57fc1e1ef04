#include "policy/readings.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <utility>

#include "base/ascii.hpp"
#include "policy/tables.hpp"

namespace postern::policy {
namespace {

struct Key {
  Choice choice;
  std::string_view key;
};
constexpr std::array<Key, 6> keys{{
    {Choice::onmicrosoft_senders, "onmicrosoft_senders"},
    {Choice::partner_address_match, "partner_address_match"},
    {Choice::connector_match, "connector_match"},
    {Choice::associated_domains, "associated_domains"},
    {Choice::acs_exempt, "acs_exempt"},
    {Choice::onpremises_recipient_match, "onpremises_recipient_match"},
}};

}  // namespace

std::vector<Choices> values_of(Choice choice, const Choices& given) {
  std::vector<Choices> out;
  const auto add = [&](auto member, auto value) {
    Choices next = given;
    next.*member = value;
    out.push_back(next);
  };
  switch (choice) {
    case Choice::onmicrosoft_senders:
      add(&Choices::onmicrosoft_senders, OnmicrosoftSenders::counted);
      add(&Choices::onmicrosoft_senders, OnmicrosoftSenders::exempt);
      break;
    case Choice::partner_address_match:
      add(&Choices::partner_address_match, PartnerAddressMatch::always);
      add(&Choices::partner_address_match, PartnerAddressMatch::only_restricted);
      break;
    case Choice::connector_match:
      add(&Choices::connector_match, ConnectorMatch::any);
      add(&Choices::connector_match, ConnectorMatch::all);
      break;
    case Choice::associated_domains:
      add(&Choices::associated_domains, AssociatedDomains::recipient);
      add(&Choices::associated_domains, AssociatedDomains::sender);
      add(&Choices::associated_domains, AssociatedDomains::ignored);
      break;
    case Choice::acs_exempt:
      add(&Choices::acs_exempt, true);
      add(&Choices::acs_exempt, false);
      break;
    case Choice::onpremises_recipient_match:
      add(&Choices::onpremises_recipient_match, true);
      add(&Choices::onpremises_recipient_match, false);
      break;
    case Choice::none:
      break;
  }
  return out;
}

namespace {

std::vector<Choices> combinations_of(Choice open, const Choices& given) {
  std::vector<Choices> out = {given};
  for (const Key& key : keys) {
    if (!has(open, key.choice)) continue;
    std::vector<Choices> next;
    for (const Choices& each : out) {
      const std::vector<Choices> values = values_of(key.choice, each);
      next.insert(next.end(), values.begin(), values.end());
    }
    out = std::move(next);
  }
  return out;
}

// The one choice in which two combinations differ; none where they differ in more.
Choice only_difference(const Choices& a, const Choices& b) {
  Choice out = Choice::none;
  int differences = 0;
  for (const Key& key : keys) {
    if (agree_on(key.choice, a, b)) continue;
    out = key.choice;
    ++differences;
  }
  return differences == 1 ? out : Choice::none;
}

bool changed_since(const InboundConnector& connector, const Submission& s) {
  return connector.when_changed && (!s.time || *s.time < *connector.when_changed);
}

}  // namespace

bool agree_on(Choice choice, const Choices& a, const Choices& b) noexcept {
  switch (choice) {
    case Choice::onmicrosoft_senders:
      return a.onmicrosoft_senders == b.onmicrosoft_senders;
    case Choice::partner_address_match:
      return a.partner_address_match == b.partner_address_match;
    case Choice::connector_match:
      return a.connector_match == b.connector_match;
    case Choice::associated_domains:
      return a.associated_domains == b.associated_domains;
    case Choice::acs_exempt:
      return a.acs_exempt == b.acs_exempt;
    case Choice::onpremises_recipient_match:
      return a.onpremises_recipient_match == b.onpremises_recipient_match;
    case Choice::none:
      break;
  }
  return true;
}

// Azure Communication Services are known by their
// mail, not by the tenant.
Choice that_can_matter(const Tenant& tenant) {
  Choice out = Choice::acs_exempt;
  for (const AcceptedDomain& domain : tenant.accepted_domains) {
    if (is_onmicrosoft(domain.name)) out |= Choice::onmicrosoft_senders;
  }
  for (const InboundConnector& connector : tenant.inbound_connectors) {
    if (!connector.enabled) continue;
    if (connector.type == ConnectorType::on_premises) out |= Choice::onpremises_recipient_match;
    if (!connector.associated_accepted_domains.empty()) out |= Choice::associated_domains;
    if (connector.type != ConnectorType::partner || connector.sender_ip_addresses.empty()) continue;
    if (!connector.restrict_domains_to_ip_addresses) out |= Choice::partner_address_match;
    if (!connector.tls_sender_certificate_name.empty()) out |= Choice::connector_match;
  }
  return out;
}

std::vector<Choices> other_answers(Choice one, const Choices& given) {
  std::vector<Choices> out = values_of(one, given);
  std::erase(out, given);
  return out;
}

std::vector<Choice> each_of(Choice set) {
  std::vector<Choice> out;
  for (const Key& key : keys) {
    if (has(set, key.choice)) out.push_back(key.choice);
  }
  return out;
}

std::vector<std::string_view> keys_of(Choice set) {
  std::vector<std::string_view> out;
  for (const Key& key : keys) {
    if (has(set, key.choice)) out.push_back(key.key);
  }
  return out;
}

tl::expected<Readings, std::vector<Error>> Readings::of(const Tenant& tenant, Choice settled) {
  Readings out;
  out.tenant_ = std::make_shared<const Tenant>(tenant);
  out.settled_ = settled;
  out.open_ = static_cast<Choice>(static_cast<unsigned>(that_can_matter(tenant)) &
                                  ~static_cast<unsigned>(settled));
  std::vector<Choices> all = combinations_of(out.open_, tenant.choices);
  const auto own = std::find(all.begin(), all.end(), tenant.choices);
  std::rotate(all.begin(), own, std::next(own));
  Tenant other = tenant;
  for (const Choices& choices : all) {
    other.choices = choices;
    auto policy = Policy::compile(other);
    if (!policy) return tl::unexpected(std::move(policy.error()));
    out.combinations_.push_back({choices, std::move(*policy)});
  }
  other.inbound_connectors.clear();
  auto without = Policy::compile(other);
  if (!without) return tl::unexpected(std::move(without.error()));
  out.without_connectors_.push_back({tenant.choices, std::move(*without)});
  return out;
}

Readings Readings::with_reject_direct_send(bool on) const {
  Readings out = *this;
  for (auto* list : {&out.combinations_, &out.without_connectors_}) {
    for (Combination& each : *list)
      each.policy = each.policy.with_reject_direct_send(on);
  }
  return out;
}

namespace {

// Whether the recorded connector takes it if a fact is so that is not known, though it is taken
// either way: "does it present that certificate?".
bool may_be_recorded(const Policy& policy, const Submission& unrecorded,
                     std::string_view recorded) {
  Trace trace;
  static_cast<void>(policy::decide(policy, unrecorded, trace));
  const auto& steps = trace.steps();
  return std::any_of(steps.begin(), steps.end(), [&](const Step& step) {
    return step.answer == Step::Answer::unknown && step.connector != no_connector &&
           iequals(policy.connector(step.connector).name, recorded);
  });
}

// What it asked for when the message came nobody knows.
bool is_recorded_changed(const Policy& policy, const Submission& s) {
  const auto& connectors = tables_of(policy).connectors;
  return std::any_of(connectors.begin(), connectors.end(), [&](const InboundConnector& each) {
    return iequals(each.name, s.observed.connector) && changed_since(each, s);
  });
}

}  // namespace

Attribution attribution_of(const Policy& policy, const Submission& s) {
  using State = ObservedAttribution::State;
  Attribution out;
  if (s.observed.state == State::unknown) return out;
  Submission unrecorded = s;
  unrecorded.observed = {};
  const Verdict verdict = policy::decide(policy, unrecorded);
  // What the rule would have refused came all the same: that tells of no connector.
  const bool is_told =
      verdict.action != Action::undetermined && verdict.reason != Reason::restricted &&
      verdict.reason != Reason::relay_denied && verdict.reason != Reason::relay_denied_attr36;
  if (!is_told) return out;
  out.connector = verdict.connector;
  const bool gives_one = verdict.connector != no_connector;
  if (gives_one && changed_since(policy.connector(verdict.connector), s)) return out;
  const bool recorded_one = s.observed.state == State::connector;
  const bool same = gives_one && recorded_one &&
                    iequals(policy.connector(verdict.connector).name, s.observed.connector);
  if (same || (!gives_one && !recorded_one)) {
    out.fits = Known::yes;
  } else if (!recorded_one || (!is_recorded_changed(policy, s) &&
                               !may_be_recorded(policy, unrecorded, s.observed.connector))) {
    out.fits = Known::no;
  }
  return out;
}

Reading Readings::decide(const Submission& submission) const {
  std::vector<const Combination*> tried;
  tried.reserve(combinations_.size());
  for (const Combination& each : combinations_) {
    const bool matters = submission.azure_communication_services ||
                         each.choices.acs_exempt == combinations_.front().choices.acs_exempt;
    if (matters) tried.push_back(&each);
  }
  Reading out;
  if (submission.observed.state != ObservedAttribution::State::unknown) {
    std::vector<const Combination*> fitting;
    std::copy_if(tried.begin(), tried.end(), std::back_inserter(fitting),
                 [&](const Combination* each) {
                   return attribution_of(each->policy, submission).fits != Known::no;
                 });
    out.is_contradicted = fitting.empty();
    if (!fitting.empty()) tried = std::move(fitting);
  }
  const bool none_matched =
      submission.observed.state == ObservedAttribution::State::default_connector;
  if (out.is_contradicted && none_matched) tried = {&without_connectors_.front()};
  out.verdict = policy::decide(tried.front()->policy, submission);
  out.action = out.verdict.action;
  std::vector<std::pair<const Choices*, Action>> outcomes;
  bool agree = true;
  for (const Combination* each : tried) {
    const Verdict verdict = policy::decide(each->policy, submission);
    outcomes.emplace_back(&each->choices, verdict.action);
    out.missing |= verdict.missing;
    agree = agree && verdict.action == out.verdict.action;
  }
  if (agree) return out;
  out.action = Action::undetermined;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (outcomes[i].second == outcomes[j].second) continue;
      out.hangs_on |= only_difference(*outcomes[i].first, *outcomes[j].first);
    }
  }
  return out;
}

}  // namespace postern::policy
