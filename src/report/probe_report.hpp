// A probe as text and JSON ("postern/probe/1", docs/schema/probe-1.json).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "probe/conclude.hpp"
#include "report/style.hpp"

namespace postern::report {

struct ProbeHeading {
  std::string tenant, mailbox;
  std::string host, role, address;  ///< what was probed; the address may be empty
  std::uint16_t port = 25;
  bool sent = false;
  UnixTime at = 0;
};

struct ProbeDocument {
  const probe::Conclusion& conclusion;
  const std::vector<probe::Observation>& observations;
  const ProbeHeading& heading;
};

std::string probe_text(const ProbeDocument&, const Style&);
std::string probe_json(const ProbeDocument&, const Style&);

}  // namespace postern::report
