#include <set>
#include <string>
#include <string_view>

#include "fuzz.hpp"
#include "tenant/tenant_list.hpp"

void postern::fuzz::run(std::string_view input) {
  const auto list = tenant::parse_tenant_list(input, "f");
  if (!list) return;
  std::set<std::string> names;
  for (const tenant::ListedTenant& each : *list)
    require(names.insert(each.name).second, "no two tenants have one name");
  require(!list->empty(), "a list without a tenant is an error");
}
