// Why not: the connector that comes nearest to taking a submission, and what it lacks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/policy.hpp"
#include "policy/submission.hpp"

namespace postern::policy {

/// One thing that would have to be otherwise for a connector to take the submission.
struct Lack {
  enum class What : std::uint8_t { source, address, certificate, sender, recipient, tls, enabled };
  What what = What::source;
  std::string text;  ///< a clause: "the client's address 192.0.2.7 is not in 203.0.113.0/26"
};

struct NearMiss {
  std::uint32_t connector = no_connector;  ///< index, as in a Verdict
  std::vector<Lack> lacks;                 ///< all of them together; at least one
};

/// Of the connectors of the recipient's tenant (of the first tenant where nobody here owns the
/// recipient) the one that lacks least. Nothing where a connector took the submission, where there
/// is none, or where the client signed in. What is not known of the submission is no lack: the
/// verdict says that.
[[nodiscard]] std::optional<NearMiss> nearest_connector(const Policy&, const Submission&);

std::string_view name_of(Lack::What) noexcept;  ///< "source", "address", "certificate", …

}  // namespace postern::policy
