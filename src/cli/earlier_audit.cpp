#include "cli/earlier_audit.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"

namespace postern::cli {
namespace {

using Json = nlohmann::json;

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
  // Absent from documents of earlier versions.
  const auto connectors = document.find("connectors");
  if (connectors != document.end() && !connectors->is_null()) {
    out.connectors.emplace();
    for (const Json& each : *connectors) {
      audit::KeptConnector kept{each.at("name"), {}};
      for (const auto& [name, value] : each.at("properties").items())
        kept.properties.emplace_back(name, value.get<std::string>());
      out.connectors->push_back(std::move(kept));
    }
  }
  return out;
}

}  // namespace

Result<std::map<std::string, audit::EarlierAudit>> read_earlier_audits(const std::string& path) {
  const auto text = read_text(path);
  if (!text) return tl::unexpected(text.error());
  const char* remedy = "name a document that postern audit --output json wrote";
  const Json document = Json::parse(*text, nullptr, false);
  if (document.is_discarded()) return fail("is no JSON", path, remedy);
  std::map<std::string, audit::EarlierAudit> out;
  try {
    const std::string schema = document.is_object() ? document.value("schema", "") : "";
    if (schema == "postern/audit/1") {
      out.emplace("", read_audit(document));
    } else if (schema == "postern/audits/1") {
      for (const Json& tenant : document.at("tenants")) {
        // A tenant that could not be read then has nothing to compare with.
        if (!tenant.at("audit").is_null()) {
          out.emplace(tenant.at("name").get<std::string>(), read_audit(tenant.at("audit")));
        }
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
