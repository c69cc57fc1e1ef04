// What was done to a tenant, step by step: written before and after each, so that whatever
// interrupts, the record and the tenant together say where it stopped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "plan/plan.hpp"

namespace postern::plan {

struct StepRecord {
  enum class Status {
    pending,  ///< not begun
    started,  ///< about to be made, or made and not read back yet
    done,     ///< made, and read back
    undoing,  ///< about to be taken back
    undone,
  };
  Step step;
  Status status = Status::pending;
  UnixTime since = 0;  ///< of that status
  std::string note;    ///< how it was recognised, or what went wrong; may be empty
  std::vector<std::string> service_warnings{};  ///< of its write, and of the one that undid it
};

struct Record {
  std::string plan_made_by;
  UnixTime plan_made_at = 0;
  std::string plan_seal;     ///< of the plan's file: the record is of that very plan
  std::string source;        ///< "live:contoso"
  std::string organisation;  ///< its Guid; empty where it is not known
  policy::Tenant before;     ///< as the plan read it
  std::string fingerprint;   ///< of that
  std::vector<StepRecord> steps;

  /// A record of nothing done yet.
  static Record of(const Plan&);
  /// Whether it is one of this plan.
  [[nodiscard]] bool is_of(const Plan&) const;
  [[nodiscard]] bool all(StepRecord::Status) const;
  [[nodiscard]] bool was_rolled_back() const;
};

std::string_view name_of(StepRecord::Status) noexcept;  ///< "pending", "started", …

/// "postern/record/2", docs/plan-file.md.
std::string to_json(const Record&);
/// Errors as of read_plan: it is sealed as a whole each time it is written.
Result<Record> read_record(std::string_view json, const std::string& file);

}  // namespace postern::plan
