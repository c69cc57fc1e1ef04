#include "tenant/quarantine_rule.hpp"

namespace postern::tenant {

Cmdlet new_quarantine_rule_in_test_mode(std::string_view name,
                                        const std::vector<std::string>& domains) {
  return {"New-TransportRule",
          {{"Name", std::string(name)},
           {"FromScope", std::string("NotInOrganization")},
           {"SenderDomainIs", domains},
           {"SenderAddressLocation", std::string("Envelope")},
           {"Quarantine", true},
           {"Mode", std::string("Audit")}}};
}

Cmdlet remove_transport_rule(std::string_view name) {
  return {"Remove-TransportRule", {{"Identity", std::string(name)}, {"Confirm", false}}};
}

}  // namespace postern::tenant
