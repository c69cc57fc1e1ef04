// A probe from what was asked for to what it found, for probe and apply alike.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "policy/policy.hpp"
#include "probe/conclude.hpp"
#include "report/probe_report.hpp"

namespace postern::cli {

struct ProbeOptions {
  probe::Subject subject{{}, "example.com"};
  std::string host, helo, resolver;
  bool send = false;
  unsigned timeout = 60;  ///< seconds for each session, and for DNS
};

struct Probed {
  probe::Conclusion conclusion;
  std::vector<probe::Observation> observations;
  report::ProbeHeading heading;
};

/// Errors: a mailbox or host that is not the tenant's, nothing found in DNS. What a host says or
/// does not say is no error.
Result<Probed> run_probe(const ProbeOptions&, const policy::Tenant&, const policy::Policy&,
                         UnixTime now);

}  // namespace postern::cli
