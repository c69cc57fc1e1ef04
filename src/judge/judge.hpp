// The judgement of live mail, without I/O. The rule is policy::decide(); this adds what an
// administrator may choose around it: modes, stage, exceptions, protections, reply texts; and what
// happens to the header. One transaction before the judge is a Hearing (hearing.hpp).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "judge/settings.hpp"
#include "policy/policy.hpp"
#include "policy/tenant.hpp"

namespace postern::judge {

/// Immutable; shared by sessions, replaced whole at a reload.
class Judge {
 public:
  /// Every fault and contradiction: the tenants' own (policy::Policy::compile), a tenant without an
  /// accepted domain, two of one name, an override for a tenant or domain that is not there, two
  /// for the same, exceptions without stage data anywhere.
  static tl::expected<std::shared_ptr<const Judge>, std::vector<Error>> make(
      std::span<const policy::Tenant> tenants, Settings settings);
  /// Of tenants that are compiled already. They may share a name: an override counts for each.
  /// `awaited`: domains of tenants that are known to be there, while no form of them may be taken:
  /// awaits().
  static tl::expected<std::shared_ptr<const Judge>, std::vector<Error>> make(
      const policy::Policy& policy, Settings settings,
      std::span<const policy::AcceptedDomain> awaited = {});

  /// What an administrator should know of settings that are no error: a tenant in mode `tenant`
  /// whose switch is off, one whose connectors are not known.
  [[nodiscard]] const std::vector<std::string>& remarks() const noexcept { return remarks_; }

  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
  /// As the tenants' own switches say.
  [[nodiscard]] const policy::Policy& policy() const noexcept { return policy_; }
  /// What recipients in that mode are judged by: the tenants' own rule, or that with the switch on.
  [[nodiscard]] const policy::Policy& rule_of(Mode mode) const noexcept {
    return mode == Mode::tenant ? policy_ : enforced_;
  }
  /// Mode and stage for a recipient domain in normal form. A domain that no tenant owns: off.
  struct Rules {
    Mode mode = Mode::off;
    Stage stage = Stage::rcpt;
    std::uint32_t tenant = policy::no_tenant;
  };
  [[nodiscard]] Rules rules_for(std::string_view domain) const;
  /// The mode that refuses most among all domains: for a recipient that may be anybody's.
  [[nodiscard]] Mode strictest_mode() const noexcept { return strictest_; }
  /// A domain that no tenant here owns, and that is awaited: somebody's, so that nobody may say for
  /// good that there is no such recipient.
  [[nodiscard]] bool awaits(std::string_view domain) const;
  /// Of the first tenant: what <postmaster> stands for. May be empty.
  [[nodiscard]] const std::string& default_domain() const noexcept { return default_domain_; }
  /// Some recipient may make Hearing::needs_header() or needs_authentication() true: what a milter
  /// must negotiate before it sees any.
  [[nodiscard]] bool may_need_header() const noexcept { return may_need_header_; }
  [[nodiscard]] bool may_need_authentication() const noexcept { return may_need_authentication_; }

 private:
  Judge(const policy::Policy& own, Settings settings)
      : policy_(own),
        enforced_(own.with_switch(policy::Policy::Switch::on_everywhere)),
        settings_(std::move(settings)) {}
  std::vector<Error> settle();
  void remark();
  template <class Visit>
  bool any_rules(Visit visit) const;

  policy::Policy policy_;
  policy::Policy enforced_;  // with the switch on, also where the cloud lacks it
  Settings settings_;
  std::vector<Rules> tenant_rules_;  // by tenant index
  std::map<std::string, ModeOverride, std::less<>> domain_rules_;
  std::map<std::string, bool, std::less<>> awaited_;  // true: with all below it
  std::string default_domain_;
  std::vector<std::string> remarks_;
  Mode strictest_ = Mode::off;
  bool may_need_header_ = false;
  bool may_need_authentication_ = false;
};

}  // namespace postern::judge
