#include "exchange/clouds.hpp"

#include <array>

namespace postern::exchange {

using policy::Cloud;

std::span<const CloudHosts> clouds() noexcept {
  static constexpr std::array<CloudHosts, 5> all{{
      {Cloud::worldwide, "https://login.microsoftonline.com", "https://outlook.office365.com",
       "https://graph.microsoft.com"},
      {Cloud::gcc, "https://login.microsoftonline.com", "https://outlook.office365.com",
       "https://graph.microsoft.com"},
      {Cloud::gcc_high, "https://login.microsoftonline.us", "https://outlook.office365.us",
       "https://graph.microsoft.us"},
      {Cloud::dod, "https://login.microsoftonline.us", "https://outlook-dod.office365.us",
       "https://dod-graph.microsoft.us"},
      {Cloud::china, "https://login.partner.microsoftonline.cn", "https://outlook.office365.cn",
       "https://microsoftgraph.chinacloudapi.cn"},
  }};
  return all;
}

Hosts hosts_of(Cloud cloud) {
  const CloudHosts* found = &clouds().front();
  for (const CloudHosts& each : clouds()) {
    if (each.cloud == cloud) found = &each;
  }
  return {std::string(found->login), std::string(found->exchange), std::string(found->graph)};
}

}  // namespace postern::exchange
