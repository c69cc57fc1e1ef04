// The custom data that Exchange Online writes of an arrival: "S:key=value" pairs with ';' between
// them, some in single quotes because they hold ';' themselves. Documented nowhere; keys were read
// off message trace details and extended reports. Internal to the room.
#pragma once

#include <string_view>

#include "evidence/message.hpp"

namespace postern::evidence {

/// Views into the text that was read; empty where it does not say.
struct ArrivalData {
  std::string_view client_address;    ///< ProxiedClientIPAddress: who connected to the front door
  std::string_view client_hostname;   ///< ProxiedClientHostname: the name that it greeted with
  std::string_view tls_version;       ///< tlsversion: SP_PROT_TLS1_3_SERVER
  std::string_view connector;         ///< InboundConnectorData, its Name: the one that matched
  std::string_view connector_tenant;  ///< the same, its TenantId
};

ArrivalData arrival_data(std::string_view custom_data);

/// Fills in what the custom data tells beyond the client's address: connector, TLS, HELO name.
/// `own_tenant` is the id of the tenant whose trace this is, where the row tells it: a connector of
/// another tenant's says nothing of ours.
void add_arrival_data(const ArrivalData&, std::string_view own_tenant, Message&);

}  // namespace postern::evidence
