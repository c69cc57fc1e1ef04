// The tenants that a proof decides the evidence under. Internal to the room.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ip.hpp"
#include "impact/context.hpp"
#include "impact/impact.hpp"
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
  /// Planned, where nobody else presents any certificate that a connector of the plan goes by.
  Replay secluded;

  /// `presumed` and `added` are names of connectors of `planned`. `context`: nullptr without
  /// evidence, where no certificate is known to be the tenant's own. Errors: a tenant does not
  /// compile.
  static tl::expected<Replays, std::vector<Error>> of(const policy::Tenant& current,
                                                      const policy::Tenant& planned,
                                                      const std::vector<std::string>& presumed,
                                                      const std::vector<std::string>& added,
                                                      const impact::Context* context,
                                                      policy::Choice settled);
};

/// Whether a sender is of the service of a certificate that one of `added` names.
bool is_of_a_service_of(const impact::Sender&, const policy::Tenant& planned,
                        const std::vector<std::string>& added, const impact::Context&);

/// The networks from which other customers of a service that the plan takes by its certificate may
/// send: those around the addresses of the senders that come with one (/16, of IPv6 /32).
std::vector<Prefix> networks_of_services(const std::vector<impact::Sender>&);

/// Whether a message from there may come from a customer of the service: its address is not known,
/// is many customers' (data/ranges), or is in one of the networks. A host anywhere else has no key
/// of the service's certificate.
bool may_be_a_customer(const std::optional<IpAddress>&, const std::vector<Prefix>& networks);

}  // namespace postern::plan
