#include "policy/readings.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

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

// Choices that can change a verdict of this tenant. Azure Communication Services are known by their
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

// Every value of one choice, the others as given.
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
  const auto compare = [&](bool same, Choice choice) {
    if (same) return;
    out = choice;
    ++differences;
  };
  compare(a.onmicrosoft_senders == b.onmicrosoft_senders, Choice::onmicrosoft_senders);
  compare(a.partner_address_match == b.partner_address_match, Choice::partner_address_match);
  compare(a.connector_match == b.connector_match, Choice::connector_match);
  compare(a.associated_domains == b.associated_domains, Choice::associated_domains);
  compare(a.acs_exempt == b.acs_exempt, Choice::acs_exempt);
  compare(a.onpremises_recipient_match == b.onpremises_recipient_match,
          Choice::onpremises_recipient_match);
  return differences == 1 ? out : Choice::none;
}

}  // namespace

std::vector<std::string_view> keys_of(Choice set) {
  std::vector<std::string_view> out;
  for (const Key& key : keys) {
    if (has(set, key.choice)) out.push_back(key.key);
  }
  return out;
}

tl::expected<Readings, std::vector<Error>> Readings::of(const Tenant& tenant, Choice settled) {
  auto chosen = Policy::compile(tenant);
  if (!chosen) return tl::unexpected(std::move(chosen.error()));
  Readings out(std::move(*chosen));
  out.own_ = tenant.choices;
  out.open_ = static_cast<Choice>(static_cast<unsigned>(that_can_matter(tenant)) &
                                  ~static_cast<unsigned>(settled));
  Tenant other = tenant;
  for (const Choices& choices : combinations_of(out.open_, tenant.choices)) {
    if (choices == tenant.choices) continue;
    other.choices = choices;
    auto policy = Policy::compile(other);
    if (!policy) return tl::unexpected(std::move(policy.error()));
    out.variants_.push_back({std::move(*policy), choices});
  }
  return out;
}

Readings Readings::with_reject_direct_send(bool on) const {
  Readings out = *this;
  out.chosen_ = chosen_.with_reject_direct_send(on);
  for (Variant& variant : out.variants_)
    variant.policy = variant.policy.with_reject_direct_send(on);
  return out;
}

Reading Readings::decide(const Submission& submission) const {
  Reading out;
  out.verdict = policy::decide(chosen_, submission);
  out.action = out.verdict.action;
  out.missing = out.verdict.missing;
  std::vector<std::pair<const Choices*, Action>> outcomes = {{&own_, out.verdict.action}};
  bool agree = true;
  for (const Variant& variant : variants_) {
    if (!submission.azure_communication_services && variant.choices.acs_exempt != own_.acs_exempt) {
      continue;
    }
    const Verdict verdict = policy::decide(variant.policy, submission);
    outcomes.emplace_back(&variant.choices, verdict.action);
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
