// Where each Microsoft cloud keeps its sign-in, its Exchange Online and its Graph.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "policy/tenant.hpp"

namespace postern::exchange {

/// Base addresses without a trailing slash.
struct Hosts {
  std::string login;
  std::string exchange;
  std::string graph;
};

struct CloudHosts {
  policy::Cloud cloud;
  std::string_view login;
  std::string_view exchange;
  std::string_view graph;
};

/// Worldwide, GCC, GCC High, DoD and China (learn.microsoft.com, "Exchange Online Admin API" and
/// "National cloud deployments"; docs.azure.cn). docs/live.md marks which of them are certain.
std::span<const CloudHosts> clouds() noexcept;

/// The hosts of a cloud; worldwide's for Cloud::none.
Hosts hosts_of(policy::Cloud);

}  // namespace postern::exchange
