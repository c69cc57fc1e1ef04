// Reading tenant.toml: the key tables say what may stand where.
#include <algorithm>
#include <array>
#include <cstddef>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/ascii.hpp"
#include "tenant/keys.hpp"
#include "tenant/sections.hpp"

namespace postern::tenant {
namespace {

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  Result<Configuration> run(const toml::table& root) {
    FileHead head;
    for (const auto& [key, node] : root) {
      if (auto done = top_level(key.str(), node, head); !done) return tl::unexpected(done.error());
    }
    head.tenant.accepted_domains = std::move(into_.tenant.accepted_domains);
    head.tenant.inbound_connectors = std::move(into_.tenant.inbound_connectors);
    head.tenant.choices = into_.tenant.choices;
    into_.tenant = std::move(head.tenant);
    into_.exported_at = head.exported_at;
    into_.organization_config_known = head.organization_config_known;
    into_.organization_config_origin = {file_, "reject_direct_send"};
    into_.accepted_domains_known = true;
    into_.inbound_connectors_read = into_.tenant.inbound_connectors_known;
    into_.sources.push_back("tenant.toml");
    add_properties();
    conclude(into_);
    return std::move(into_);
  }

 private:
  std::string where(const toml::node& node) const {
    return fmt::format("{}:{}:{}", file_, node.source().begin.line, node.source().begin.column);
  }

  Result<void> top_level(std::string_view key, const toml::node& node, FileHead& head) {
    if (key == "choices") return table(node, key, choice_keys(), into_.tenant.choices);
    if (key == "transport_config") {
      open(into_.transport_config, key);
      return table(node, key, transport_config_keys(), into_.transport_config.value);
    }
    if (key == "accepted_domain") return domains(node);
    if (key == "inbound_connector") {
      return tables(
          node, key, connector_keys(), into_.tenant.inbound_connectors,
          [&](policy::InboundConnector& c, const toml::node& at) { c.where = where(at); });
    }
    if (key == "transport_rule") {
      open(into_.transport_rules, key);
      return tables(node, key, transport_rule_keys(), into_.transport_rules.value,
                    [&](TransportRule& r, const toml::node& at) {
                      r.origin = {where(at), ""};
                    });
    }
    if (key == "connection_filter") {
      open(into_.connection_filters, key);
      return tables(node, key, connection_filter_keys(), into_.connection_filters.value,
                    [&](ConnectionFilter& f, const toml::node& at) {
                      f.origin = {where(at), ""};
                    });
    }
    if (key == "content_filter") {
      open(into_.content_filters, key);
      return tables(node, key, content_filter_keys(), into_.content_filters.value,
                    [&](ContentFilter& f, const toml::node& at) {
                      f.origin = {where(at), ""};
                    });
    }
    static constexpr std::array<std::string_view, 7> parts = {
        "choices",        "transport_config",  "accepted_domain", "inbound_connector",
        "transport_rule", "connection_filter", "content_filter"};
    return one(key, node, "the file", head_keys(), head, parts);
  }

  template <class T>
  void open(Section<T>& section, std::string_view key) {
    section.known = true;
    section.origin = {file_, std::string(key)};
  }

  TomlValue value_of(const toml::node& node) const {
    TomlValue out;
    out.where = where(node);
    if (const auto* boolean = node.as_boolean()) {
      out.kind = TomlValue::Kind::boolean;
      out.boolean = boolean->get();
    } else if (const auto* integer = node.as_integer()) {
      out.kind = TomlValue::Kind::integer;
      out.integer = integer->get();
    } else if (const auto* text = node.as_string()) {
      out.kind = TomlValue::Kind::text;
      out.text = text->get();
    } else if (node.is_date_time() || node.is_date()) {
      out.kind = TomlValue::Kind::time;
      std::ostringstream stream;
      if (const auto* at = node.as_date_time()) stream << at->get();
      if (const auto* on = node.as_date()) stream << on->get();
      out.text = stream.str();
    } else if (const auto* array = node.as_array()) {
      out.kind = TomlValue::Kind::list;
      for (const auto& item : *array) {
        const auto* piece = item.as_string();
        if (piece == nullptr) out.kind = TomlValue::Kind::other;
        if (piece != nullptr) out.list.push_back(piece->get());
      }
    }
    return out;
  }

  template <class T, std::size_t N = 0>
  Result<void> one(std::string_view key, const toml::node& node, std::string_view part,
                   const std::vector<Key<T>>& keys, T& into,
                   const std::array<std::string_view, N>& others = {}) const {
    std::vector<std::string_view> names(others.begin(), others.end());
    for (const Key<T>& known : keys) {
      if (known.name == key) {
        const std::string wrong = known.read(value_of(node), into);
        if (wrong.empty()) return {};
        return fail(fmt::format("{}: {}", key, wrong), where(node),
                    fmt::format("it takes {}", known.type));
      }
      names.push_back(known.name);
    }
    const std::string_view nearest = nearest_word(key, names);
    return fail(fmt::format("unknown key '{}' in {}", printable(key), part), where(node),
                nearest.empty() ? std::string("postern tenant keys lists the keys")
                                : fmt::format("did you mean '{}'?", nearest));
  }

  template <class T>
  Result<void> table(const toml::node& node, std::string_view part, const std::vector<Key<T>>& keys,
                     T& into) const {
    const auto* table = node.as_table();
    if (table == nullptr) {
      return fail(fmt::format("'{}' is not a table", part), where(node),
                  fmt::format("write [{}] or [[{}]]", part, part));
    }
    for (const Key<T>& known : keys) {
      if (known.default_value == "required" && !table->contains(known.name)) {
        return fail(fmt::format("{} without {}", part, known.name), where(node),
                    fmt::format("add {} = …", known.name));
      }
    }
    for (const auto& [key, value] : *table) {
      if (auto done = one(key.str(), value, part, keys, into); !done) return done;
    }
    return {};
  }

  template <class T, class Finish>
  Result<void> tables(const toml::node& node, std::string_view part,
                      const std::vector<Key<T>>& keys, std::vector<T>& into, Finish finish) const {
    const auto* array = node.as_array();
    if (array == nullptr) {
      return fail(fmt::format("'{}' is not a list of tables", part), where(node),
                  fmt::format("write [[{}]]", part));
    }
    for (const auto& item : *array) {
      T next{};
      if (auto done = table(item, part, keys, next); !done) return done;
      finish(next, item);
      into.push_back(std::move(next));
    }
    return {};
  }

  Result<void> domains(const toml::node& node) {
    std::vector<DomainEntry> entries;
    auto read = tables(node, "accepted_domain", domain_keys(), entries,
                       [&](DomainEntry& d, const toml::node& at) { d.domain.where = where(at); });
    if (!read) return read;
    for (DomainEntry& entry : entries) {
      if (entry.has_records) {
        into_.dns.known = true;
        into_.dns.value[entry.domain.name] = entry.records;
      }
      into_.tenant.accepted_domains.push_back(std::move(entry.domain));
    }
    return {};
  }

  // The two settings that tenant.toml has, under the names that controls use.
  void add_properties() {
    using policy::RejectDirectSend;
    const RejectDirectSend state = into_.tenant.reject_direct_send;
    if (state != RejectDirectSend::unknown) {
      Property property{state == RejectDirectSend::never_set ? std::string{}
                                                             : std::string(policy::name_of(state)),
                        state == RejectDirectSend::never_set, into_.organization_config_origin};
      into_.properties["OrganizationConfig.RejectDirectSend"] = std::move(property);
    }
    if (const auto off = into_.transport_config.value.smtp_client_authentication_disabled) {
      into_.properties["TransportConfig.SmtpClientAuthenticationDisabled"] = {
          *off ? "True" : "False", false, {file_, "transport_config"}};
    }
  }

  std::string file_;
  Configuration into_;
};

}  // namespace

std::string Origin::text() const {
  if (path.empty()) return file;
  return path.starts_with('/') ? file + "#" + path : file + ": " + path;
}

Result<Configuration> read_toml(std::string_view text, const std::string& file) {
  try {
    const toml::table root = toml::parse(text, file);
    return Reader(file).run(root);
  } catch (const toml::parse_error& error) {
    return fail(
        std::string(error.description()),
        fmt::format("{}:{}:{}", file, error.source().begin.line, error.source().begin.column),
        "see docs/tenant-file.md");
  }
}

void conclude(Configuration& into, Extent extent) {
  policy::Tenant& tenant = into.tenant;
  tenant.inbound_connectors_known = into.inbound_connectors_read;
  const policy::AcceptedDomain* best = nullptr;
  for (const auto& domain : tenant.accepted_domains) {
    if (domain.is_default || (best == nullptr && policy::is_onmicrosoft(domain.name))) {
      best = &domain;
    }
    if (domain.is_default) break;
  }
  if (tenant.name.empty() || (best != nullptr && best->is_default)) {
    if (best != nullptr) tenant.name = best->name;
    if (best == nullptr && !tenant.accepted_domains.empty()) {
      tenant.name = tenant.accepted_domains.front().name;
    }
  }
  if (tenant.name.empty()) tenant.name = "unnamed tenant";
  if (tenant.cloud == policy::Cloud::worldwide) {
    for (const auto& domain : tenant.accepted_domains) {
      if (domain.name.ends_with(".onmicrosoft.us")) tenant.cloud = policy::Cloud::gcc_high;
      if (domain.name.ends_with(".onmschina.cn")) tenant.cloud = policy::Cloud::china;
    }
  }
  if (extent == Extent::part) return;
  if (!into.organization_config_known) {
    into.remarks.push_back(
        "no organisation configuration was read, so RejectDirectSend is not known "
        "(Get-OrganizationConfig | ConvertTo-Json)");
  }
  if (!into.accepted_domains_known) {
    into.remarks.push_back(
        "no accepted domains were read, so nothing can be told of any sender "
        "(Get-AcceptedDomain | ConvertTo-Json)");
  }
  if (!into.inbound_connectors_read) {
    into.remarks.push_back(
        "no inbound connectors were read, so whether one matches is not known "
        "(Get-InboundConnector | ConvertTo-Json)");
  }
}

}  // namespace postern::tenant
