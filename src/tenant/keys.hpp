// The keys of tenant.toml: one table each for the file and its parts, from which reading, writing
// and docs/tenant-file.md all follow. Internal to the room.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tenant/configuration.hpp"

namespace postern::tenant {

/// A value as the TOML file has it, before it is checked.
struct TomlValue {
  enum class Kind { boolean, integer, text, list, time, other };
  Kind kind = Kind::other;
  bool boolean = false;
  std::int64_t integer = 0;
  std::string text;
  std::vector<std::string> list;
  std::string where;  ///< file:line:column
};

/// One key of a table T. `read` answers with what is wrong, or nothing; `write` gives the TOML
/// text of the value, or nothing where it is the default.
template <class T>
struct Key {
  std::string_view name;
  std::string_view type;           ///< for people: "true or false", "list of domains"
  std::string_view default_value;  ///< for people
  std::string_view meaning;
  std::string (*read)(const TomlValue&, T&);
  std::optional<std::string> (*write)(const T&);
};

/// One domain with its records, which tenant.toml keeps together.
struct DomainEntry {
  policy::AcceptedDomain domain;
  DnsRecords records;
  bool has_records = false;
};

/// The values at the head of the file.
struct FileHead {
  policy::Tenant tenant;
  std::optional<UnixTime> exported_at;
  bool organization_config_known = false;
};

const std::vector<Key<FileHead>>& head_keys();
const std::vector<Key<policy::Choices>>& choice_keys();
const std::vector<Key<DomainEntry>>& domain_keys();
const std::vector<Key<policy::InboundConnector>>& connector_keys();
const std::vector<Key<TransportConfig>>& transport_config_keys();
const std::vector<Key<TransportRule>>& transport_rule_keys();
const std::vector<Key<ConnectionFilter>>& connection_filter_keys();
const std::vector<Key<ContentFilter>>& content_filter_keys();

}  // namespace postern::tenant
