// JSON documents: which sections they hold, told by the keys and by the properties of the objects.
#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "base/numbers.hpp"
#include "tenant/connector_properties.hpp"
#include "tenant/dns_records.hpp"
#include "tenant/export_kinds.hpp"
#include "tenant/exported.hpp"
#include "tenant/json_answer.hpp"
#include "tenant/json_fault.hpp"
#include "tenant/json_rule.hpp"
#include "tenant/json_value.hpp"
#include "tenant/sections.hpp"

namespace postern::tenant {
namespace {

// What the objects of a section must say alike that a tenant has one of: of two tenants in one
// file the last would count for both.
class OnlyValue {
 public:
  void must_agree(Record& record, const char* key) {
    const auto found = record.find(key);
    if (!found) return;
    const std::string value = found->is_null() ? "null" : record.text(key);
    if (!first_) {
      first_ = {value, record.origin_of(key)};
    } else if (first_->first != value) {
      record.note(key,
                  fmt::format("{} is '{}', and '{}' at {}", key, printable(value),
                              printable(first_->first), first_->second.text()),
                  "a tenant has one of it: keep the one that is meant");
    }
  }

 private:
  std::optional<std::pair<std::string, Origin>> first_;
};

class ExportReader {
 public:
  ExportReader(std::string file, Configuration& into) : file_(std::move(file)), into_(into) {}

  Result<void> document(Element root) {
    if (root.is_object()) {
      const Object object = root.get_object().value();
      const Record record(object, file_, "");
      // Answers of the admin interface and PowerShell 5.1's lists; answers of other programs, where
      // evidence may stand under the same name.
      Element items;
      if (object.at_key("value").get(items) == simdjson::SUCCESS && items.is_array()) {
        return finished(answer(object, items, "/value"));
      }
      if (object.at_key("Results").get(items) == simdjson::SUCCESS && holds_settings(items)) {
        return finished(answer(object, items, "/Results"));
      }
      if (kind_of_object(record) == Kind::unknown) return finished(by_key(root, ""));
    }
    return finished(list(kind_of_file(file_), root, "", true));
  }

  /// An empty file whose name tells what there is none of.
  Result<void> none() {
    into_.remarks.push_back(
        file_ +
        ": is empty, which PowerShell writes where there is nothing to export; taken as none");
    return begin(kind_of_file(file_), "");
  }

 private:
  Result<void> answer(Object object, Element items, const std::string& pointer) {
    if (auto whole = must_be_whole(object, items.get_array().value(), file_, into_.remarks);
        !whole) {
      return whole;
    }
    return list(kind_of_file(file_), items, pointer, true);
  }

  // One file with all: keys name the sections.
  Result<void> by_key(Element root, const std::string& pointer) {
    const Object object = root.get_object().value();
    // ScubaGear's ScubaResults.json carries its ProviderSettingsExport.json along.
    Element raw;
    if (pointer.empty() && object.at_key("Raw").get(raw) == simdjson::SUCCESS && raw.is_object()) {
      return by_key(raw, "/Raw");
    }
    scuba_header(object);
    bool any = false;
    for (const auto [key, value] : object) {
      const Kind kind = kind_of_key(key);
      if (kind == Kind::unknown) continue;
      any = true;
      if (failed_command(object, kind)) {
        into_.remarks.push_back(fmt::format(
            "{}#{}/{}: the export says that this cmdlet failed, so its section is not known", file_,
            pointer, key));
        continue;
      }
      if (auto taken = list(kind, value, fmt::format("{}/{}", pointer, key), false); !taken) {
        return taken;
      }
    }
    if (any) return {};
    // A selection of properties, none of which tells what it is; the file's name does.
    if (kind_of_file(file_) != Kind::unknown) {
      return list(kind_of_file(file_), root, "", true);
    }
    return fail("holds no section that Postern knows", file_,
                "pass the JSON of Get-OrganizationConfig, Get-AcceptedDomain, "
                "Get-InboundConnector or ScubaGear's ProviderSettingsExport.json");
  }

  void scuba_header(Object object) {
    std::string_view version;
    if (object.at_key("module_version").get(version) != simdjson::SUCCESS) return;
    into_.sources.push_back(fmt::format("ScubaGear ProviderSettingsExport {}", version));
    scuba_ = true;
    std::string_view zulu;
    if (object.at_key("timestamp_zulu").get(zulu) == simdjson::SUCCESS) {
      into_.exported_at = parse_time(zulu);
    }
    std::string_view environment;
    if (object.at_pointer("/scuba_config/M365Environment").get(environment) != simdjson::SUCCESS) {
      return;
    }
    if (iequals(environment, "gcc")) into_.tenant.cloud = policy::Cloud::gcc;
    if (iequals(environment, "gcchigh")) into_.tenant.cloud = policy::Cloud::gcc_high;
    if (iequals(environment, "dod")) into_.tenant.cloud = policy::Cloud::dod;
  }

  // ScubaGear writes an empty section for a cmdlet that failed, and lists the cmdlet.
  static bool failed_command(Object object, Kind kind) {
    simdjson::dom::array failed;
    if (object.at_key("exo_unsuccessful_commands").get(failed) != simdjson::SUCCESS) return false;
    for (const Element command : failed) {
      std::string_view name;
      if (command.get(name) == simdjson::SUCCESS && kind_of_key(name) == kind) return true;
    }
    return false;
  }

  Result<void> list(Kind expected, Element value, const std::string& pointer, bool whole_file) {
    std::size_t index = 0;
    const auto take_item = [&](Element item, const std::string& place) -> Result<void> {
      if (item.is_null()) return {};
      Object object;
      if (item.get(object) != simdjson::SUCCESS) {
        if (expected == Kind::unknown) return unknown(place);
        return fail("is not an object", Origin{file_, place}.text(),
                    "export again with ConvertTo-Json");
      }
      Record record(object, file_, place);
      const Kind found = kind_of_object(record);
      if (found == Kind::outbound_connector) {
        ++outbound_;
        return {};
      }
      // What the objects are counts more than what the file is called.
      const Kind kind = whole_file && found != Kind::unknown ? found
                        : expected == Kind::unknown          ? found
                                                             : expected;
      if (kind == Kind::unknown) return unknown(place);
      if (auto begun = begin(kind, pointer); !begun) return begun;
      return section(kind, record);
    };
    if (expected != Kind::unknown && holds_nothing(value)) {
      if (auto begun = begin(expected, pointer); !begun) return begun;
    }
    if (!value.is_array()) return take_item(value, pointer);
    const simdjson::dom::array items = value.get_array().value();
    for (const Element item : items) {
      if (auto taken = take_item(item, fmt::format("{}/{}", pointer, index++)); !taken) {
        return taken;
      }
    }
    if (index == 0 && expected == Kind::unknown) return unknown(pointer);
    return {};
  }

  // null, [] and what PowerShell makes of a list of nothing: [null].
  static bool holds_nothing(Element value) {
    if (value.is_null()) return true;
    simdjson::dom::array items;
    if (value.get(items) != simdjson::SUCCESS) return false;
    return std::all_of(items.begin(), items.end(), [](Element item) { return item.is_null(); });
  }

  bool holds_settings(Element list) const {
    simdjson::dom::array items;
    if (list.get(items) != simdjson::SUCCESS) return false;
    return kind_of_file(file_) != Kind::unknown ||
           std::any_of(items.begin(), items.end(), [&](Element item) {
             Object object;
             return item.get(object) == simdjson::SUCCESS &&
                    kind_of_object(Record(object, file_, "")) != Kind::unknown;
           });
  }

  Result<void> finished(Result<void> read) {
    if (read && outbound_ > 0) {
      into_.remarks.push_back(fmt::format(
          "{}: {} nothing of mail that comes in; not used", file_,
          outbound_ == 1 ? "1 outbound connector, which says"
                         : fmt::format("{} outbound connectors, which say", outbound_)));
    }
    if (read) {
      for (const auto& [property, without] : connectors_without_)
        assume(without.connectors, "inbound connector", property->name, without.taken_as);
      assume(domains_without_subdomains_, "internal relay domain", "MatchSubDomains", "False");
    }
    return read;
  }

  void assume(std::size_t objects, std::string_view object, std::string_view property,
              std::string_view value) {
    if (objects == 0) return;
    into_.assumed.push_back(
        fmt::format("{} has {} without {}, which Exchange always writes: taken as {}; export all "
                    "properties",
                    file_, counted(objects, object), property, value));
    into_.remarks.push_back(into_.assumed.back());
  }

  Result<void> unknown(const std::string& pointer) {
    into_.remarks.push_back(
        fmt::format("{}: no settings that Postern knows; not used", Origin{file_, pointer}.text()));
    return {};
  }

  void name_source(Kind kind) {
    if (scuba_) return;
    const std::string_view source = cmdlet_of(kind);
    auto& sources = into_.sources;
    if (std::find(sources.begin(), sources.end(), source) == sources.end()) {
      sources.emplace_back(source);
    }
  }

  // The first object of a section in this file; a second file with it is a contradiction.
  Result<void> begin(Kind kind, const std::string& pointer) {
    name_source(kind);
    if (kind == Kind::dns_answer || kind == Kind::spf_record || kind == Kind::dkim_record ||
        kind == Kind::dmarc_record || kind == Kind::mx_record || kind == Kind::dkim_signing) {
      into_.dns.known = true;
      return {};
    }
    const Origin here{file_, pointer};
    const auto open = [&](bool& known, Origin& there) -> Result<void> {
      if (known && there.file != file_) {
        return fail("holds a section that stands elsewhere already", here.text(),
                    fmt::format("keep this or {}", there.text()));
      }
      if (!known) there = here;
      known = true;
      return {};
    };
    switch (kind) {
      case Kind::organization_config:
        return open(into_.organization_config_known, into_.organization_config_origin);
      case Kind::accepted_domain:
        return open(into_.accepted_domains_known, into_.accepted_domains_origin);
      case Kind::inbound_connector:
        return open(into_.inbound_connectors_read, into_.inbound_connectors_origin);
      case Kind::transport_rule:
        return open(into_.transport_rules.known, into_.transport_rules.origin);
      case Kind::transport_config:
        return open(into_.transport_config.known, into_.transport_config.origin);
      case Kind::connection_filter:
        return open(into_.connection_filters.known, into_.connection_filters.origin);
      case Kind::content_filter:
        return open(into_.content_filters.known, into_.content_filters.origin);
      default:
        return {};
    }
  }

  Result<void> section(Kind kind, Record& record) {
    switch (kind) {
      case Kind::organization_config:
        organization_config(record);
        break;
      case Kind::accepted_domain:
        accepted_domain(record);
        break;
      case Kind::inbound_connector:
        inbound_connector(record);
        break;
      case Kind::transport_rule:
        into_.transport_rules.value.push_back(read_rule(record));
        keep_all(kind, into_.transport_rules.value.back().name, record);
        break;
      case Kind::transport_config:
        transport_settings_.must_agree(record, "SmtpClientAuthenticationDisabled");
        if (record.has("SmtpClientAuthenticationDisabled")) {
          const auto off = record.boolean("SmtpClientAuthenticationDisabled");
          into_.transport_config.value.smtp_client_authentication_disabled =
              !off   ? Setting::never_set
              : *off ? Setting::on
                     : Setting::off;
        }
        properties("TransportConfig", record);
        break;
      case Kind::connection_filter:
        connection_filter(record);
        break;
      case Kind::content_filter:
        content_filter(record);
        break;
      default:
        dns(kind, record);
        break;
    }
    if (record.fault()) return tl::unexpected(*record.fault());
    return {};
  }

  void properties(std::string_view prefix, Record& record) {
    for (const auto [key, value] : record.object()) {
      if (key.find("@odata") != std::string_view::npos ||
          key.find("@data") != std::string_view::npos) {
        continue;
      }
      Property property;
      property.origin = record.origin_of(key);
      if (value.is_null()) {
        property.is_null = true;
      } else if (value.is_array() || value.is_object()) {
        continue;
      } else {
        property.text = record.text(key);
        if (is_type_name(property.text)) continue;
      }
      into_.properties[fmt::format("{}.{}", prefix, key)] = std::move(property);
    }
  }

  void organization_config(Record& record) {
    organization_.must_agree(record, "Name");
    switch_.must_agree(record, "RejectDirectSend");
    into_.organization_config_origin = record.origin_of("RejectDirectSend");
    properties("OrganizationConfig", record);
    if (organization_name_.empty()) organization_name_ = record.text("Name");
    if (into_.tenant.name.empty()) into_.tenant.name = organization_name_;
    if (!record.has("RejectDirectSend")) return;
    const auto value = record.boolean("RejectDirectSend");
    into_.tenant.reject_direct_send = !value   ? policy::RejectDirectSend::never_set
                                      : *value ? policy::RejectDirectSend::on
                                               : policy::RejectDirectSend::off;
  }

  void accepted_domain(Record& record) {
    policy::AcceptedDomain domain;
    // Microsoft365DSC calls the domain Identity.
    const char* key =
        record.has("DomainName") || !record.has("ResourceName") ? "DomainName" : "Identity";
    const std::string name = record.text(key);
    auto normal = normalise_domain(name);
    if (!normal) {
      record.note(key, normal.error().what, normal.error().remedy);
      return;
    }
    domain.name = std::move(*normal);
    const std::string type = record.text("DomainType");
    if (iequals(type, "InternalRelay")) domain.type = policy::DomainType::internal_relay;
    if (iequals(type, "ExternalRelay")) domain.type = policy::DomainType::external_relay;
    // Exchange has it only with InternalRelay.
    if (domain.type == policy::DomainType::internal_relay && !record.says("MatchSubDomains")) {
      ++domains_without_subdomains_;
    }
    domain.match_subdomains = record.boolean_or("MatchSubDomains", false);
    domain.is_default = record.boolean_or("Default", false);
    domain.where = record.origin();
    keep_all(Kind::accepted_domain, domain.name, record);
    into_.tenant.accepted_domains.push_back(std::move(domain));
  }

  // The value as the export has it; nullopt where it says nothing.
  static std::optional<PropertyValue> property_value(Record& record,
                                                     const ConnectorProperty& property) {
    using ValueKind = ConnectorProperty::Kind;
    if (property.kind == ValueKind::flag) {
      const auto flag = record.boolean(property.name);
      return flag ? std::optional<PropertyValue>(*flag) : std::nullopt;
    }
    if (property.kind == ValueKind::time) {
      const auto time = record.time(property.name);
      return time ? std::optional<PropertyValue>(format_time(*time)) : std::nullopt;
    }
    if (!property.required && !record.has(property.name)) return std::nullopt;
    if (property.kind == ValueKind::list) return record.list(property.name);
    return record.text(property.name);
  }

  // Whether mail is accepted may hang on it. What is required is an error where it is not there.
  static bool decides(const ConnectorProperty& property) noexcept {
    using Effect = ConnectorProperty::Effect;
    return !property.required &&
           (property.effect == Effect::matching || property.effect == Effect::refusal);
  }

  // A list or a name that is null is none; a switch that is null is not known.
  static bool is_said(const Record& record, const ConnectorProperty& property) {
    const bool is_switch = property.kind == ConnectorProperty::Kind::flag;
    return is_switch ? record.says(property.name) : record.has(property.name);
  }

  void inbound_connector(Record& record) {
    policy::InboundConnector c;
    c.where = record.origin();
    for (const ConnectorProperty& property : connector_properties()) {
      const auto value = property_value(record, property);
      if (!value) continue;
      if (const auto set = property.set(*value, c); !set) {
        const Error& wrong = set.error();
        record.note(
            property.name, wrong.what,
            property.export_remedy.empty() ? wrong.remedy : std::string(property.export_remedy));
      }
    }
    if (c.name.empty()) c.name = record.text("Identity");
    if (!c.when_changed) c.when_changed = record.time("WhenChanged");
    if (c.type == policy::ConnectorType::partner && !record.boolean("RequireTls")) {
      c.require_tls = true;  // the documented default of Partner connectors
    }
    for (const ConnectorProperty& property : connector_properties()) {
      if (!decides(property) || !applies(property, c.type) || is_said(record, property)) continue;
      auto& [connectors, taken_as] = connectors_without_[&property];
      ++connectors;
      taken_as = shown(canonical(property, c));
    }
    keep_all(Kind::inbound_connector, c.name, record);
    into_.tenant.inbound_connectors.push_back(std::move(c));
  }

  // nullopt where the export lacks it; null is an empty list.
  static std::optional<std::vector<std::string>> list_if_there(Record& record, const char* key) {
    return record.has(key) ? std::optional(record.list(key)) : std::nullopt;
  }

  void connection_filter(Record& record) {
    into_.connection_filters.value.push_back({record.text("Name"),
                                              list_if_there(record, "IPAllowList"),
                                              record.boolean("EnableSafeList"), record.origin()});
    keep_all(Kind::connection_filter, into_.connection_filters.value.back().name, record);
  }

  void content_filter(Record& record) {
    into_.content_filters.value.push_back(
        {record.text("Name"), list_if_there(record, "AllowedSenderDomains"),
         list_if_there(record, "AllowedSenders"), record.origin()});
    keep_all(Kind::content_filter, into_.content_filters.value.back().name, record);
  }

  void keep_all(Kind kind, const std::string& name, const Record& record) {
    into_.exported[std::string(cmdlet_of(kind))].push_back(read_exported(name, record));
  }

  // --- DNS ---

  DnsRecords* records_of(Record& record, std::string_view key, std::string_view name) {
    auto domain = normalise_domain(name);
    if (!domain) {
      record.note(key, domain.error().what, domain.error().remedy);
      return nullptr;
    }
    return &into_.dns.value[*domain];
  }

  static void answer(DnsAnswer& into, std::vector<std::string> values, const Origin& origin) {
    into.asked = true;
    into.origin = origin;
    for (std::string& value : values)
      into.values.push_back(std::move(value));
  }

  void dns(Kind kind, Record& record) {
    if (kind == Kind::dkim_signing) {
      if (auto* records = records_of(record, "Domain", record.text("Domain"))) {
        records->dkim_signing_enabled = record.boolean("Enabled");
      }
      return;
    }
    if (kind == Kind::dns_answer && !record.has("rdata")) {
      resolved(record);
      return;
    }
    auto* records = records_of(record, "domain", record.text("domain"));
    if (records == nullptr) return;
    std::vector<std::string> values = record.list("rdata");
    switch (kind) {
      case Kind::spf_record:
        answer(records->spf, std::move(values), record.origin());
        break;
      case Kind::dkim_record:
        answer(records->dkim, std::move(values), record.origin());
        break;
      case Kind::dmarc_record:
        answer(records->dmarc, std::move(values), record.origin());
        break;
      default:
        for (std::string& value : values) {
          // "10 mx.example" or "mx.example".
          const std::size_t space = value.rfind(' ');
          if (space != std::string::npos) value.erase(0, space + 1);
          if (auto host = normalise_domain(value)) value = *host;
        }
        answer(records->mx, std::move(values), record.origin());
        break;
    }
  }

  // Resolve-DnsName | ConvertTo-Json: MX answers have NameExchange, TXT answers Strings.
  void resolved(Record& record) {
    std::string name = to_lower(record.text("Name"));
    const bool mx = record.has("NameExchange");
    const bool dmarc = name.starts_with("_dmarc.");
    if (dmarc) name.erase(0, 7);
    const std::size_t selector = name.find("._domainkey.");
    const bool dkim = selector != std::string::npos;
    if (dkim) name.erase(0, selector + 12);
    auto* records = records_of(record, "Name", name);
    if (records == nullptr) return;
    if (mx) {
      std::vector<std::string> hosts;
      const std::string exchange = record.text("NameExchange");
      if (auto host = normalise_domain(exchange)) hosts.push_back(*host);
      if (exchange.empty() || exchange == null_mx) hosts.emplace_back(null_mx);
      answer(records->mx, std::move(hosts), record.origin());
      return;
    }
    // One TXT record's strings are joined without a space (RFC 7208, 3.3). An object that is
    // neither MX nor TXT (an SOA) says that there is no such record.
    std::vector<std::string> values;
    if (record.has("Strings")) {
      std::string joined;
      for (const std::string& piece : record.list("Strings"))
        joined += piece;
      values.push_back(std::move(joined));
    }
    DnsAnswer& target = dmarc ? records->dmarc : dkim ? records->dkim : records->spf;
    answer(target, std::move(values), record.origin());
  }

  std::string file_;
  Configuration& into_;
  std::string organization_name_;
  OnlyValue organization_;
  OnlyValue switch_;
  OnlyValue transport_settings_;
  bool scuba_ = false;
  std::size_t outbound_ = 0, domains_without_subdomains_ = 0;
  struct Without {
    std::size_t connectors = 0;
    std::string taken_as;
  };
  std::map<const ConnectorProperty*, Without> connectors_without_;  // of those that decide
};

}  // namespace

Result<void> read_json(std::string_view text, const std::string& file, Configuration& into) {
  if (trim(text).empty()) {
    // "Get-TransportRule | ConvertTo-Json > file" leaves an empty file where there are none.
    if (may_be_none(kind_of_file(file))) return ExportReader(file, into).none();
    return fail("is empty", file, "export the settings again");
  }
  simdjson::dom::parser parser;
  // 100 levels are ten times what any export has.
  if (parser.allocate(text.size(), 100) != simdjson::SUCCESS) return fail("is too large", file);
  Element root;
  if (const auto code = parser.parse(simdjson::padded_string(text)).get(root);
      code != simdjson::SUCCESS) {
    return tl::unexpected(json_fault(text, file, code == simdjson::DEPTH_ERROR));
  }
  return ExportReader(file, into).document(root);
}

}  // namespace postern::tenant
