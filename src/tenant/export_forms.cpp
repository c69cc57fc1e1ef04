#include "tenant/export_forms.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/ascii.hpp"

namespace postern::tenant {
namespace {

constexpr std::string_view export_instead =
    "export it with ConvertTo-Json, as the README's command does";

std::string_view first_line(std::string_view text) {
  text = trim(text);
  return trim(text.substr(0, text.find_first_of("\r\n")));
}

bool is_name_octet(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool names_settings(std::string_view line) {
  for (const std::string_view name :
       {"ConnectorType", "DomainType", "RejectDirectSend", "SmtpClientAuthenticationDisabled"}) {
    if (line.find(name) != std::string_view::npos) return true;
  }
  return false;
}

// "Name   : value": a property's name, at least one blank, a colon.
bool is_property_line(std::string_view line) {
  std::size_t end = 0;
  while (end < line.size() && is_name_octet(line[end]))
    ++end;
  const std::size_t colon = line.find_first_not_of(" \t", end);
  return end > 0 && colon != std::string_view::npos && colon > end && line[colon] == ':';
}

// Export-Csv's first lines: "#TYPE …" in Windows PowerShell, then a header of names, quoted but
// where PowerShell 7 was told otherwise. Evidence may be CSV too: a name tells that it is settings.
bool is_csv(std::string_view line) {
  if (line.starts_with("#TYPE ")) return true;
  if (line.starts_with('"') && line.find("\",\"") != std::string_view::npos) return true;
  const bool separated =
      line.find(',') != std::string_view::npos || line.find(';') != std::string_view::npos;
  return separated && line.find_first_of("=:{[") == std::string_view::npos && names_settings(line);
}

bool is_dsc_script(std::string_view text) {
  return text.find("Import-DscResource") != std::string_view::npos ||
         text.find("# Generated with Microsoft365DSC") != std::string_view::npos;
}

bool begins_as_toml(std::string_view start) {
  // "[[accepted_domain]]" or a key; JSON arrays go on with a value or end.
  return !start.empty() && !start.starts_with("null") &&
         (!start.starts_with("[") || (start.size() > 1 && (start[1] == '[' || start[1] == 'c')));
}

}  // namespace

ExportForm form_of(std::string_view text, const std::string& name) {
  const std::string_view start = trim(text.substr(0, 4096));
  const std::string_view line = first_line(start);
  if (start.starts_with('{')) return ExportForm::json;
  if (start.starts_with('<')) {
    if (start.find("<Objs") != std::string_view::npos) return ExportForm::clixml;
    return start.find("<rules") != std::string_view::npos ? ExportForm::transport_rule_script
                                                          : ExportForm::other_xml;
  }
  if (is_csv(line)) return ExportForm::csv;
  if (start.starts_with('"')) return ExportForm::json;
  if (iends_with(name, ".toml")) return ExportForm::toml;
  if (is_property_line(line)) return ExportForm::format_list;
  if (is_dsc_script(start)) return ExportForm::dsc_script;
  if (iends_with(name, ".json")) return ExportForm::json;
  return begins_as_toml(start) ? ExportForm::toml : ExportForm::json;
}

bool holds_settings(std::string_view text) {
  return names_settings(trim(text.substr(0, 4096)));
}

Result<std::string> as_json(std::string_view text, const std::string& name) {
  switch (form_of(text, name)) {
    case ExportForm::format_list:
      return json_of_format_list(text, name);
    case ExportForm::clixml:
      return json_of_clixml(text, name);
    case ExportForm::csv:
      return json_of_csv(text, name);
    case ExportForm::dsc_script:
      return fail("is a configuration script of Microsoft365DSC, not an export", name,
                  std::string(export_instead));
    case ExportForm::transport_rule_script:
      return fail("is Export-TransportRuleCollection's form, which holds rules as scripts", name,
                  "export Get-TransportRule with ConvertTo-Json");
    case ExportForm::other_xml:
      return fail("is XML, but not what Export-Clixml writes", name, std::string(export_instead));
    case ExportForm::json:
    case ExportForm::toml:
      break;
  }
  return std::string(text);
}

}  // namespace postern::tenant
