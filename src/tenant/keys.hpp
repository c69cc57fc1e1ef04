// The keys of tenant.toml: one table each for the file and its parts, from which reading, writing
// and docs/tenant-file.md all follow. Internal to the room.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "settings_file/layout.hpp"
#include "tenant/configuration.hpp"

namespace postern::tenant {

using settings_file::Access;
using settings_file::Keys;

/// One domain with its records, which tenant.toml keeps together.
struct DomainEntry {
  policy::AcceptedDomain domain;
  DnsRecords records;
};

/// The values at the head of the file, and what [choices] and [[inbound_connector]] add.
struct FileHead {
  policy::Tenant tenant;
  std::optional<UnixTime> exported_at;
  bool organization_config_known = false;
  std::vector<std::string> assumed;
};

/// tenant.toml as it stands; absent sections are told from empty ones.
struct TenantFile {
  FileHead head;
  std::vector<DomainEntry> accepted_domains;
  std::optional<TransportConfig> transport_config;
  std::optional<std::vector<TransportRule>> transport_rules;
  std::optional<std::vector<ConnectionFilter>> connection_filters;
  std::optional<std::vector<ContentFilter>> content_filters;
};

const Keys<policy::Choices>& choice_keys();
const settings_file::Layout<TenantFile>& tenant_layout();

// Where a value of these was read (settings_file/layout.hpp).
void placed(DomainEntry&, const Place& where);
void placed(TransportRule&, const Place& where);
void placed(ConnectionFilter&, const Place& where);
void placed(ContentFilter&, const Place& where);

}  // namespace postern::tenant
