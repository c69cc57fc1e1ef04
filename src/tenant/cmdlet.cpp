#include "tenant/cmdlet.hpp"

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "tenant/connector_properties.hpp"

namespace postern::tenant {
namespace {

CmdletValue cmdlet_value(PropertyValue value) {
  // An empty text takes a value away, and that is written as null: the cmdlets read '' as a name.
  if (const auto* text = std::get_if<std::string>(&value); text != nullptr && text->empty()) {
    return std::monostate{};
  }
  return std::visit([](auto&& held) { return CmdletValue(std::forward<decltype(held)>(held)); },
                    std::move(value));
}

// Values that PowerShell takes as they are: words of an enumeration, addresses, the lone star.
bool stands_bare(std::string_view parameter, std::string_view value) {
  if (parameter == "ConnectorType") return true;
  if (parameter == "SenderDomains") return value == "*";
  return parameter == "SenderIPAddresses" && !value.empty() &&
         value.find_first_not_of("0123456789./") == std::string_view::npos;
}

// The single quotes of PowerShell in UTF-8: ' and E2 80 98 to E2 80 9B.
std::size_t quote_at(std::string_view text, std::size_t at) {
  if (text[at] == '\'') return 1;
  return text.substr(at, 2) == "\xE2\x80" && at + 2 < text.size() &&
                 static_cast<unsigned char>(text[at + 2]) >= 0x98 &&
                 static_cast<unsigned char>(text[at + 2]) <= 0x9B
             ? 3
             : 0;
}

Result<std::string> quoted(std::string_view parameter, std::string_view value) {
  const bool has_control = std::any_of(value.begin(), value.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  // U+0085, U+2028 and U+2029 end a line too; printable() leaves the latter two alone.
  const bool ends_line = value.find("\xE2\x80\xA8") != std::string_view::npos ||
                         value.find("\xE2\x80\xA9") != std::string_view::npos;
  if (has_control || ends_line || printable(value) != value) {
    return fail(fmt::format("-{} holds a control character or is no UTF-8: '{}'", parameter,
                            printable(value)),
                "", "change the value in the tenant first");
  }
  if (stands_bare(parameter, value)) return std::string(value);
  std::string out = "'";
  for (std::size_t i = 0; i < value.size();) {
    const std::size_t quote = quote_at(value, i);
    const std::size_t length = quote == 0 ? 1 : quote;
    out += value.substr(i, length);
    if (quote != 0) out += value.substr(i, length);
    i += length;
  }
  return out + "'";
}

}  // namespace

Result<std::string> powershell_text(std::string_view value) {
  return quoted("value", value);
}

Cmdlet new_inbound_connector(const policy::InboundConnector& connector) {
  using InNew = ConnectorProperty::InNew;
  Cmdlet out{"New-InboundConnector", {}};
  const policy::InboundConnector usual;
  for (const ConnectorProperty& property : connector_properties()) {
    if (property.in_new == InNew::never) continue;
    PropertyValue value = canonical(property, connector);
    if (property.in_new == InNew::always || value != property.get(usual)) {
      out.parameters.emplace_back(property.name, cmdlet_value(std::move(value)));
    }
  }
  return out;
}

Cmdlet set_inbound_connector(const policy::InboundConnector& before,
                             const policy::InboundConnector& after) {
  Cmdlet out{"Set-InboundConnector", {{"Identity", before.name}}};
  for (PropertyChange& change : changes(before, after))
    out.parameters.emplace_back(change.property->name, cmdlet_value(std::move(change.after)));
  return out;
}

Cmdlet remove_inbound_connector(std::string_view name) {
  return {"Remove-InboundConnector", {{"Identity", std::string(name)}, {"Confirm", false}}};
}

Cmdlet set_reject_direct_send(bool on) {
  return {"Set-OrganizationConfig", {{"RejectDirectSend", on}}};
}

std::string json_parameters(const Cmdlet& cmdlet) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  for (const auto& [name, value] : cmdlet.parameters)
    std::visit(
        [&, key = name](const auto& v) {
          if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::monostate>) {
            out[key] = nullptr;
          } else {
            out[key] = v;
          }
        },
        value);
  return out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<std::string> powershell(const Cmdlet& cmdlet) {
  std::string out = cmdlet.name;
  for (const auto& [name, value] : cmdlet.parameters) {
    if (const bool* flag = std::get_if<bool>(&value)) {
      // A switch takes its value after a colon; for -Name:$false and a Boolean alike that binds.
      out += name == "Confirm" ? fmt::format(" -{}:{}", name, *flag ? "$true" : "$false")
                               : fmt::format(" -{} {}", name, *flag ? "$true" : "$false");
      continue;
    }
    if (std::holds_alternative<std::monostate>(value)) {
      out += fmt::format(" -{} $null", name);
      continue;
    }
    const std::vector<std::string> one =
        std::holds_alternative<std::string>(value)
            ? std::vector<std::string>{std::get<std::string>(value)}
            : std::get<std::vector<std::string>>(value);
    out += fmt::format(" -{} ", name);
    if (one.empty()) out += "@()";
    for (std::size_t i = 0; i < one.size(); ++i) {
      const auto text = quoted(name, one[i]);
      if (!text) return tl::unexpected(text.error());
      out += (i == 0 ? "" : ",") + *text;
    }
  }
  return out;
}

}  // namespace postern::tenant
