// The stages of a plan, in the order in which they are done: connectors, wait and look, Microsoft's
// quarantine rule in test mode where no connector can be, the switch, a week of watching. Each has
// what is done, what must hold before the next one, and what takes it back.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "plan/step.hpp"
#include "tenant/cmdlet.hpp"

namespace postern::plan {

/// Mail that a connector of the plan was made for: what to look for in new evidence.
struct ExpectedMail {
  std::string connector;          ///< its name
  std::string sender;             ///< as the evidence named it; empty: whoever has the addresses
  std::vector<Prefix> addresses;  ///< that it was seen to send from, and no others
};

/// A sender whose mail is the tenant's own for certain and that no connector of the plan takes.
struct UnreachedSender {
  std::string sender;
  std::vector<Prefix> addresses;     ///< that it was seen to send from, and no others
  std::vector<std::string> domains;  ///< of its envelope senders, sorted
};

struct Stage {
  enum class Kind { connectors, look, rule, turn_switch, watch };
  Kind kind = Kind::connectors;
  std::string does;                        ///< a sentence
  std::string check;                       ///< what must hold before the next stage, a sentence
  std::vector<std::size_t> steps;          ///< of the plan, counted from 0: what is done
  std::vector<ExpectedMail> expects;       ///< to look for, and to watch
  std::vector<UnreachedSender> unreached;  ///< for whom the rule is
  unsigned days = 0;                       ///< to watch

  /// What is run, in order; none where there is nothing but looking.
  [[nodiscard]] std::vector<tenant::Cmdlet> cmdlets(const std::vector<Step>& steps_of_plan) const;
  /// What takes it back, in order.
  [[nodiscard]] std::vector<tenant::Cmdlet> undo(const std::vector<Step>& steps_of_plan) const;
};

/// The stages of these steps. Those that do not apply are left out: no connectors, none whom no
/// connector can take, the switch on already.
std::vector<Stage> stages_of(const std::vector<Step>& steps, std::vector<ExpectedMail> expects,
                             std::vector<UnreachedSender> unreached);

std::string_view name_of(Stage::Kind) noexcept;   ///< "connectors", "look", "rule", "switch", …
std::string_view title_of(Stage::Kind) noexcept;  ///< "The connectors", "Wait and look", …
/// nullopt for another word.
std::optional<Stage::Kind> parse_stage_kind(std::string_view) noexcept;

/// The name of the rule that a plan makes.
inline constexpr std::string_view rule_name = "Postern - own domains from outside (test)";

}  // namespace postern::plan
