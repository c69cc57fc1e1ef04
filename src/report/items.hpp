// What the machine formats are made of: one item a thing judged, from the findings of an audit, the
// senders of an impact, the claims of a plan's proof. Each format writes items; none looks at
// documents. Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/place.hpp"
#include "report/audit_report.hpp"
#include "report/audits_report.hpp"
#include "report/impact_report.hpp"
#include "report/plan_report.hpp"
#include "report/style.hpp"

namespace postern::report {

/// What is judged: a control, or one of ours about senders and plans.
struct Rule {
  std::string id;
  std::string title;
  std::string rationale;  ///< never empty
  std::string remedy;     ///< never empty
  std::string command;    ///< may be empty
  std::vector<std::string> tags;
  std::vector<std::pair<std::string, std::string>> equivalents;  ///< framework, id
  bool grave = false;                                            ///< what the whole report is about
};

struct Item {
  enum class Result : std::uint8_t { pass, fail, open, not_applicable };
  std::size_t rule = 0;  ///< into ItemList::rules
  Result result = Result::open;
  std::string object;
  std::string message;  ///< what was found, and what to do about this one
  Place found;          ///< as it was read
  std::string place;    ///< relative, stable path of what it was found in; never empty
  std::string where;    ///< the same with the place within, as people read it; may be empty
  std::string waived;   ///< by whom, until when, why; empty: not
  std::string remedy;   ///< of this one; empty: the rule's
  std::string command;
  const impact::Sender* sender = nullptr;  ///< where it is about one
  std::size_t nth = 0;                     ///< of those of one rule and object
};

struct ItemList {
  std::string_view suite;  ///< "audit", "impact", "plan"
  std::string tenant;
  std::string summary;  ///< one sentence
  bool is_read = true;  ///< false: what was to be judged could not be read; `summary` says why
  std::vector<Rule> rules;
  std::vector<Item> items;  ///< those that need action first
  std::vector<std::string> remarks;
};

/// Findings as they are; that one is waived is told beside, never instead.
ItemList items_of(const AuditDocument&, const Style&);
/// A tenant that could not be read is one open item.
ItemList items_of(const TenantPart&, const Style&);
ItemList items_of(const ImpactDocument&, const Style&);
ItemList items_of(const plan::Plan&, const Style&);

/// The same on every run, whatever the value or the path: from tenant, rule and object (RFC
/// 9562, 5.5).
std::string uuid_of(std::string_view kind, const ItemList&, const Item&);
/// Version 5 of any text.
std::string uuid_of(std::string_view text);

/// A path that is the same wherever the command was run from: below `folder` (where it runs), or
/// the name alone. What is no path stays as it is.
std::string stable_path(std::string_view path, std::string_view folder);

/// "pass", "fail", "open", "not applicable".
std::string_view name_of(Item::Result) noexcept;

}  // namespace postern::report
