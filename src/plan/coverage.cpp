#include "plan/coverage.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "impact/connectors.hpp"
#include "plan/fewest.hpp"
#include "plan/one_line.hpp"
#include "tenant/known_ranges.hpp"

namespace postern::plan {
namespace {

using impact::Sender;
using impact::Shape;
using policy::Action;
using policy::ConnectorType;
using policy::InboundConnector;
using policy::Known;

// What one connector lists, and for whom.
struct Gathered {
  ConnectorType type = ConnectorType::partner;
  std::string certificate;  ///< empty: by address
  bool presumed = false;
  std::set<std::string> domains;  ///< of the envelope sender; empty: any
  std::vector<Prefix> blocks;
  std::vector<std::size_t> senders;
  bool always_tls = true;
};

// A sender that needs a connector by address.
struct ByAddress {
  std::size_t sender = 0;
  std::set<std::string> domains;
  std::set<IpAddress> addresses;
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
    const std::optional<Gathered> own = gather_own();
    propose_others();
    for (const auto& [certificate, gathered] : by_certificate_)
      propose(gathered);
    if (own) propose(*own);
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
      leave_out(index, std::string(impact::why_source_is_not_vouched_for));
      return;
    }
    const auto& proposed = sender.remedy.connector;
    if (proposed && proposed->is_lock_down()) {
      leave_out(index,
                "it needs a lock-down connector, which refuses everybody else: decide that "
                "yourself and give it with --connectors");
    } else if (proposed && !proposed->tls_sender_certificate_name.empty()) {
      const std::string& certificate = proposed->tls_sender_certificate_name;
      cover_by_certificate(index, certificate,
                           certificate != impact::one_certificate_of(sender.shapes));
    } else if (proposed) {
      cover_by_address(index, *proposed);
    } else {
      leave_out(index, sender.remedy.what);
    }
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
    // The source is the same whatever the domain, so that lists can be merged.
    Gathered& gathered = by_certificate_[certificate];
    gathered.presumed = presumed && (gathered.senders.empty() || gathered.presumed);
    gathered.certificate = certificate;
    gathered.domains.merge(domains);
    gathered.senders.push_back(index);
  }

  void cover_by_address(std::size_t index, const InboundConnector& proposed) {
    const Sender& sender = report_.senders[index];
    const bool partner = proposed.type == ConnectorType::partner;
    ByAddress need{index, {}, {}, true};
    if (partner) need.domains = domains_of(sender);
    if (partner && need.domains.empty()) {
      leave_out(index, "its envelope sender is not known, so no connector can be scoped to it");
      return;
    }
    std::map<IpAddress, std::uint64_t> unwanted;
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
        need.always_tls = need.always_tls && shape.tls == Known::yes;
      }
    }
    for (const auto& [address, count] : unwanted) {
      if (forged_.contains(address)) {
        leave_out(index, fmt::format("{} also sent mail that looks forged: no connector may vouch "
                                     "for it before that is understood",
                                     address.text()));
      } else if (count > 0 && sender.pin.empty()) {
        leave_out(index,
                  fmt::format("Exchange junked, quarantined or blocked {} message(s) from {}: pin "
                              "it in senders.toml if all of its mail is wanted",
                              count, address.text()));
      } else {
        need.addresses.insert(address);
      }
    }
    if (!need.addresses.empty()) (partner ? others_ : own_).push_back(std::move(need));
  }

  // One connector for all own devices and servers. It takes whatever its addresses send, so that
  // nobody else there needs another.
  std::optional<Gathered> gather_own() {
    if (own_.empty()) return std::nullopt;
    std::set<IpAddress> addresses;
    Gathered own;
    own.type = ConnectorType::on_premises;
    for (const ByAddress& need : own_) {
      own.senders.push_back(need.sender);
      addresses.insert(need.addresses.begin(), need.addresses.end());
    }
    for (ByAddress& need : others_) {
      const std::size_t before = need.addresses.size();
      std::erase_if(need.addresses,
                    [&](const IpAddress& each) { return addresses.contains(each); });
      if (need.addresses.size() < before) own.senders.push_back(need.sender);
    }
    std::erase_if(others_, [](const ByAddress& need) { return need.addresses.empty(); });
    own.blocks = exact_blocks({addresses.begin(), addresses.end()});
    return own;
  }

  void propose_others() {
    std::vector<SourceNeeds> needs;
    for (const ByAddress& need : others_) {
      needs.push_back({{need.addresses.begin(), need.addresses.end()},
                       {need.domains.begin(), need.domains.end()}});
    }
    for (const Listed& listed : fewest_connectors(needs)) {
      Gathered gathered;
      gathered.blocks = listed.blocks;
      gathered.domains = {listed.domains.begin(), listed.domains.end()};
      for (const ByAddress& need : others_) {
        if (!shares(need, listed)) continue;
        gathered.senders.push_back(need.sender);
        gathered.always_tls = gathered.always_tls && need.always_tls;
      }
      propose(gathered);
    }
  }

  static bool shares(const ByAddress& need, const Listed& listed) {
    return std::any_of(listed.domains.begin(), listed.domains.end(),
                       [&](const std::string& each) { return need.domains.contains(each); }) &&
           std::any_of(listed.blocks.begin(), listed.blocks.end(), [&](const Prefix& block) {
             const auto at = need.addresses.lower_bound(block.first());
             return at != need.addresses.end() && *at <= block.last();
           });
  }

  void propose(const Gathered& gathered) {
    Proposal out;
    InboundConnector& c = out.connector;
    const std::string name = name_for(gathered);
    const std::vector<std::string> domains(gathered.domains.begin(), gathered.domains.end());
    out.senders = gathered.senders;
    out.presumed = gathered.presumed;
    if (!gathered.certificate.empty()) {
      c = impact::connector_by_certificate(name, domains, gathered.certificate);
      warn_of_certificate(gathered, out);
    } else {
      c = impact::connector_by_address(
          {gathered.type, name, domains, gathered.blocks, gathered.always_tls, has_exempt_});
      warn_of_addresses(gathered, out);
      warn_of_restriction(c, out);
    }
    c.comment = "Made by postern plan";
    std::vector<InboundConnector> pieces = in_lines(c);
    if (pieces.size() > 1) {
      out.warnings.push_back(
          fmt::format("one line of a command does not carry it: {} connectors", pieces.size()));
    }
    for (InboundConnector& piece : pieces) {
      out.connector = std::move(piece);
      out_.proposals.push_back(out);
    }
  }

  void warn_of_certificate(const Gathered& gathered, Proposal& out) const {
    const std::string& certificate = gathered.certificate;
    if (gathered.presumed) {
      out.warnings.push_back(
          fmt::format("the evidence does not record certificates: that it presents {} is what the "
                      "service data say",
                      certificate));
    }
    for (const std::size_t index : gathered.senders) {
      const Sender& sender = report_.senders[index];
      if (sender.answered_certificate != certificate) continue;
      out.warnings.push_back(fmt::format("that '{}' presents {} is your answer ({})", sender.name,
                                         certificate, sender.pin));
    }
    // One service's senders share the wording of their risk.
    const std::string& risk = report_.senders[gathered.senders.front()].remedy.risk;
    if (!risk.empty()) out.warnings.push_back(risk);
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
      // Of the connector that the sender would get alone.
      const auto& alone = sender.remedy.connector;
      if (!sender.remedy.risk.empty() && (!alone || alone->type == gathered.type)) {
        risks.insert(sender.remedy.risk);
      }
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
    if (gathered.type == ConnectorType::on_premises) return "Postern - own devices and servers";
    std::string of;
    if (gathered.senders.size() == 1 || !gathered.certificate.empty()) {
      of = report_.senders[gathered.senders.front()].name;
    } else {
      of = fmt::format("senders as {}", *gathered.domains.begin());
      if (gathered.domains.size() > 1) of += " and others";
    }
    std::string name = "Postern - ";
    for (const char c : of) {
      const bool plain = (c >= '0' && c <= '9') || is_ascii_alpha(c);
      if (plain || c == '.' || c == '-' || c == '_' || c == ' ' || c == '@') name += c;
    }
    if (!gathered.certificate.empty()) name = name.substr(0, 50) + " (certificate)";
    return std::string(trim(name.substr(0, 64)));
  }

  const impact::Report& report_;
  const impact::Context& context_;
  const Replay& base_;
  std::set<IpAddress> forged_;
  bool has_exempt_ = false;  // a restriction would refuse what Exchange exempts from the switch
  std::vector<ByAddress> own_, others_;  // by type of connector
  std::map<std::string, Gathered> by_certificate_;
  Coverage out_;
};

}  // namespace

Coverage cover(const impact::Report& report, const impact::Context& context, const Replay& base) {
  return Planner(report, context, base).run();
}

}  // namespace postern::plan
