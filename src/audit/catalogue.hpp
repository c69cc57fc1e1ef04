// Controls as data: what is looked at, why, and what to do. The shipped ones are compiled in; a
// folder of files of the same form adds to them or replaces them (docs/controls.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/place.hpp"
#include "base/result.hpp"

namespace postern::audit {

struct Lifecycle {
  std::string benchmark;
  std::string date;
  std::string state;
};

/// The id that another framework gives the same control.
struct Equivalent {
  std::string framework;
  std::string id;
  std::string note;
};

/// What a finding, or a control, comes to. `waived` is of controls alone: all that fails is covered
/// by waivers, which excuse it and do not mend it.
enum class Status : std::uint8_t { pass, fail, not_applicable, not_determined, waived };
std::string_view name_of(Status) noexcept;  ///< "pass", "fail", "not applicable", "fail, waived", …

/// Either a built-in evaluator by name, or a property and the value it must have.
struct Check {
  std::string evaluator;
  std::string property;
  std::string expect;
  Status null_is = Status::fail;
};

struct Control {
  std::string id;
  std::string title;
  std::string profile;
  std::string rationale;
  std::string impact;
  std::string remedy;
  std::string command;
  Check check;
  std::vector<Lifecycle> lifecycle;
  std::vector<Equivalent> equivalents;
  Place where;  ///< file it was read from
};

/// An exception that somebody answers for, until a day.
struct Waiver {
  std::string control;
  std::string object;  ///< empty: all of the control
  std::string owner;
  std::string reason;
  std::string expires;  ///< "2026-12-31"; the last day on which it counts
  Place where;          ///< file:line:column
};

/// The shipped controls, then those of `folder` (empty: none); a control with a known id replaces
/// it. In the order: 6.5.5, then by id.
Result<std::vector<Control>> load_catalogue(const std::string& folder);

/// One control file. Errors name file:line:column.
Result<Control> parse_control(std::string_view text, const std::string& file);

/// A file of [[waiver]] tables. Errors: a missing owner, reason or expiry, a control that is not in
/// the catalogue.
Result<std::vector<Waiver>> load_waivers(const std::string& path,
                                         const std::vector<Control>& catalogue);
Result<std::vector<Waiver>> parse_waivers(std::string_view text, const std::string& file,
                                          const std::vector<Control>& catalogue);

/// The tables of the keys of a control, and of a waiver, in Markdown (docs/controls.md).
std::string describe_control_keys();
std::string describe_waiver_keys();

/// The id as the catalogue writes it; the error suggests near ones.
Result<std::string> find_control(std::string_view id, const std::vector<Control>& catalogue);

}  // namespace postern::audit
