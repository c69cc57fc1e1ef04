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

std::string probe_text(const probe::Conclusion&, const std::vector<probe::Observation>&,
                       const ProbeHeading&, const Style&);
std::string probe_json(const probe::Conclusion&, const std::vector<probe::Observation>&,
                       const ProbeHeading&);

}  // namespace postern::report
