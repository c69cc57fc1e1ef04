// The controls that an audit judges by, without a tenant: text, JSON ("postern/controls/1",
// docs/schema/controls-1.json) and CSV.
#pragma once

#include <string>
#include <vector>

#include "audit/catalogue.hpp"
#include "report/style.hpp"

namespace postern::report {

struct ControlsDocument {
  const std::vector<audit::Control>& controls;
};

std::string controls_text(const ControlsDocument&, const Style&);
std::string controls_json(const ControlsDocument&, const Style&);
/// One row a control.
std::string controls_csv(const ControlsDocument&, const Style&);

}  // namespace postern::report
