// What a piece of an export is: told by the name of a key or file, and by the properties that only
// one cmdlet's objects have. Internal to the room.
#pragma once

#include <string>
#include <string_view>

#include "tenant/json_value.hpp"

namespace postern::tenant {

enum class Kind {
  organization_config,
  accepted_domain,
  inbound_connector,
  outbound_connector,  ///< known, so that it is never taken for an inbound one; not used
  transport_rule,
  transport_config,
  connection_filter,
  content_filter,
  dkim_signing,
  spf_record,
  dkim_record,
  dmarc_record,
  mx_record,
  dns_answer,
  unknown,
};

/// "Get-InboundConnector", "inbound_connectors", "InboundConnectors": case, plural and what is no
/// letter do not count.
Kind kind_of_key(std::string_view key);

/// By the last part of the path, up to its first dot.
Kind kind_of_file(const std::string& file);

/// By properties that only this cmdlet's objects have, or by Microsoft365DSC's ResourceName.
Kind kind_of_object(const Record& record);

/// Whether a tenant may have none of it, so that an empty file, which is what PowerShell writes for
/// nothing, means none. Every tenant has a domain and an organization's settings.
bool may_be_none(Kind kind) noexcept;

/// The cmdlet that shows it ("Get-TransportRule"); "DNS records" of what none does.
std::string_view cmdlet_of(Kind) noexcept;

}  // namespace postern::tenant
