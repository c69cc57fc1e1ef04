// A tenant in memory behind the admin interface, and what tests of plans share. For tests alone.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exchange/admin.hpp"
#include "plan/difference.hpp"
#include "plan/plan.hpp"
#include "plan/tenant_json.hpp"

namespace postern::plan::testing {

inline policy::InboundConnector connector(std::string name, policy::ConnectorType type,
                                          const std::vector<const char*>& domains,
                                          const std::vector<const char*>& addresses) {
  policy::InboundConnector out;
  out.name = std::move(name);
  out.type = type;
  for (const char* domain : domains)
    out.sender_domains.push_back(*policy::parse_sender_domain(domain));
  for (const char* address : addresses)
    out.sender_ip_addresses.push_back(*Prefix::parse(address));
  return out;
}

inline policy::Tenant contoso() {
  policy::Tenant tenant;
  tenant.name = "contoso.com";
  tenant.reject_direct_send = policy::RejectDirectSend::never_set;
  for (const char* name : {"contoso.com", "fabrikam.com"}) {
    policy::AcceptedDomain domain;
    domain.name = name;
    domain.is_default = tenant.accepted_domains.empty();
    tenant.accepted_domains.push_back(domain);
  }
  tenant.inbound_connectors = {
      connector("News", policy::ConnectorType::partner, {"fabrikam.com"}, {"198.51.100.64/26"})};
  return tenant;
}

/// What kill -9 looks like from inside.
struct Killed {};

class FakeTenant final : public exchange::AdminInterface {
 public:
  explicit FakeTenant(const policy::Tenant& tenant) : state(tenant_json(tenant)) {}

  Result<exchange::Answer> invoke(std::string_view cmdlet, std::string_view parameters) override {
    ++calls;
    calls_by_name.emplace_back(cmdlet);
    if (before) {
      if (auto error = before(calls, cmdlet)) return tl::unexpected(*error);
    }
    auto out = run(cmdlet, Json::parse(parameters));
    if (after && out) {
      if (auto error = after(calls, cmdlet)) return tl::unexpected(*error);
    }
    return out;
  }
  [[nodiscard]] std::string name() const override { return "live:contoso"; }

  /// The tenant as it really is.
  [[nodiscard]] policy::Tenant tenant() const { return *read_tenant(state, "fake"); }

  Json state;
  int calls = 0;
  std::vector<std::string> calls_by_name;
  /// Reads that still see the state from before a change.
  int travel = 0;
  std::function<std::optional<Error>(int, std::string_view)> before, after;

 private:
  Result<exchange::Answer> run(std::string_view cmdlet, const Json& parameters) {
    exchange::Answer out;
    const auto read = [&](const char* section) {
      const Json& from = travelling_ > 0 ? seen_ : state;
      if (travelling_ > 0) --travelling_;
      out.objects =
          from[section].is_array() ? from[section].dump() : Json::array({from[section]}).dump();
      return out;
    };
    if (cmdlet == "Get-OrganizationConfig") return read("OrganizationConfig");
    if (cmdlet == "Get-AcceptedDomain") return read("AcceptedDomain");
    if (cmdlet == "Get-InboundConnector") return read("InboundConnector");
    if (travelling_ == 0) seen_ = state;
    travelling_ = travel;
    Json& list = state["InboundConnector"];
    const auto find = [&] {
      for (std::size_t i = 0; i < list.size(); ++i) {
        if (list[i]["Name"] == parameters.value("Identity", parameters.value("Name", Json()))) {
          return i;
        }
      }
      return list.size();
    };
    const std::size_t at = find();
    if (cmdlet == "Set-OrganizationConfig") {
      state["OrganizationConfig"].update(parameters);
    } else if (cmdlet == "New-InboundConnector") {
      if (at != list.size()) return fail("the inbound connector already exists", "live:contoso");
      Json made = connector_json({});
      made["RequireTls"] = parameters.value("ConnectorType", "") == "Partner";
      made.update(parameters);
      list.push_back(made);
    } else if (cmdlet == "Set-InboundConnector") {
      if (at == list.size()) return fail("object couldn't be found", "live:contoso");
      list[at].update(parameters);
      list[at].erase("Identity");
    } else if (cmdlet == "Remove-InboundConnector") {
      if (at == list.size()) return fail("not found (404): it couldn't be found", "live:contoso");
      list.erase(at);
    } else {
      return fail("no such cmdlet", std::string(cmdlet));
    }
    return out;
  }
  Json seen_;
  int travelling_ = 0;
};

}  // namespace postern::plan::testing
