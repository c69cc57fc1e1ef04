// A control of an administrator's own, and a file of waivers.
#include <string_view>
#include <vector>

#include "audit/catalogue.hpp"
#include "fuzz.hpp"

void postern::fuzz::run(std::string_view input) {
  static const std::vector<audit::Control> catalogue = audit::load_catalogue("").value();
  if (const auto control = audit::parse_control(input, "f")) {
    require(!control->id.empty() && !control->title.empty(), "a control has an id and a title");
  }
  if (const auto waivers = audit::parse_waivers(input, "f", catalogue)) {
    for (const audit::Waiver& waiver : *waivers) {
      require(!waiver.owner.empty() && !waiver.reason.empty() && !waiver.expires.empty(),
              "somebody answers for each waiver, with a reason, until a day");
      require(audit::find_control(waiver.control, catalogue).has_value(), "it waives a control");
    }
  }
}
