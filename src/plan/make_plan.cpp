// From tenant, evidence and the administrator's own connectors to a plan with its proof.
#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/numbers.hpp"
#include "difference/difference.hpp"
#include "plan/coverage.hpp"
#include "plan/difference.hpp"
#include "plan/one_line.hpp"
#include "plan/organisation.hpp"
#include "plan/plan.hpp"
#include "plan/proof.hpp"
#include "plan/replay.hpp"
#include "plan/stage_senders.hpp"
#include "policy/clouds.hpp"
#include "tenant/connector_limits.hpp"

namespace postern::plan {
namespace {

using Faults = std::vector<Error>;
using policy::ConnectorType;
using policy::InboundConnector;
using policy::RejectDirectSend;
using policy::Tenant;

// From so many address blocks on a reviewer is told.
constexpr std::size_t many_addresses = 100;

std::optional<Error> unfit(const Request& request) {
  const tenant::Configuration& read = *request.configuration;
  const Tenant& tenant = read.tenant;
  if (tenant.cloud == policy::Cloud::none || !policy::row_of(tenant.cloud).has_reject_direct_send) {
    return Error{fmt::format("RejectDirectSend does not exist in this cloud ({})",
                             policy::name_of(tenant.cloud)),
                 request.source,
                 tenant.cloud == policy::Cloud::none
                     ? "put postern gate in front of the mail server"
                     : "a lock-down connector is what there is (docs/plan.md)"};
  }
  if (tenant.reject_direct_send == RejectDirectSend::unknown) {
    return Error{"the source does not hold RejectDirectSend, so a change of it can't be planned",
                 request.source, "add Get-OrganizationConfig | ConvertTo-Json"};
  }
  if (tenant.accepted_domains.empty()) {
    return Error{"the source holds no accepted domains", request.source,
                 "add Get-AcceptedDomain | ConvertTo-Json"};
  }
  if (!tenant.inbound_connectors_known) {
    return Error{"the source holds no list of inbound connectors", request.source,
                 "add Get-InboundConnector | ConvertTo-Json, even an empty list"};
  }
  return std::nullopt;
}

// Exchange refuses these with a message of its own; better said before anything is proven.
void check_given(const std::vector<InboundConnector>& given, const Tenant& tenant, Faults& faults) {
  Tenant with = tenant;
  std::set<std::string> names;
  for (const InboundConnector& connector : given) {
    if (!names.insert(to_lower(connector.name)).second) {
      faults.push_back({fmt::format("connector '{}' stands twice", printable(connector.name)),
                        connector.where, "remove one"});
      continue;
    }
    const InboundConnector* there = find_connector(tenant, connector.name);
    const InboundConnector* before = there == nullptr
                                         ? nullptr
                                         : &with.inbound_connectors[static_cast<std::size_t>(
                                               there - tenant.inbound_connectors.data())];
    for (Error& fault : tenant::refused_by_exchange(connector, with, before))
      faults.push_back(std::move(fault));
    if (before == nullptr) with.inbound_connectors.push_back(connector);
  }
}

class Maker {
 public:
  explicit Maker(const Request& request)
      : request_(request), current_(request.configuration->tenant) {
    // What the tenant's own mail settles holds for the replay, and stands in no step.
    if (request.report != nullptr) {
      current_.choices = request.report->choices;
      settled_ = request.report->settled;
    }
    planned_ = current_;
  }

  tl::expected<Plan, Faults> run() {
    if (auto fault = unfit(request_)) return tl::unexpected(Faults{std::move(*fault)});
    Faults faults;
    check_given(request_.given, request_.configuration->tenant, faults);
    if (!faults.empty()) return tl::unexpected(std::move(faults));
    const Tenant& tenant = request_.configuration->tenant;
    plan_.made_by = request_.made_by;
    plan_.made_at = request_.now;
    plan_.source = request_.source;
    plan_.tenant = tenant;
    plan_.organisation = organisation_of(*request_.configuration);
    plan_.fingerprint = fingerprint(tenant);

    for (const InboundConnector& connector : request_.given)
      add_given(connector);
    if (request_.report != nullptr) {
      if (auto covered = add_covering(); !covered) return tl::unexpected(covered.error());
    }
    order_steps();
    add_switch();
    auto replays =
        Replays::of(current_, planned_, presumed_names(), added_names_, request_.context, settled_);
    if (!replays) return tl::unexpected(std::move(replays.error()));
    const Grounds grounds{request_.report, request_.context, &*replays,           &planned_,
                          &coverage_,      &added_names_,    !plan_.steps.empty()};
    plan_.proof = prove(grounds);
    StageSenders senders = stage_senders(grounds, plan_.steps);
    plan_.stages = stages_of(plan_.steps, std::move(senders.expects), std::move(senders.unreached));
    auto difference = difference::compare(current_, planned_, settled_);
    if (!difference) return tl::unexpected(std::move(difference.error()));
    plan_.difference = std::move(*difference);
    warn();
    return std::move(plan_);
  }

 private:
  // Changed "now", so that evidence from before tells nothing of what it would have matched.
  void put(InboundConnector connector, Step step) {
    connector.when_changed = request_.now;
    connector.where = "the plan";
    added_names_.push_back(connector.name);
    if (connector.sender_ip_addresses.size() >= many_addresses) {
      step.warnings.push_back(fmt::format(
          "it holds {}: nobody keeps so many right by hand. One relay of yours in front of "
          "them, or a certificate, needs no list",
          counted(connector.sender_ip_addresses.size(), "address block")));
    }
    const std::size_t length = line_length(connector);
    if (length > longest_line) {
      step.warnings.push_back(
          fmt::format("its command is {} characters long, and cmd.exe takes {} in a line: run it "
                      "from a script file, or make two of it",
                      length, longest_line));
    }
    step.after = connector;
    step.apply_to(planned_);
    plan_.steps.push_back(std::move(step));
  }

  // A connector that restricts its sender domains refuses, as soon as it is there, what no other
  // names: the others come first.
  void order_steps() {
    std::stable_partition(plan_.steps.begin(), plan_.steps.end(),
                          [](const Step& step) { return !step.after->restricts(); });
  }

  Step step_for(const InboundConnector& connector) const {
    Step step;
    const InboundConnector* there = find_connector(planned_, connector.name);
    step.kind = there == nullptr ? Step::Kind::create_connector : Step::Kind::change_connector;
    if (there != nullptr) step.before = *there;
    return step;
  }

  void add_given(const InboundConnector& connector) {
    const InboundConnector* there = find_connector(planned_, connector.name);
    if (there != nullptr && differences(*there, connector).empty()) return;
    Step step = step_for(connector);
    step.does = fmt::format("{} the connector '{}' that you gave",
                            there == nullptr ? "Creates" : "Changes", printable(connector.name));
    if (connector.is_lock_down()) {
      step.warnings.emplace_back(
          "it is a lock-down: whatever does not come from its addresses or with its certificate "
          "is refused with 5.7.51, whoever the sender; right only behind a third-party MX");
    }
    put(connector, std::move(step));
  }

  tl::expected<void, Faults> add_covering() {
    Tenant rejecting = planned_;
    rejecting.reject_direct_send = RejectDirectSend::on;
    const auto base = Replay::under(rejecting, {}, settled_);
    if (!base) return tl::unexpected(base.error());
    coverage_ = cover(*request_.report, *request_.context, *base);
    for (Proposal& proposal : coverage_.proposals)
      add_proposal(proposal);
    return {};
  }

  void add_proposal(Proposal& proposal) {
    InboundConnector& connector = proposal.connector;
    settle_name(connector);
    Step step = step_for(connector);
    if (step.before) extend(connector, *step.before);
    const auto refused =
        tenant::refused_by_exchange(connector, planned_, find_connector(planned_, connector.name));
    if (!refused.empty()) {
      for (const std::size_t sender : proposal.senders)
        coverage_.left_out.push_back(
            {sender, refused.front().what + ": " + refused.front().remedy});
      return;
    }
    if (step.before) {
      step.does = fmt::format("Adds to the connector '{}'", connector.name);
    } else {
      step.does =
          fmt::format("Lets in {} by {}",
                      connector.type == ConnectorType::on_premises ? "your own devices and servers"
                                                                   : "what others send for you",
                      connector.tls_sender_certificate_name.empty() ? "address" : "certificate");
    }
    for (const std::size_t sender : proposal.senders)
      step.covers.push_back(printable(request_.report->senders[sender].name));
    step.warnings = proposal.warnings;
    put(connector, std::move(step));
  }

  // A connector that an earlier plan made is extended; one that only has its name is left alone.
  void settle_name(InboundConnector& connector) const {
    const std::string base = connector.name;
    for (int number = 2;; ++number) {
      const InboundConnector* there = find_connector(planned_, connector.name);
      if (there == nullptr) return;
      if (same_but_for_addresses(*there, connector)) {
        InboundConnector extended = connector;
        extend(extended, *there);
        if (line_length(extended) <= longest_line) return;
      }
      const std::string suffix = fmt::format(" {}", number);
      connector.name = base.substr(0, 64 - suffix.size()) + suffix;
    }
  }

  static bool same_but_for_addresses(const InboundConnector& there, InboundConnector wanted) {
    wanted.name = there.name;
    wanted.sender_ip_addresses = there.sender_ip_addresses;
    // A plan of before did not restrict; extend() does.
    wanted.restrict_domains_to_ip_addresses = there.restrict_domains_to_ip_addresses;
    // What holds without TLS today must not need it tomorrow; the other way round is settled below.
    wanted.require_tls = there.require_tls;
    if (!there.tls_sender_certificate_name.empty()) wanted.sender_domains = there.sender_domains;
    return differences(there, wanted).empty();
  }

  static void extend(InboundConnector& connector, const InboundConnector& there) {
    InboundConnector out = there;
    out.require_tls = there.require_tls && connector.require_tls;
    out.restrict_domains_to_ip_addresses = connector.restrict_domains_to_ip_addresses;
    for (const Prefix& prefix : connector.sender_ip_addresses) {
      const bool held = std::any_of(
          there.sender_ip_addresses.begin(), there.sender_ip_addresses.end(),
          [&](const Prefix& p) { return p.contains(prefix.first()) && p.contains(prefix.last()); });
      if (!held) out.sender_ip_addresses.push_back(prefix);
    }
    for (const policy::SenderDomain& domain : connector.sender_domains) {
      const bool held =
          std::any_of(out.sender_domains.begin(), out.sender_domains.end(),
                      [&](const policy::SenderDomain& d) { return d.text() == domain.text(); });
      if (!held) out.sender_domains.push_back(domain);
    }
    connector = std::move(out);
  }

  void add_switch() {
    Step step;
    step.switch_before = planned_.reject_direct_send;
    step.switch_after = RejectDirectSend::on;
    step.does = "Turns RejectDirectSend on";
    if (step.switch_before != RejectDirectSend::on) plan_.steps.push_back(step);
    planned_.reject_direct_send = RejectDirectSend::on;
  }

  std::vector<std::string> presumed_names() const {
    std::vector<std::string> out;
    for (const Proposal& proposal : coverage_.proposals) {
      if (proposal.presumed) out.push_back(proposal.connector.name);
    }
    return out;
  }

  bool locked_down() const {
    return std::any_of(planned_.inbound_connectors.begin(), planned_.inbound_connectors.end(),
                       [](const InboundConnector& c) { return c.enabled && c.is_lock_down(); });
  }

  void warn() {
    auto& warnings = plan_.warnings;
    if (plan_.steps.empty()) {
      warnings.emplace_back("nothing needs to change: RejectDirectSend is on already");
    }
    if (request_.report == nullptr) {
      warnings.emplace_back(
          "no evidence was given: whom the change breaks is not known. Collect 30 to 90 days of "
          "it first (README)");
    } else {
      for (const std::string& remark : request_.report->remarks)
        warnings.push_back(remark);
    }
    if (locked_down()) {
      warnings.emplace_back(
          "a lock-down connector restricts every sender domain: mail that it refuses (5.7.51) "
          "never "
          "gets as far as RejectDirectSend");
    } else {
      warnings.emplace_back(
          "RejectDirectSend refuses your own domains as envelope sender alone; mail with a foreign "
          "envelope sender still reaches the tenant past its MX (that takes a lock-down "
          "connector)");
    }
    const policy::Choices defaults;
    if (!(request_.configuration->tenant.choices == defaults)) {
      warnings.emplace_back(
          "the tenant file makes choices that differ from the defaults (docs/choices.md); the "
          "proof rests on them");
    }
  }

  const Request& request_;
  Tenant current_;
  Tenant planned_;
  policy::Choice settled_ = policy::Choice::none;
  Plan plan_;
  Coverage coverage_;
  std::vector<std::string> added_names_;
};

}  // namespace

tl::expected<Plan, Faults> make_plan(const Request& request) {
  return Maker(request).run();
}

Holds holds_by(impact::Answer answer) noexcept {
  switch (answer) {
    case impact::Answer::nobody_breaks:
      return Holds::yes;
    case impact::Answer::somebody_breaks:
      return Holds::no;
    case impact::Answer::not_determined:
      break;
  }
  return Holds::not_proven;
}

std::string_view name_of(Holds holds) noexcept {
  switch (holds) {
    case Holds::yes:
      return "yes";
    case Holds::no:
      return "no";
    case Holds::not_proven:
      break;
  }
  return "not proven";
}

}  // namespace postern::plan
