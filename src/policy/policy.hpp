// The rule, compiled: one immutable value that answers for one tenant or ten thousand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "policy/submission.hpp"
#include "policy/tenant.hpp"
#include "policy/verdict.hpp"

namespace postern::policy {

struct Tables;
class Trace;

/// Immutable and cheap to copy; copies share their tables. Safe to use from many threads.
class Policy {
 public:
  /// Validates and compiles. Every fault is reported, not only the first: a domain that is not one
  /// or belongs to two tenants, a connector without a name or twice the same name, an address
  /// block outside /24 to /32 or not IPv4 (Exchange refuses both; other clouds than `none`), a
  /// restriction on an OnPremises connector is accepted and ignored as Exchange does.
  static tl::expected<Policy, std::vector<Error>> compile(std::span<const Tenant> tenants);
  static tl::expected<Policy, std::vector<Error>> compile(const Tenant& tenant);

  /// How the switch of tenants is taken.
  enum class Switch : std::uint8_t {
    own,            ///< as each has it
    off,            ///< off for every tenant
    on,             ///< on for every tenant whose cloud has it
    on_everywhere,  ///< also where the cloud lacks it
  };
  /// The same policy with the switch turned for every tenant, where the cloud has it.
  [[nodiscard]] Policy with_reject_direct_send(bool on) const;
  [[nodiscard]] Policy with_switch(Switch) const;

  /// Indexes of tenants are below it. Where tenants came and went (Assembly), not each is one's.
  [[nodiscard]] std::size_t tenant_count() const noexcept;
  /// The indexes of the tenants, in their order.
  [[nodiscard]] std::span<const std::uint32_t> tenants() const noexcept;
  [[nodiscard]] std::string_view tenant_name(std::uint32_t tenant) const;
  /// What it says of a tenant as a whole.
  struct TenantFacts {
    RejectDirectSend reject_direct_send = RejectDirectSend::unknown;
    bool has_switch = true;  ///< its cloud has it
    bool connectors_known = true;
    std::string_view default_domain;  ///< or its first; empty: it has no domain
  };
  [[nodiscard]] TenantFacts facts_of(std::uint32_t tenant) const;
  /// A connector by the index that a Verdict carries.
  [[nodiscard]] const InboundConnector& connector(std::uint32_t index) const;

  /// The tenant that owns a domain in normal form (MatchSubDomains included); no_tenant if none.
  [[nodiscard]] std::uint32_t owner_of(std::string_view domain) const noexcept;

 private:
  friend class Assembly;
  friend Verdict decide(const Policy&, const Submission&) noexcept;
  friend Verdict decide(const Policy&, const Submission&, Trace&);
  friend const Tables& tables_of(const Policy&) noexcept;
  std::shared_ptr<const Tables> tables_;
  Switch switch_ = Switch::own;
};

/// The rule (Exchange Team, "Office 365 Message Attribution" and "Introducing more control over
/// Direct Send"). Pure: no allocation, no I/O, no clock, no locale.
[[nodiscard]] Verdict decide(const Policy&, const Submission&) noexcept;

/// One clause as it was asked and answered, in the order of the rule.
struct Step {
  enum class Answer : std::uint8_t { no, yes, unknown };
  std::string_view clause;    ///< stable id: "authenticated", "originating.certificate", …
  std::string_view question;  ///< a sentence
  Answer answer = Answer::no;
  Reason leads_to = Reason::missing_facts;  ///< the outcome were the answer yes
  Fact missing = Fact::none;
  std::uint32_t connector = no_connector;
};

/// Collects the steps of one decision.
class Trace {
 public:
  void add(const Step& step) { steps_.push_back(step); }
  [[nodiscard]] const std::vector<Step>& steps() const noexcept { return steps_; }

 private:
  std::vector<Step> steps_;
};

/// The same rule with its steps written down, for `postern explain`.
[[nodiscard]] Verdict decide(const Policy&, const Submission&, Trace&);

}  // namespace postern::policy
