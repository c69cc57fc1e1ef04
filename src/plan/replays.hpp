// The tenants that a proof decides the evidence under. Internal to the room.
#pragma once

#include <string>
#include <vector>

#include "impact/context.hpp"
#include "plan/replay.hpp"
#include "policy/tenant.hpp"

namespace postern::plan {

struct Replays {
  Replay current;       ///< the tenant as it is
  Replay planned;       ///< with all steps
  Replay connectors;    ///< planned, with the switch as it is today
  Replay switch_alone;  ///< the tenant as it is, with the switch on
  /// Planned, where nobody else presents what is known to be the tenant's own certificate.
  Replay sparing;

  /// `presumed` and `own` are names of connectors of `planned` (own_certificates()). Errors: a
  /// tenant does not compile.
  static tl::expected<Replays, std::vector<Error>> of(const policy::Tenant& current,
                                                      const policy::Tenant& planned,
                                                      const std::vector<std::string>& presumed,
                                                      const std::vector<std::string>& own,
                                                      policy::Choice settled);
};

/// Those of `added`, connectors of `planned`, whose certificate is known to be the tenant's own:
/// its name is below an accepted domain, or the service's customers have one each.
std::vector<std::string> own_certificates(const policy::Tenant& planned,
                                          const std::vector<std::string>& added,
                                          const impact::Context&);

/// Whether a sender is of the service of a certificate that one of `added` names.
bool is_of_a_service_of(const impact::Sender&, const policy::Tenant& planned,
                        const std::vector<std::string>& added, const impact::Context&);

}  // namespace postern::plan
