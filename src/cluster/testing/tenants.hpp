// Tenants as they are pushed, for tests.
#pragma once

#include <string>
#include <vector>

#include "cluster/tenant_value.hpp"

namespace postern::cluster::testing {

inline std::string tenant_text(const std::string& name, const std::vector<std::string>& domains,
                               bool rejects = true) {
  std::string out = "name = \"" + name + "\"\ninbound_connectors_known = true\n";
  out += rejects ? "reject_direct_send = true\n" : "reject_direct_send = false\n";
  for (const std::string& domain : domains)
    out += "\n[[accepted_domain]]\nname = \"" + domain + "\"\n";
  return out;
}

inline TenantValue tenant_value(const std::string& name, const std::vector<std::string>& domains,
                                bool rejects = true) {
  return {.text = tenant_text(name, domains, rejects),
          .name = "tenant.toml",
          .who = "anna@example",
          .when = 1795900000};
}

}  // namespace postern::cluster::testing
