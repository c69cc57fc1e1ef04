#include "policy/near_miss.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/join.hpp"
#include "policy/matching.hpp"
#include "policy/tables.hpp"

namespace postern::policy {
namespace {

using What = Lack::What;

/// The first few of a list, as text.
template <class Items, class TextOf>
std::string first_of(const Items& items, TextOf text_of) {
  constexpr std::size_t most = 4;
  std::string out;
  for (std::size_t i = 0; i < items.size() && i < most; ++i)
    append_item(out, text_of(items[i]));
  if (items.size() > most) out += fmt::format(" and {} more", items.size() - most);
  return out;
}

std::string presented_text(const Facts& facts) {
  std::string out;
  facts.any_presented_name([&](std::string_view name, bool) {
    append_item(out, name);
    return false;
  });
  return out.empty() || facts.certificate != Answer::yes ? "no trusted certificate was presented"
                                                         : "the certificate is for " + out;
}

class Misses {
 public:
  Misses(const Policy& policy, const Submission& submission)
      : tables_(tables_of(policy)), facts_(tables_, submission) {}

  std::optional<NearMiss> nearest() const {
    const std::uint32_t tenant = facts_.tenant != nullptr ? facts_.tenant_index : 0;
    std::optional<NearMiss> best;
    for (std::uint32_t index = 0; index < tables_.compiled.size(); ++index) {
      if (tables_.compiled[index].tenant != tenant) continue;
      NearMiss miss{index, lacks_of(index)};
      if (miss.lacks.empty()) continue;
      if (!best || weight(miss) < weight(*best)) best = std::move(miss);
    }
    return best;
  }

 private:
  /// A connector that is switched off comes after any that is not.
  static std::size_t weight(const NearMiss& miss) {
    const bool off = miss.lacks.front().what == What::enabled;
    return miss.lacks.size() + (off ? 100u : 0u);
  }

  std::vector<Lack> lacks_of(std::uint32_t index) const {
    const InboundConnector& connector = tables_.connectors[index];
    std::vector<Lack> out;
    if (!connector.enabled) out.push_back({What::enabled, "it is switched off"});
    if (connector.type == ConnectorType::partner) {
      add_partner_lacks(index, out);
    } else {
      add_source_lack(index, out);
      add_owner_lack(out);
    }
    return out;
  }

  /// OnPremises connectors take mail of the tenant's own domains, and mail to them.
  void add_owner_lack(std::vector<Lack>& out) const {
    if (facts_.sender_unknown() || facts_.sender_owner.exists()) return;
    if (facts_.tenant == nullptr) {
      out.push_back(
          {What::sender, "neither the sender's nor the recipient's domain is accepted here"});
    } else if (!facts_.tenant->choices.onpremises_recipient_match) {
      out.push_back({What::sender,
                     "the sender's domain is not accepted here, and the recipient's does not count "
                     "(onpremises_recipient_match)"});
    }
  }

  void add_partner_lacks(std::uint32_t index, std::vector<Lack>& out) const {
    const InboundConnector& connector = tables_.connectors[index];
    if (facts_.tenant == nullptr) {
      out.push_back({What::recipient, "the recipient's domain is not accepted here"});
    } else if (associated(facts_, index).answer == Answer::no) {
      const bool by_sender = facts_.tenant->choices.associated_domains == AssociatedDomains::sender;
      out.push_back({by_sender ? What::sender : What::recipient,
                     fmt::format("the {}'s domain is not among its AssociatedAcceptedDomains ({})",
                                 by_sender ? "sender" : "recipient",
                                 first_of(connector.associated_accepted_domains,
                                          [](const std::string& name) { return name; }))});
    }
    if (coverage(facts_, index).answer == Answer::no) {
      const ReversePath& path = facts_.submission.reverse_path;
      const std::string sender =
          path.state == ReversePath::State::address ? std::string(path.domain) : std::string("<>");
      out.push_back(
          {What::sender,
           fmt::format("the envelope sender {} is not among its SenderDomains ({})", sender,
                       connector.sender_domains.empty()
                           ? std::string("none")
                           : first_of(connector.sender_domains,
                                      [](const SenderDomain& d) { return d.text(); }))});
    }
    add_source_lack(index, out);
    if (tables_.compiled[index].require_tls && facts_.tls == Known::no) {
      out.push_back({What::tls, "it demands TLS, and the session had none"});
    }
  }

  /// Neither the address nor the certificate is the connector's; or one is missing of both.
  void add_source_lack(std::uint32_t index, std::vector<Lack>& out) const {
    const CompiledConnector& compiled = tables_.compiled[index];
    const Guard address = address_match(facts_, index);
    const Guard certificate = certificate_match(facts_, index);
    if (compiled.is_domain_only()) {
      out.push_back({What::source, "it has neither an address nor a certificate to know mail by"});
      return;
    }
    const bool both =
        compiled.type == ConnectorType::partner && compiled.has_addresses &&
        compiled.has_certificate &&
        tables_.tenants[compiled.tenant].choices.connector_match == ConnectorMatch::all;
    const bool by_address = address.answer != Answer::no;
    const bool by_certificate = certificate.answer != Answer::no;
    if (both ? by_address && by_certificate : by_address || by_certificate) return;
    std::vector<Lack> sides;
    if (compiled.has_addresses && !by_address)
      sides.push_back({What::address, address_text(index)});
    if (compiled.has_certificate && !by_certificate) {
      sides.push_back(
          {What::certificate, fmt::format("{}, not for {}", presented_text(facts_),
                                          tables_.connectors[index].tls_sender_certificate_name)});
    }
    if (both) {
      out.insert(out.end(), sides.begin(), sides.end());
    } else if (sides.size() == 1) {
      out.push_back(sides.front());
    } else {
      out.push_back({What::source, sides.front().text + "; and " + sides.back().text});
    }
  }

  std::string address_text(std::uint32_t index) const {
    const CompiledConnector& compiled = tables_.compiled[index];
    const Choices& choices = tables_.tenants[compiled.tenant].choices;
    if (compiled.type == ConnectorType::partner && !compiled.restricts_addresses &&
        choices.partner_address_match == PartnerAddressMatch::only_restricted) {
      return "its addresses do not count, since RestrictDomainsToIPAddresses is off "
             "(partner_address_match)";
    }
    if (!facts_.submission.client_ip) return "it did not come through it, as was recorded";
    return fmt::format("the client's address {} is not in its SenderIPAddresses ({})",
                       facts_.submission.client_ip->text(),
                       first_of(tables_.connectors[index].sender_ip_addresses,
                                [](const Prefix& block) { return block.text(); }));
  }

  const Tables& tables_;
  const Facts facts_;
};

}  // namespace

std::optional<NearMiss> nearest_connector(const Policy& policy, const Submission& submission) {
  const Verdict verdict = decide(policy, submission);
  const bool taken = verdict.connector != no_connector && verdict.action == Action::accept;
  if (taken || verdict.reason == Reason::authenticated || policy.tenant_count() == 0) {
    return std::nullopt;
  }
  return Misses(policy, submission).nearest();
}

std::string_view name_of(Lack::What what) noexcept {
  switch (what) {
    case What::source:
      return "source";
    case What::address:
      return "address";
    case What::certificate:
      return "certificate";
    case What::sender:
      return "sender";
    case What::recipient:
      return "recipient";
    case What::tls:
      return "tls";
    case What::enabled:
      break;
  }
  return "enabled";
}

}  // namespace postern::policy
