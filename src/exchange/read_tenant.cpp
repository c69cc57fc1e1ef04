#include "exchange/read_tenant.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "tenant/load.hpp"

namespace postern::exchange {

const std::vector<std::string_view>& tenant_cmdlets() {
  static const std::vector<std::string_view> all = {
      "Get-OrganizationConfig",        "Get-AcceptedDomain",
      "Get-InboundConnector",          "Get-TransportRule",
      "Get-TransportConfig",           "Get-HostedConnectionFilterPolicy",
      "Get-HostedContentFilterPolicy", "Get-DkimSigningConfig",
  };
  return all;
}

const std::vector<std::string_view>& policy_cmdlets() {
  static const std::vector<std::string_view> needed(tenant_cmdlets().begin(),
                                                    tenant_cmdlets().begin() + 3);
  return needed;
}

std::string_view parameters_for(std::string_view cmdlet) noexcept {
  // Those that have the parameter; without it they answer with the first 1,000 alone.
  for (const std::string_view list :
       {"Get-AcceptedDomain", "Get-InboundConnector", "Get-TransportRule"}) {
    if (cmdlet == list) return R"({"ResultSize":"Unlimited"})";
  }
  return "{}";
}

Result<tenant::Configuration> read_tenant(AdminInterface& admin,
                                          const std::vector<std::string_view>& cmdlets) {
  std::vector<tenant::Document> documents;
  std::vector<std::string> remarks;
  for (const std::string_view cmdlet : cmdlets) {
    auto answer = admin.invoke(cmdlet, parameters_for(cmdlet));
    if (!answer) {
      const auto& needed = policy_cmdlets();
      if (std::find(needed.begin(), needed.end(), cmdlet) != needed.end()) {
        return tl::unexpected(answer.error());
      }
      remarks.push_back(fmt::format("not read: {}", answer.error().line()));
      continue;
    }
    const std::string name = fmt::format("{}/{}", admin.name(), cmdlet);
    for (const std::string& warning : answer->warnings) {
      remarks.push_back(fmt::format("{} warns: {}", name, warning));
    }
    documents.push_back({name, std::move(answer->objects)});
  }
  const auto extent =
      cmdlets.size() < tenant_cmdlets().size() ? tenant::Extent::part : tenant::Extent::whole;
  auto configuration = tenant::parse(documents, extent);
  if (!configuration) return configuration;
  for (std::string& remark : remarks)
    configuration->remarks.push_back(std::move(remark));
  return configuration;
}

}  // namespace postern::exchange
