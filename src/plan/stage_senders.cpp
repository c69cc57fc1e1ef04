#include "plan/stage_senders.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/ascii.hpp"
#include "plan/coverage.hpp"

namespace postern::plan {
namespace {

using impact::Sender;
using impact::Shape;
using policy::Action;

std::vector<Prefix> prefixes_of(const std::set<IpAddress>& addresses) {
  std::vector<Prefix> out;
  out.reserve(addresses.size());
  for (const IpAddress& address : addresses)
    out.emplace_back(address, address.is_v4() ? 32U : 128U);
  return out;
}

class Finder {
 public:
  explicit Finder(const Grounds& grounds) : g_(grounds), planned_(grounds.replays->planned) {}

  StageSenders run(const std::vector<Step>& steps) {
    if (g_.report != nullptr) {
      for (std::size_t i = 0; i < g_.report->senders.size(); ++i)
        look_at(i);
    }
    StageSenders out{{}, std::move(unreached_)};
    for (const Step& step : steps) {
      if (!step.after) continue;
      const auto found = expects_.find(to_lower(step.after->name));
      if (found == expects_.end()) {
        out.expects.push_back({step.after->name, {}, step.after->sender_ip_addresses});
        continue;
      }
      for (ExpectedMail& each : found->second)
        out.expects.push_back(std::move(each));
    }
    return out;
  }

 private:
  std::string presumed_certificate(std::size_t sender) const {
    for (const Proposal& proposal : g_.coverage->proposals) {
      if (proposal.presumed && std::find(proposal.senders.begin(), proposal.senders.end(),
                                         sender) != proposal.senders.end()) {
        return proposal.connector.tls_sender_certificate_name;
      }
    }
    return {};
  }

  bool is_of_the_plan(const policy::InboundConnector* connector) const {
    return connector != nullptr &&
           std::any_of(g_.added->begin(), g_.added->end(),
                       [&](const std::string& name) { return iequals(name, connector->name); });
  }

  void look_at(std::size_t index) {
    const Sender& sender = g_.report->senders[index];
    if (sender.standing != impact::Standing::certain || sender.looks != impact::Looks::legitimate ||
        sender.loss_accepted) {
      return;
    }
    const std::string certificate = presumed_certificate(index);
    std::map<std::string, std::set<IpAddress>> through;
    std::set<IpAddress> refused_from;
    std::set<std::string> refused_as;
    bool refused = false;
    for (const Shape& shape : sender.shapes) {
      const policy::Reading reading = planned_.decide(shape, certificate);
      if (reading.action == Action::reject) {
        refused = true;
        if (shape.client_ip) refused_from.insert(*shape.client_ip);
        if (!shape.sender_domain.empty()) refused_as.insert(shape.sender_domain);
        continue;
      }
      const auto* connector = planned_.connector_of(shape, certificate, reading);
      if (reading.verdict.action != Action::accept || !is_of_the_plan(connector)) continue;
      auto& addresses = through[connector->name];
      if (shape.client_ip) addresses.insert(*shape.client_ip);
    }
    for (const auto& [name, addresses] : through)
      expects_[to_lower(name)].push_back({name, printable(sender.name), prefixes_of(addresses)});
    if (!refused) return;
    unreached_.push_back({printable(sender.name),
                          prefixes_of(refused_from),
                          {refused_as.begin(), refused_as.end()}});
  }

  const Grounds& g_;
  const Replay& planned_;
  std::map<std::string, std::vector<ExpectedMail>> expects_;  // by connector
  std::vector<UnreachedSender> unreached_;
};

}  // namespace

StageSenders stage_senders(const Grounds& grounds, const std::vector<Step>& steps) {
  return Finder(grounds).run(steps);
}

}  // namespace postern::plan
