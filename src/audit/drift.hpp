// What has changed since an earlier audit of the same tenant, for better or worse. Pure.
#pragma once

#include <optional>
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
  std::optional<std::vector<KeptConnector>> connectors;        ///< nullopt: not recorded
};

/// One difference. `before` or `after` is empty where the object is new or gone.
struct Drift {
  std::string control;  ///< "6.5.5", "entrance" or "connector"
  std::string object;
  std::string before;
  std::string after;
};

/// Compares the controls that both hold (one that was not asked for is no drift), finding by
/// finding, and, where no control is missing now, the entrances and every property of every
/// connector. Findings without a difference in
/// status or value are the same, wherever they stand.
std::vector<Drift> compare(const EarlierAudit&, const AuditReport&);

/// What `compare` can't tell: one sentence, empty where it tells all.
std::string not_compared(const EarlierAudit&, const AuditReport&);

/// The same of an audit in memory.
EarlierAudit earlier(const AuditReport&);

}  // namespace postern::audit
