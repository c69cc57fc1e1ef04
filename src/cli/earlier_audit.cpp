#include "cli/earlier_audit.hpp"

#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"

namespace postern::cli {
namespace {

using Json = nlohmann::json;

// Absent from documents of earlier versions.
audit::KeptObjects read_kept(const Json& document, std::string_view key) {
  const auto objects = document.find(key);
  if (objects == document.end() || objects->is_null()) return std::nullopt;
  std::vector<audit::KeptObject> out;
  for (const Json& each : *objects) {
    audit::KeptObject kept{each.at("name"), {}};
    for (const auto& [name, value] : each.at("properties").items())
      kept.properties.emplace_back(name, value.get<std::string>());
    out.push_back(std::move(kept));
  }
  return out;
}

audit::EarlierAudit read_audit(const Json& document) {
  audit::EarlierAudit out;
  out.tenant = document.at("tenant");
  for (const Json& each : document.at("controls")) {
    audit::EarlierControl control{each.at("id"), each.at("status"), {}};
    for (const Json& finding : each.at("findings")) {
      control.findings.push_back({finding.at("object"), finding.at("status"), finding.at("value")});
    }
    out.controls.push_back(std::move(control));
  }
  for (const Json& entrance : document.at("entrances")) {
    out.entrances.emplace_back(entrance.at("name"), entrance.at("state"));
  }
  for (const audit::KeptSection& section : audit::kept_sections())
    out.kept.*section.at = read_kept(document, section.key);
  return out;
}

}  // namespace

Result<EarlierAudits> read_earlier_audits(const std::string& path) {
  const auto text = read_text(path);
  if (!text) return tl::unexpected(text.error());
  const char* remedy = "name a document that postern audit --output json wrote";
  const Json document = Json::parse(*text, nullptr, false);
  if (document.is_discarded()) return fail("is no JSON", path, remedy);
  EarlierAudits out;
  try {
    const std::string schema = document.is_object() ? document.value("schema", "") : "";
    if (schema == "postern/audit/1") {
      out.emplace("", read_audit(document));
    } else if (schema == "postern/audits/1") {
      for (const Json& tenant : document.at("tenants")) {
        // What was gone then is no part of it.
        if (tenant.value("outcome", "") == "gone") continue;
        auto& audit = out[tenant.at("name").get<std::string>()];
        if (!tenant.at("audit").is_null()) audit = read_audit(tenant.at("audit"));
      }
    } else {
      return fail("is no audit", path, remedy);
    }
  } catch (const Json::exception&) {
    return fail("is an audit with parts missing", path, remedy);
  }
  return out;
}

}  // namespace postern::cli
