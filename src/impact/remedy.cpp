#include "impact/remedy.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "base/numbers.hpp"
#include "impact/connectors.hpp"
#include "impact/proof_of_sender.hpp"
#include "impact/sign_in.hpp"
#include "impact/trial.hpp"
#include "tenant/cmdlet.hpp"
#include "tenant/known_ranges.hpp"
#include "tenant/quarantine_rule.hpp"
#include "tenant/write.hpp"

namespace postern::impact {
namespace {

using policy::ConnectorType;
using policy::InboundConnector;
using policy::Known;

void add_to(std::string& text, std::string_view clause) {
  if (clause.empty()) return;
  if (!text.empty()) text += "; ";
  text += clause;
}

void add_risk(Remedy& remedy, std::string_view risk) {
  add_to(remedy.risk, risk);
}

// Without a connector or a command.
Remedy advice(std::string what) {
  return {.what = std::move(what), .connector = {}, .command = {}, .risk = {}};
}

std::string capital(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text;
}

// The addresses that a connector may name: IPv4, and nobody else's.
struct Nameable {
  std::vector<Prefix> addresses;
  std::string why_not;  ///< of the first that may not be
};

// Whether so few messages came from each that the next may well come from one that nobody has seen.
bool are_still_coming(const Sender& sender, const Context& context) {
  return sender.address_count >= 3 && sender.messages < 3 * sender.address_count &&
         !is_own_network(sender.addresses, context);
}

Nameable nameable(const Sender& sender, const Context& context) {
  Nameable out;
  if (are_still_coming(sender, context)) {
    out.why_not = fmt::format("{} messages came from {} addresses, and more will follow",
                              sender.messages, sender.address_count);
    return out;
  }
  for (const IpAddress address : sender.addresses) {
    const tenant::KnownRange* range = tenant::known_range(address);
    // A gate sees what Exchange never does: the addresses of one's own network, and IPv6.
    const bool may_be_named =
        range == nullptr || (!context.at_exchange && range->kind == tenant::RangeKind::reserved);
    if (!may_be_named) {
      if (out.why_not.empty()) out.why_not = tenant::why_not_by_address(address, *range);
    } else if (!address.is_v4() && context.at_exchange) {
      if (out.why_not.empty()) out.why_not = "connectors take IPv4 addresses alone";
    } else {
      out.addresses.emplace_back(address, address.is_v4() ? 32 : 128);
    }
  }
  if (sender.addresses.empty()) out.why_not = "its address is not known";
  return out;
}

bool always_tls(const Sender& sender) {
  return !sender.shapes.empty() &&
         std::all_of(sender.shapes.begin(), sender.shapes.end(),
                     [](const Shape& shape) { return shape.tls == Known::yes; });
}

std::vector<std::string> domains_of(const Sender& sender, const std::string& most_frequent) {
  std::set<std::string> out;
  for (const Shape& shape : sender.shapes) {
    if (!shape.sender_domain.empty()) out.insert(shape.sender_domain);
  }
  if (out.empty() && !most_frequent.empty()) out.insert(most_frequent);
  return {out.begin(), out.end()};
}

class Remedies {
 public:
  Remedies(const std::vector<Sender>& senders, const Context& context,
           const policy::Readings& readings)
      : senders_(senders), context_(context), trial_(readings, senders) {
    exempt_ = std::any_of(senders.begin(), senders.end(), [](const Sender& sender) {
      return sender.reason == policy::Reason::azure_communication_services;
    });
  }

  /// What to do about the sender if it is of that kind.
  Remedy of(std::size_t number, Kind kind, const Named& named) {
    const Sender& sender = senders_[number];
    if (!context_.lack_of_switch.empty() && kind != Kind::unknown &&
        sender.unguarded == sender.messages) {
      return without_switch(kind);
    }
    Remedy out = by_kind(sender, kind, named);
    if (out.connector && sender.standing == Standing::certain && !sender.source_is_vouched_for) {
      out.connector.reset();
      out.risk.clear();
      out.what += fmt::format(" No connector: {}.", why_source_is_not_vouched_for);
    }
    if (out.connector) try_on_the_rule(out, number);
    return out;
  }

 private:
  Remedy by_kind(const Sender& sender, Kind kind, const Named& named) const {
    if (sender.moves) {
      return advice(capital(sign_in_of(sender)) +
                    ". Its address changes, so that no connector can name it.");
    }
    switch (kind) {
      case Kind::device:
      case Kind::own_server:
        return own_network(sender);
      case Kind::online_service:
      case Kind::signature_service:
        return named.service == no_service
                   ? unknown_service(sender, named)
                   : by_service(sender, context_.services[named.service], named);
      case Kind::azure_communication_services:
        if (!context_.at_exchange) return unknown_service(sender, named);
        return advice(
            fmt::format("Nothing is needed while Exchange exempts it; a separate subdomain for it "
                        "(such as notify.{}, verified there and not an accepted domain here) is "
                        "safe either way.",
                        named.domain));
      case Kind::forwarder:
        return advice(
            "Ask its operator to rewrite the envelope sender (SRS), or deliver without the "
            "detour; no connector: it would vouch for whatever the forwarder is handed.");
      case Kind::third_party_mx:
        if (!context_.at_exchange) return own_network(sender);
        return advice(
            "A lock-down Partner connector for *, restricted to the gateway's certificate or to "
            "all of its addresses: postern audit prints it where the gateway is known. It refuses "
            "everything that does not come through the gateway, so that other senders need "
            "connectors first.");
      case Kind::other_tenant:
        return no_connector(
            sender, named,
            "Ask that organisation to send under a domain of its own: the certificate "
            "and the addresses of Exchange Online are every tenant's.");
      case Kind::attack:
        return advice("None: let it be refused.");
      case Kind::covered:
        return advice("None needed: it is accepted, whatever the switch.");
      case Kind::unknown:
        break;
    }
    return advice("Find its owner first; pin the answer in senders.toml.");
  }

  std::string sign_in_of(const Sender& sender) const {
    return context_.at_exchange ? sign_in_advice(sender)
                                : "let it sign in at your own submission port (587 or 465)";
  }

  InboundConnector by_address(ConnectorType type, std::string_view name, const Sender& sender,
                              const Named& named, std::vector<Prefix> addresses) const {
    ByAddress out;
    out.type = type;
    out.name = name;
    out.domains = domains_of(sender, named.domain);
    out.addresses = std::move(addresses);
    out.always_tls = always_tls(sender);
    out.others_are_exempt = exempt_;
    return connector_by_address(out);
  }

  // Of what comes in as Direct Send where nothing can be turned on against it.
  Remedy without_switch(Kind kind) const {
    if (kind == Kind::attack) {
      return advice(
          fmt::format("{}: a lock-down connector alone would refuse it.", context_.lack_of_switch));
    }
    return advice(
        fmt::format("None today: {}, and nothing refuses it. A lock-down connector would, "
                    "unless a connector of its own takes it.",
                    context_.lack_of_switch));
  }

  // For whom no connector can be made: what Microsoft offers instead of the switch.
  Remedy no_connector(const Sender& sender, const Named& named, std::string what) const {
    Remedy out;
    const auto domains = domains_of(sender, named.domain);
    out.what = std::move(what);
    if (domains.empty() || !context_.at_exchange) return out;
    out.what +=
        " If it can do neither: Microsoft's quarantine rule instead of the switch; the command is "
        "its test mode, which only records. Before it is enforced it needs "
        "-ExceptIfHeaderContainsMessageHeader and -ExceptIfHeaderContainsWords, with a header that "
        "this sender alone writes.";
    out.command = tenant::powershell(tenant::new_quarantine_rule_in_test_mode(
                                         "Own domain from outside (test)", domains))
                      .value_or(std::string{});
    return out;
  }

  Remedy own_network(const Sender& sender) const {
    Remedy out;
    const Nameable source = nameable(sender, context_);
    if (source.addresses.empty()) {
      out.what = fmt::format("{}. No connector by address: {}.", capital(sign_in_of(sender)),
                             source.why_not);
      return out;
    }
    out.what = fmt::format("{} by its address, or {}.",
                           context_.at_exchange ? "An OnPremises connector"
                                                : "An [[inbound_connector]] of tenant.toml",
                           sign_in_of(sender));
    out.connector =
        by_address(ConnectorType::on_premises, sender.name, sender, {}, source.addresses);
    out.risk =
        "whoever else sends from this address is trusted with your domain; make sure that it "
        "is yours and fixed";
    if (!source.why_not.empty()) add_risk(out, "not all of its addresses: " + source.why_not);
    if (sender.address_count > sender.addresses.size()) {
      add_risk(out, fmt::format("only {} of {} addresses are listed", sender.addresses.size(),
                                sender.address_count));
    }
    if (context_.at_exchange) add_risk(out, relay_risk_of(*out.connector));
    return out;
  }

  std::string wrong_advice_of(const Service& service) const {
    const bool spf = service.wrong_advice == WrongAdvice::add_to_spf ||
                     service.wrong_advice == WrongAdvice::both;
    const bool rule =
        context_.at_exchange && (service.wrong_advice == WrongAdvice::transport_rule ||
                                 service.wrong_advice == WrongAdvice::both);
    std::string out;
    if (spf) {
      out += fmt::format(
          " To add it to your SPF record, as {} advises, does not help: the switch "
          "does not look at SPF.",
          service.name);
    }
    if (rule) {
      out += fmt::format(
          " A mail-flow rule that exempts it, as {} advises, does not help: rules run "
          "on what was accepted.",
          service.name);
    }
    return out;
  }

  Remedy by_service(const Sender& sender, const Service& service, const Named& named) const {
    Remedy out;
    std::string page = service.page.empty() ? "" : fmt::format(" ({})", service.page);
    if (service.bounce_domain == Known::yes) {
      out.what = fmt::format(
          "Set a bounce (return-path) subdomain such as bounce.{} at {}{}, which is not an "
          "accepted "
          "domain here; then no connector is needed.",
          named.domain, service.name, page);
    } else {
      out.what = fmt::format(
          "Ask {}{} for a bounce (return-path) domain that is not an accepted domain here{}.",
          service.name, page,
          service.bounce_domain == Known::no ? "; so far it has none to set"
                                             : "; whether it can be set there is not known");
    }
    out.what += wrong_advice_of(service);
    const std::string seen = one_certificate_of(sender.shapes);
    if (!seen.empty() || !service.certificates.empty()) {
      out.what += " Otherwise a Partner connector by its certificate.";
      out.connector = connector_by_certificate(service.name, domains_of(sender, named.domain),
                                               seen.empty() ? service.certificates.front() : seen);
      if (service.shared != Known::no) out.risk = risk_of_sharing(service);
      return out;
    }
    const Nameable source = nameable(sender, context_);
    if (service.shared == Known::yes || source.addresses.empty()) {
      return no_connector(
          sender, named,
          out.what + (service.shared == Known::yes
                          ? " No connector by address: every customer of it sends "
                            "from there, and no certificate of it is documented."
                          : fmt::format(" No connector by address: {}.", source.why_not)));
    }
    out.what += " Otherwise a Partner connector by its addresses.";
    out.connector =
        by_address(ConnectorType::partner, service.name, sender, named, source.addresses);
    out.risk =
        "the addresses are those seen, and whether other customers send from them too is not "
        "known; "
        "ask the service for its whole list, and for its certificate's name";
    return out;
  }

  std::string risk_of_sharing(const Service& service) const {
    return fmt::format(
        "the certificate {} by all customers of the service{}",
        service.shared == Known::yes ? "is shared" : "may be shared",
        context_.dmarc_enforced
            ? "; DMARC is enforced on your domains, which keeps the others out"
            : fmt::format(
                  ", and DMARC is {} enforced on all of your domains: any of them could send "
                  "as you through this connector",
                  context_.dmarc_known ? "not" : "not known to be"));
  }

  Remedy unknown_service(const Sender& sender, const Named& named) const {
    Remedy out;
    out.what = fmt::format(
        "Ask the service for a bounce (return-path) subdomain such as bounce.{}; otherwise a "
        "Partner "
        "connector by its certificate, or by its addresses if they serve you alone.",
        named.domain);
    if (const std::string seen = one_certificate_of(sender.shapes); !seen.empty()) {
      out.connector = connector_by_certificate(sender.name, domains_of(sender, named.domain), seen);
      out.risk = fmt::format(
          "whoever holds the certificate {} can send as you; if other customers of the service "
          "share it, DMARC must be enforced on your domains ({})",
          seen, enforcement());
      return out;
    }
    const Nameable source = nameable(sender, context_);
    if (source.addresses.empty()) {
      return no_connector(sender, named,
                          out.what + fmt::format(" No connector by address: {}.", source.why_not));
    }
    out.connector =
        by_address(ConnectorType::partner, sender.name, sender, named, source.addresses);
    out.risk = "addresses of a service are often shared by its customers, and change";
    if (!source.why_not.empty()) add_risk(out, "not all of its addresses: " + source.why_not);
    return out;
  }

  std::string_view enforcement() const noexcept {
    return context_.dmarc_enforced ? "it is"
           : context_.dmarc_known  ? "it is not on all"
                                   : "not known";
  }

  // What stands in tenant.toml for it.
  static std::string toml_of(const InboundConnector& connector) {
    return fmt::format("Under [[inbound_connector]]: {}.", joined(tenant::lines_of(connector)));
  }

  // The command stands there only where it does what it is for, and its side effects are named.
  void try_on_the_rule(Remedy& out, std::size_t number) {
    add_risk(out, side_effect_of(*out.connector));
    const bool by_certificate = !out.connector->tls_sender_certificate_name.empty();
    if (by_certificate && !trial_.knows_certificates()) {
      // Evidence seldom records certificates: there is nothing to try it on.
      print(out);
      return;
    }
    const auto tried = trial_.of(*out.connector, number);
    if (!tried) {
      out.what += context_.at_exchange
                      ? " The command was not tried on all of this evidence, so it is not printed: "
                        "postern plan works it out."
                      : " It was not tried on all of this evidence, so its values are not printed.";
      return;
    }
    if (!tried->against.empty()) {
      out.what += fmt::format(" No {} printed: {}.",
                              context_.at_exchange ? "command is" : "values are", tried->against);
      return;
    }
    // One by certificate is printed all the same: few messages tell of theirs.
    if (tried->is_not_told && !by_certificate) {
      out.what +=
          " No command is printed: the evidence does not tell whether it would take this sender's "
          "mail.";
      return;
    }
    if (tried->refused > 0) {
      add_to(out.trial, fmt::format("tried on this evidence, it would refuse {} of {} that come in "
                                    "today: give these connectors first, or none of it",
                                    counted(tried->refused, "message"),
                                    counted(tried->refused_senders, "other sender")));
    }
    if (tried->let_in > 0) {
      add_to(out.trial,
             fmt::format("it would let in {} of {} too", counted(tried->let_in, "message"),
                         counted(tried->let_in_senders, "other sender")));
    }
    print(out);
  }

  void print(Remedy& out) const {
    if (!context_.at_exchange) {
      out.what += " " + toml_of(*out.connector);
      return;
    }
    if (const auto line = tenant::powershell(tenant::new_inbound_connector(*out.connector))) {
      out.command = *line;
    }
  }

  const std::vector<Sender>& senders_;
  const Context& context_;
  Trial trial_;
  bool exempt_ = false;
};

}  // namespace

std::string risk_alone(const Remedy& remedy) {
  std::string out = remedy.risk;
  add_to(out, remedy.trial);
  return out;
}

void add_remedies(std::vector<Sender>& senders, const std::vector<Named>& named,
                  const Context& context, const policy::Readings& readings) {
  std::vector<std::pair<Remedy, Remedy>> out;
  Remedies remedies(senders, context, readings);
  for (std::size_t i = 0; i < senders.size(); ++i) {
    const Sender& sender = senders[i];
    out.emplace_back(remedies.of(i, sender.kind, named[i]), Remedy{});
    if (sender.standing == Standing::certain || sender.looks == Looks::forged ||
        sender.likely_kind == Kind::unknown) {
      continue;
    }
    out.back().second = sender.likely_kind == sender.kind
                            ? out.back().first
                            : remedies.of(i, sender.likely_kind, named[i]);
  }
  for (std::size_t i = 0; i < senders.size(); ++i) {
    senders[i].remedy = std::move(out[i].first);
    senders[i].if_kept = std::move(out[i].second);
  }
}

}  // namespace postern::impact
