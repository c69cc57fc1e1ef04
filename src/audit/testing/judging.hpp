// One control judged over an export, for the tests of this room.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include "audit/audit.hpp"
#include "tenant/load.hpp"

namespace postern::audit {

struct Loaded {
  tenant::Configuration configuration;
  policy::Policy policy;
};

// `sections` are members of one JSON object: "AcceptedDomain": […], …
inline Loaded load(const std::string& sections) {
  auto configuration = tenant::parse("{" + sections + "}", "export.json");
  if (!configuration) throw std::runtime_error(configuration.error().line());
  auto policy = policy::Policy::compile(configuration->tenant);
  if (!policy) throw std::runtime_error("the tenant does not compile");
  return {std::move(*configuration), std::move(*policy)};
}

inline Control shipped(const std::string& id) {
  const auto catalogue = load_catalogue("");
  if (!catalogue) throw std::runtime_error(catalogue.error().line());
  for (const Control& control : *catalogue) {
    if (control.id == id) return control;
  }
  throw std::runtime_error("no control " + id);
}

// "fail contoso.com: no SPF record", one line a finding.
inline std::string judge(const Control& control, const std::string& sections) {
  const Loaded loaded = load(sections);
  Request request;
  request.controls = {control};
  request.today = "2026-11-23";
  const AuditReport report = run_audit(loaded.configuration, loaded.policy, request);
  std::string out;
  for (const Finding& finding : report.results.front().findings) {
    out += (out.empty() ? "" : "\n") + std::string(name_of(finding.status)) + " " + finding.object +
           ": " + finding.value;
  }
  return out;
}
inline std::string judge(const std::string& id, const std::string& sections) {
  return judge(shipped(id), sections);
}

inline const std::string domain =
    R"("AcceptedDomain": [{"DomainName": "contoso.com", "Default": true,
    "DomainType": "Authoritative"}])";
inline std::string txt(const std::string& name, const std::string& text) {
  return R"({"Name": ")" + name + R"(", "Type": 16, "Strings": [")" + text + R"("]})";
}
inline std::string mx(const std::string& name, const std::string& host) {
  return R"({"Name": ")" + name + R"(", "Type": 15, "NameExchange": ")" + host + R"("})";
}
inline std::string dns(const std::string& records) {
  return domain + R"(, "DnsRecords": [)" + records + "]";
}
inline std::string switch_is(const std::string& value) {
  return domain + R"(, "OrganizationConfig": {"Name": "contoso", "CustomerLockboxEnabled": false)" +
         (value.empty() ? "" : R"(, "RejectDirectSend": )" + value) + "}";
}
inline std::string connectors(const std::string& list) {
  return domain + R"(, "InboundConnector": [)" + list + "]";
}
inline std::string rules(const std::string& list) {
  return domain + R"(, "TransportRule": [)" + list + "]";
}

}  // namespace postern::audit
