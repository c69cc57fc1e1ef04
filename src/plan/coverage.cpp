#include "plan/coverage.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "impact/connectors.hpp"
#include "tenant/known_ranges.hpp"

namespace postern::plan {
namespace {

using impact::Kind;
using impact::Sender;
using impact::Shape;
using policy::Action;
using policy::ClientCertificate;
using policy::ConnectorType;
using policy::InboundConnector;
using policy::Known;

// What one connector may hold together: senders that need the same in every respect but addresses.
struct Need {
  ConnectorType type = ConnectorType::partner;
  std::string certificate;  ///< empty: by address
  bool presumed = false;
  std::set<std::string> domains;  ///< of the envelope sender; empty: any
  auto key() const {
    // By certificate the source is the same whatever the domain, so that lists can be merged.
    return std::tuple(type, certificate, certificate.empty() ? domains : std::set<std::string>{});
  }
};

struct Gathered {
  Need need;
  std::vector<IpAddress> addresses;
  std::vector<std::size_t> senders;
  bool always_tls = true;
};

class Planner {
 public:
  Planner(const impact::Report& report, const impact::Context& context, const Replay& base)
      : report_(report), context_(context), base_(base) {
    for (const Sender& sender : report.senders) {
      has_exempt_ = has_exempt_ || sender.reason == policy::Reason::azure_communication_services;
      if (sender.looks != impact::Looks::forged) continue;
      for (const Shape& shape : sender.shapes) {
        if (shape.client_ip) forged_.insert(*shape.client_ip);
      }
    }
  }

  Coverage run() {
    for (std::size_t i = 0; i < report_.senders.size(); ++i)
      look_at(i);
    std::vector<Gathered*> sorted;
    for (auto& [key, gathered] : gathered_)
      sorted.push_back(&gathered);
    for (Gathered* gathered : sorted)
      propose(*gathered);
    return std::move(out_);
  }

 private:
  void leave_out(std::size_t sender, std::string why) {
    for (const LeftOut& there : out_.left_out) {
      if (there.sender == sender && there.why == why) return;
    }
    out_.left_out.push_back({sender, std::move(why)});
  }

  void look_at(std::size_t index) {
    const Sender& sender = report_.senders[index];
    // A connector vouches: it is for those who are known for certain.
    if (sender.standing != impact::Standing::certain || sender.looks != impact::Looks::legitimate ||
        sender.loss_accepted) {
      return;
    }
    const bool needs = std::any_of(
        sender.shapes.begin(), sender.shapes.end(),
        [&](const Shape& shape) { return base_.decide(shape, {}).action != Action::accept; });
    if (!needs) return;
    if (!sender.source_is_vouched_for) {
      leave_out(index,
                "its mail is yours, but nothing shows that the source is: a connector would vouch "
                "for whatever it is handed (a forwarder: let it rewrite the envelope sender, SRS)");
      return;
    }
    const auto& proposed = sender.remedy.connector;
    const std::string recorded = recorded_certificate(sender);
    if (proposed && is_lock_down(*proposed)) {
      leave_out(index,
                "it needs a lock-down connector, which refuses everybody else: decide that "
                "yourself and give it with --connectors");
    } else if (sender.kind == Kind::online_service && !recorded.empty()) {
      cover_by_certificate(index, recorded, false);
    } else if (proposed && !proposed->tls_sender_certificate_name.empty()) {
      cover_by_certificate(index, proposed->tls_sender_certificate_name, true);
    } else if (proposed) {
      cover_by_address(index, *proposed);
    } else {
      leave_out(index, sender.remedy.what);
    }
  }

  static bool is_lock_down(const InboundConnector& connector) {
    return (connector.restrict_domains_to_ip_addresses ||
            connector.restrict_domains_to_certificate) &&
           std::any_of(connector.sender_domains.begin(), connector.sender_domains.end(),
                       [](const policy::SenderDomain& domain) {
                         return domain.kind == policy::SenderDomain::Kind::any;
                       });
  }

  // The one certificate that all its mail came with, where the evidence says so.
  static std::string recorded_certificate(const Sender& sender) {
    std::string name;
    for (const Shape& shape : sender.shapes) {
      if (shape.certificate != ClientCertificate::State::presented || !shape.certificate_trusted ||
          shape.subject.empty() || (!name.empty() && name != shape.subject)) {
        return {};
      }
      name = shape.subject;
    }
    return name;
  }

  static std::set<std::string> domains_of(const Sender& sender) {
    std::set<std::string> out;
    for (const Shape& shape : sender.shapes) {
      if (!shape.sender_domain.empty()) out.insert(shape.sender_domain);
    }
    return out;
  }

  void cover_by_certificate(std::size_t index, const std::string& certificate, bool presumed) {
    const Sender& sender = report_.senders[index];
    std::set<std::string> domains = domains_of(sender);
    if (domains.empty()) {
      leave_out(index, "its envelope sender is not known, so no connector can be scoped to it");
      return;
    }
    Need need{ConnectorType::partner, certificate, presumed, std::move(domains)};
    Gathered& gathered = gathered_[need.key()];
    if (gathered.senders.empty()) gathered.need = need;
    gathered.need.domains.insert(need.domains.begin(), need.domains.end());
    gathered.need.presumed = gathered.need.presumed && presumed;
    gathered.senders.push_back(index);
  }

  void cover_by_address(std::size_t index, const InboundConnector& proposed) {
    const Sender& sender = report_.senders[index];
    const bool partner = proposed.type == ConnectorType::partner;
    Need need{proposed.type, {}, false, {}};
    if (partner) need.domains = domains_of(sender);
    if (partner && need.domains.empty()) {
      leave_out(index, "its envelope sender is not known, so no connector can be scoped to it");
      return;
    }
    std::map<IpAddress, std::uint64_t> unwanted;
    bool always_tls = true;
    for (const Shape& shape : sender.shapes) {
      if (base_.decide(shape, {}).action == Action::accept) continue;
      if (!shape.client_ip) {
        leave_out(index, "for some of its mail the client address is not known");
      } else if (const auto* range = tenant::known_range(*shape.client_ip)) {
        leave_out(index, "no connector by address: " +
                             tenant::why_not_by_address(*shape.client_ip, *range));
      } else if (!shape.client_ip->is_v4()) {
        leave_out(index, fmt::format("{} is IPv6, and connectors take IPv4 alone: give it an IPv4 "
                                     "way out, or let it sign in",
                                     shape.client_ip->text()));
      } else {
        unwanted[*shape.client_ip] += shape.unwanted;
        always_tls = always_tls && shape.tls == Known::yes;
      }
    }
    std::vector<IpAddress> safe;
    for (const auto& [address, count] : unwanted) {
      if (forged_.contains(address)) {
        leave_out(index, fmt::format("{} also sent mail that looks forged: no connector may vouch "
                                     "for it before that is understood",
                                     address.text()));
      } else if (count > 0 && sender.pin.empty()) {
        leave_out(index, fmt::format("Exchange quarantined or blocked {} message(s) from {}: pin "
                                     "it in senders.toml if all of its mail is wanted",
                                     count, address.text()));
      } else {
        safe.push_back(address);
      }
    }
    if (safe.empty()) return;
    Gathered& gathered = gathered_[need.key()];
    if (gathered.senders.empty()) gathered.need = need;
    gathered.addresses.insert(gathered.addresses.end(), safe.begin(), safe.end());
    gathered.senders.push_back(index);
    gathered.always_tls = gathered.always_tls && always_tls;
  }

  void propose(const Gathered& gathered) {
    Proposal out;
    InboundConnector& c = out.connector;
    const std::string name = name_for(gathered);
    const std::vector<std::string> domains(gathered.need.domains.begin(),
                                           gathered.need.domains.end());
    out.senders = gathered.senders;
    out.presumed = gathered.need.presumed;
    if (!gathered.need.certificate.empty()) {
      c = impact::connector_by_certificate(name, domains, gathered.need.certificate);
      warn_of_certificate(gathered, out);
    } else {
      c = impact::connector_by_address({gathered.need.type, name, domains,
                                        exact_blocks(gathered.addresses), gathered.always_tls,
                                        has_exempt_});
      warn_of_addresses(gathered, out);
      warn_of_restriction(c, out);
    }
    c.comment = "Made by postern plan";
    out_.proposals.push_back(std::move(out));
  }

  void warn_of_certificate(const Gathered& gathered, Proposal& out) const {
    const std::string& certificate = gathered.need.certificate;
    if (gathered.need.presumed) {
      out.warnings.push_back(
          fmt::format("the evidence does not record certificates: that it presents {} is what the "
                      "service data say",
                      certificate));
    }
    // One service's senders share the wording of their risk.
    const std::string& risk = report_.senders[gathered.senders.front()].remedy.risk;
    if (gathered.need.presumed && !risk.empty()) {
      out.warnings.push_back(risk);
    } else if (!gathered.need.presumed) {
      out.warnings.push_back(fmt::format(
          "whoever holds the certificate {} can send as you; if other customers of a service share "
          "it, DMARC must be enforced on your domains ({})",
          certificate,
          context_.dmarc_enforced ? "it is"
          : context_.dmarc_known  ? "it is not on all"
                                  : "not known"));
    }
  }

  // A connector of several senders' domains restricts all of them; that of one sender's says so as
  // its risk.
  static void warn_of_restriction(const InboundConnector& c, Proposal& out) {
    const std::string effect = impact::side_effect_of(c);
    const bool is_said = std::any_of(
        out.warnings.begin(), out.warnings.end(),
        [&](const std::string& said) { return said.find(effect) != std::string::npos; });
    if (!is_said) out.warnings.insert(out.warnings.begin(), effect);
  }

  void warn_of_addresses(const Gathered& gathered, Proposal& out) const {
    std::set<std::string> risks;
    for (const std::size_t index : gathered.senders) {
      const Sender& sender = report_.senders[index];
      if (!sender.remedy.risk.empty()) risks.insert(sender.remedy.risk);
      const auto junk = sender.delivery[static_cast<std::size_t>(evidence::Delivery::junk)];
      if (junk > 0) {
        out.warnings.push_back(
            fmt::format("{} message(s) of '{}' went to junk", junk, printable(sender.name)));
      }
    }
    out.warnings.insert(out.warnings.end(), risks.begin(), risks.end());
  }

  // At most 64 characters, none that needs care in a list of connectors.
  std::string name_for(const Gathered& gathered) const {
    if (gathered.need.type == ConnectorType::on_premises)
      return "Postern - own devices and servers";
    std::string of;
    if (gathered.senders.size() == 1 || !gathered.need.certificate.empty()) {
      of = report_.senders[gathered.senders.front()].name;
    } else {
      of = fmt::format("senders as {}", *gathered.need.domains.begin());
      if (gathered.need.domains.size() > 1) of += " and others";
    }
    std::string name = "Postern - ";
    for (const char c : of) {
      const bool plain = (c >= '0' && c <= '9') || is_ascii_alpha(c);
      if (plain || c == '.' || c == '-' || c == '_' || c == ' ' || c == '@') name += c;
    }
    if (!gathered.need.certificate.empty()) name = name.substr(0, 50) + " (certificate)";
    return std::string(trim(name.substr(0, 64)));
  }

  const impact::Report& report_;
  const impact::Context& context_;
  const Replay& base_;
  std::set<IpAddress> forged_;
  bool has_exempt_ = false;  // a restriction would refuse what Exchange exempts from the switch
  std::map<decltype(std::declval<Need>().key()), Gathered> gathered_;
  Coverage out_;
};

}  // namespace

std::vector<Prefix> exact_blocks(std::vector<IpAddress> addresses) {
  std::erase_if(addresses, [](const IpAddress& address) { return !address.is_v4(); });
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  std::vector<Prefix> out;
  for (std::size_t i = 0; i < addresses.size();) {
    const std::uint32_t first = addresses[i].v4();
    // The widest block that starts here and whose every address is there. Sorted and without
    // repeats, so that looking at the last one is enough.
    std::size_t size = 256;
    while (size > 1 && ((first & (size - 1)) != 0 || i + size > addresses.size() ||
                        addresses[i + size - 1].v4() != first + size - 1)) {
      size /= 2;
    }
    unsigned length = 32;
    for (std::size_t s = size; s > 1; s /= 2)
      --length;
    out.emplace_back(addresses[i], length);
    i += size;
  }
  return out;
}

Coverage cover(const impact::Report& report, const impact::Context& context, const Replay& base) {
  return Planner(report, context, base).run();
}

}  // namespace postern::plan
