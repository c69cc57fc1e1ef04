// What has changed since an earlier audit of the same tenant, for better or worse, and what could
// not be compared. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "audit/audit.hpp"

namespace postern::audit {

/// As much of an earlier audit as is compared.
struct EarlierFinding {
  std::string object;
  std::string status;
  std::string value;
};
struct EarlierControl {
  std::string id;
  std::string status;
  std::vector<EarlierFinding> findings;
};
struct EarlierAudit {
  std::string tenant;
  std::vector<EarlierControl> controls;
  std::vector<std::pair<std::string, std::string>> entrances;  ///< name and state
  Kept kept;  ///< nullopt: not read, or not recorded by an earlier version
};

/// One difference. `before` or `after` is empty where the object is new or gone.
struct Drift {
  std::string control;  ///< "6.5.5", "entrance", "connector", …
  std::string object;
  std::string before;
  std::string after;
};

/// What one of the two, or neither, could tell: no change, and no proof of none.
struct NotCompared {
  std::string control;  ///< as of a Drift; "tenant" where it is about all of it
  std::string object;   ///< may be empty
  std::string why;
};

struct Comparison {
  std::vector<Drift> drift;
  std::vector<NotCompared> not_compared;
};

/// Whether an audit was to judge every control, or one that was asked for: it reads less.
enum class Extent : std::uint8_t { whole, one_control };

/// Compares the controls finding by finding and, of a whole audit, the entrances and every property
/// of every object that is kept. Findings without a difference in status or value are the same,
/// wherever they stand. A baseline none of whose domains is the tenant's is another tenant's:
/// nothing is compared.
Comparison compare(const EarlierAudit&, const AuditReport&, Extent = Extent::whole);

/// The same of an audit in memory.
EarlierAudit earlier(const AuditReport&);

}  // namespace postern::audit
