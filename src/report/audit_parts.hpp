// What the audit of one tenant and that of many share. Internal to the room: the JSON library's
// header is heavy.
#pragma once

#include <string>
#include <utility>

#include "audit/audit.hpp"
#include "audit/drift.hpp"
#include "report/json_parts.hpp"
#include "report/text.hpp"

namespace postern::report {

inline Colour colour_of(audit::Status status) {
  switch (status) {
    case audit::Status::pass:
      return Colour::green;
    case audit::Status::fail:
      return Colour::red;
    case audit::Status::not_determined:
    case audit::Status::waived:
      return Colour::yellow;
    case audit::Status::not_applicable:
      break;
  }
  return Colour::dim;
}

inline Json json_findings(const audit::ControlResult& result) {
  Json findings = Json::array();
  for (const audit::Finding& f : result.findings) {
    findings.push_back(
        {{"status", name_of(f.status)},
         {"object", f.object},
         {"value", f.value},
         {"where", f.where.text()},
         {"advice", f.advice},
         {"command", f.command},
         {"waived", f.waived.empty() ? Json(nullptr) : Json(f.waived)},
         {"expired_waiver", f.expired_waiver.empty() ? Json(nullptr) : Json(f.expired_waiver)}});
  }
  return findings;
}

inline Json json_lifecycle(const audit::Control& control) {
  Json out = Json::array();
  for (const audit::Lifecycle& each : control.lifecycle)
    out.push_back({{"benchmark", each.benchmark}, {"date", each.date}, {"state", each.state}});
  return out;
}

inline Json json_equivalents(const audit::Control& control) {
  Json out = Json::array();
  for (const audit::Equivalent& each : control.equivalents)
    out.push_back({{"framework", each.framework}, {"id", each.id}, {"note", each.note}});
  return out;
}

inline Json json_entrances(const audit::AuditReport& report) {
  Json entrances = Json::array();
  for (const auto& entrance : report.entrances) {
    entrances.push_back({{"name", entrance.name},
                         {"what", entrance.what},
                         {"state", name_of(entrance.state)},
                         {"because", entrance.because}});
  }
  return entrances;
}

/// Adds what is kept for --baseline; null where it was not read.
inline void add_kept(const audit::AuditReport& report, Json& to) {
  for (const audit::KeptSection& section : audit::kept_sections()) {
    Json& out = to[std::string(section.key)];
    const audit::KeptObjects& objects = report.kept.*section.at;
    if (!objects) continue;
    out = Json::array();
    for (const audit::KeptObject& object : *objects) {
      Json properties = Json::object();
      for (const auto& [name, value] : object.properties)
        properties[name] = value;
      out.push_back({{"name", object.name}, {"properties", std::move(properties)}});
    }
  }
}

/// Adds what came of a comparison with a baseline.
inline void add_comparison(const audit::Comparison& since, Json& to) {
  Json& drift = to["drift"] = Json::array();
  for (const audit::Drift& each : since.drift) {
    drift.push_back({{"control", each.control},
                     {"object", each.object},
                     {"before", each.before.empty() ? Json(nullptr) : Json(each.before)},
                     {"after", each.after.empty() ? Json(nullptr) : Json(each.after)}});
  }
  Json& unknown = to["not_compared"] = Json::array();
  for (const audit::NotCompared& each : since.not_compared) {
    unknown.push_back({{"control", each.control}, {"object", each.object}, {"why", each.why}});
  }
}

}  // namespace postern::report
