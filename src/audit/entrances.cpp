// The three ways in for forged mail, which people confuse. The first two are asked of the rule
// itself, with the submissions that an attacker would make.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "audit/audit.hpp"
#include "audit/lock_down.hpp"
#include "audit/mail_records.hpp"
#include "audit/own_names.hpp"
#include "base/join.hpp"
#include "policy/clouds.hpp"
#include "tenant/dns_records.hpp"

namespace postern::audit {
namespace {

using policy::Action;
using tenant::Configuration;

// Reserved space (RFC 1112, 4): in nobody's connector.
const IpAddress anonymous_client = IpAddress::from_v4(0xf0000001u);

policy::Submission anonymous(std::string_view sender, std::string_view recipient) {
  policy::Submission s;
  s.client_ip = anonymous_client;
  s.authenticated = policy::Known::no;
  s.tls = policy::Known::yes;
  s.certificate.state = policy::ClientCertificate::State::none;
  s.reverse_path = {policy::ReversePath::State::address, sender};
  s.recipient_domain = recipient;
  return s;
}

// From each to each; first those to itself, which say it most plainly.
std::vector<std::pair<std::string_view, std::string_view>> pairs_of(
    const std::vector<std::string>& names) {
  std::vector<std::pair<std::string_view, std::string_view>> out;
  out.reserve(names.size() * names.size());
  for (const std::string& name : names)
    out.emplace_back(name, name);
  for (const std::string& sender : names) {
    for (const std::string& recipient : names) {
      if (sender != recipient) out.emplace_back(sender, recipient);
    }
  }
  return out;
}

std::string no_domains_read(const Configuration& c) {
  if (!c.tenant.accepted_domains.empty()) return "the tenant has no domain of its own";
  return c.accepted_domains_known ? "the tenant has no accepted domain"
                                  : "no accepted domains were read";
}

Entrance own_domain(const Configuration& c, const policy::Policy& policy) {
  Entrance out{"own domain (Direct Send)",
               "an anonymous client, with your domain as MAIL FROM",
               Gate::shut,
               {}};
  if (c.tenant.cloud == policy::Cloud::none && !c.tenant.accepted_domains.empty()) {
    out.state = Gate::not_determined;
    out.because =
        "no Exchange Online: where a gate stands before the mail server, its mode decides, which "
        "these settings do not tell";
    return out;
  }
  const std::string lack = policy::lack_of_switch(c.tenant.cloud);
  std::string refused;
  std::string undetermined;
  const OwnNames own = own_names(c, policy);
  for (const auto& [sender, recipient] : pairs_of(own.names)) {
    const auto verdict = decide(policy, anonymous(sender, recipient));
    if (verdict.action == Action::accept) {
      out.state = Gate::open;
      out.because = fmt::format(
          "{} is accepted: {}",
          sender == recipient ? std::string(sender) : fmt::format("{} to {}", sender, recipient),
          lack.empty()
              ? fmt::format("RejectDirectSend is {}", policy::name_of(c.tenant.reject_direct_send))
              : lack);
      return out;
    }
    if (verdict.action == Action::undetermined) {
      undetermined = fmt::format("not known: {}", joined(policy::names_of(verdict.missing)));
    } else {
      refused = policy::reply_for(verdict)->enhanced_status;
    }
  }
  if (own.cut && undetermined.empty()) {
    undetermined = fmt::format(
        "connectors tell more than {} names of your own apart, of which no "
        "more were asked for",
        most_own_names);
  }
  if (refused.empty() && undetermined.empty()) undetermined = no_domains_read(c);
  if (!undetermined.empty()) out.state = Gate::not_determined;
  out.because = undetermined.empty() ? fmt::format("refused with {}", refused) : undetermined;
  return out;
}

Entrance past_the_mx(const Configuration& c, const policy::Policy& policy) {
  Entrance out{"past a third-party MX",
               "an anonymous client, with any sender, straight to Microsoft", Gate::not_applicable,
               "the MX of every domain is Microsoft's: this is the front door"};
  if (c.tenant.cloud == policy::Cloud::none) {
    out.because = "no Exchange Online: Microsoft takes no mail of this tenant";
    return out;
  }
  std::string refused;
  std::string undetermined;
  const RuleAnswer rules = lock_down_of_rules(c);
  for (const std::string& domain : tenant::own_domains(c)) {
    const Mx mx = mx_of(c, domain);
    if (mx.null) {
      out.because =
          "the MX of every domain is Microsoft's, or says that it takes no mail: this is the front "
          "door";
    }
    if (mx.null || mx.microsoft) continue;
    const auto verdict = decide(policy, anonymous("sender.example", domain));
    if (verdict.action == Action::reject) {
      refused = fmt::format("{} is locked down ({})", domain,
                            policy::reply_for(verdict)->enhanced_status);
    } else if (!mx.known) {
      undetermined = mx.unknown;
    } else if (rules.stops == policy::Known::yes) {
      refused = fmt::format("a mail-flow rule stops what comes past the MX of {}", domain);
    } else if (verdict.action == Action::undetermined) {
      undetermined = fmt::format("not known: {}", joined(policy::names_of(verdict.missing)));
    } else if (rules.stops == policy::Known::unknown) {
      undetermined = fmt::format("the MX of {} is {}, and {}", domain, mx.host, rules.because);
    } else {
      out.state = Gate::open;
      out.because =
          fmt::format("the MX of {} is {}, and mail past it is accepted", domain, mx.host);
      return out;
    }
  }
  if (!undetermined.empty()) {
    out.state = Gate::not_determined;
    out.because = undetermined;
  } else if (!refused.empty()) {
    out.state = Gate::shut;
    out.because = refused;
  } else if (c.tenant.accepted_domains.empty()) {
    out.state = Gate::not_determined;
    out.because = no_domains_read(c);
  }
  return out;
}

Entrance header_from(const Configuration& c) {
  Entrance out{"own domain in header From only",
               "any sender, with your domain in the From that people see", Gate::shut,
               "DMARC is enforced on every domain"};
  std::string open;
  std::string unknown;
  const std::vector<std::string> domains = tenant::own_domains(c);
  for (const std::string& domain : domains) {
    const auth::DmarcStanding dmarc = dmarc_of(c, domain);
    if (dmarc.state == auth::DmarcState::not_known) {
      unknown = fmt::format("the DMARC record of {} was not read", dmarc.unread);
    } else if (dmarc.state != auth::DmarcState::enforced && open.empty()) {
      open = fmt::format("DMARC of {} is not enforced ({})", domain, dmarc.because);
    }
  }
  if (!open.empty()) {
    out.state = Gate::open;
    out.because = open;
  } else if (!unknown.empty() || domains.empty()) {
    out.state = Gate::not_determined;
    out.because = domains.empty() ? no_domains_read(c) : unknown;
  }
  return out;
}

}  // namespace

std::string_view name_of(Gate gate) noexcept {
  switch (gate) {
    case Gate::open:
      return "open";
    case Gate::shut:
      return "shut";
    case Gate::not_applicable:
      return "not applicable";
    case Gate::not_determined:
      break;
  }
  return "not determined";
}

std::vector<Entrance> find_entrances(const Configuration& configuration,
                                     const policy::Policy& policy) {
  return {own_domain(configuration, policy), past_the_mx(configuration, policy),
          header_from(configuration)};
}

}  // namespace postern::audit
