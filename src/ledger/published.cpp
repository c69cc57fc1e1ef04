#include "ledger/published.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "ledger/schema.hpp"

namespace postern::ledger {
namespace {

using Ordered = nlohmann::ordered_json;

// Fields of an object, asked for by name. The first that can't be understood is kept.
class Fields {
 public:
  Fields(const nlohmann::json& object, std::string_view& fault) : object_(object), fault_(fault) {}

  [[nodiscard]] bool has(const char* name) const { return object_.contains(name); }
  void require(bool understood, std::string_view name) {
    if (!understood && fault_.empty()) fault_ = name;
  }
  std::string text(const char* name) {
    const auto found = object_.find(name);
    if (found == object_.end()) return {};
    require(found->is_string(), name);
    return found->is_string() ? found->get<std::string>() : std::string{};
  }
  std::int64_t number(const char* name) {
    const auto found = object_.find(name);
    if (found == object_.end()) return 0;
    require(found->is_number_integer(), name);
    return found->is_number_integer() ? found->get<std::int64_t>() : 0;
  }
  bool flag(const char* name) {
    const auto found = object_.find(name);
    if (found == object_.end()) return false;
    require(found->is_boolean(), name);
    return found->is_boolean() && found->get<bool>();
  }
  [[nodiscard]] const nlohmann::json* list(const char* name) {
    const auto found = object_.find(name);
    if (found == object_.end()) return nullptr;
    require(found->is_array(), name);
    return found->is_array() ? &*found : nullptr;
  }

 private:
  const nlohmann::json& object_;
  std::string_view& fault_;
};

Ordered form_of(const RecordStep& step) {
  Ordered out{{"clause", step.clause}, {"question", step.question}, {"answer", step.answer}};
  if (!step.connector.empty()) out["connector"] = step.connector;
  return out;
}

RecordStep step_of(const nlohmann::json& object, std::string_view& fault) {
  Fields fields(object, fault);
  return {fields.text("clause"), fields.text("question"), fields.text("answer"),
          fields.text("connector")};
}

void put_session(Ordered& out, const Record& r) {
  if (r.client) out["client"] = r.client->text();
  if (!r.helo.empty()) out["helo"] = r.helo;
  if (r.tls_known) out["tls"] = r.tls;
  if (!r.tls_version.empty()) out["tls_version"] = r.tls_version;
  if (r.certificate_known) out["certificate"] = r.certificate_name;
  if (!r.certificate_alternative_names.empty()) {
    out["certificate_names"] = r.certificate_alternative_names;
  }
  if (r.certificate_trusted) out["certificate_trusted"] = true;
}

void take_session(Fields& fields, Record& r) {
  if (fields.has("client")) {
    r.client = IpAddress::parse(fields.text("client"));
    fields.require(r.client.has_value(), "client");
  }
  r.helo = fields.text("helo");
  r.tls_known = fields.has("tls");
  r.tls = fields.flag("tls");
  r.tls_version = fields.text("tls_version");
  r.certificate_known = fields.has("certificate");
  r.certificate_name = fields.text("certificate");
  if (const auto* names = fields.list("certificate_names")) {
    for (const auto& each : *names) {
      fields.require(each.is_string(), "certificate_names");
      if (each.is_string()) r.certificate_alternative_names.push_back(each.get<std::string>());
    }
  }
  r.certificate_trusted = fields.flag("certificate_trusted");
}

void take_kind(Fields& fields, Record& r) {
  fields.require(understood(fields.text("outcome"), r.outcome), "outcome");
  fields.require(understood(fields.text("mode"), r.mode), "mode");
  fields.require(understood(fields.text("stage"), r.stage), "stage");
  r.door = fields.text("door");
  r.transaction = fields.text("message");
}

void take_rest(Fields& fields, Record& r, std::string_view& fault) {
  r.sender = fields.text("sender");
  r.null_sender = r.sender.empty();
  r.judged_as = fields.text("judged_as");
  r.header_known = fields.has("header_from");
  r.header_from = fields.text("header_from");
  r.message_id = fields.text("message_id");
  r.recipient = fields.text("recipient");
  r.tenant = fields.text("tenant");
  r.reason = fields.text("reason");
  r.exception = fields.text("exception");
  r.connector = fields.text("connector");
  const auto missing = missing_of(fields.number("missing_facts"));
  fields.require(missing.has_value(), "missing_facts");
  r.missing = missing.value_or(Missing{});
  r.reply = fields.text("reply");
  if (const auto* steps = fields.list("steps")) {
    for (const auto& each : *steps) {
      fields.require(each.is_object(), "steps");
      if (each.is_object()) r.steps.push_back(step_of(each, fault));
    }
  }
}

}  // namespace

std::string published_form(const Row& row) {
  const Record& r = row.record;
  Ordered out{{"v", published_version}, {"id", row.verdict.text()}, {"time", r.time}};
  // What the gate's own ledger does not make sense of is told, and nothing guessed for it.
  if (!row.fault.empty()) out["fault"] = row.fault;
  const auto put = [&out](const char* name, std::string_view text) {
    if (!text.empty()) out[name] = text;
  };
  put("outcome", name_of(r.outcome));
  put("mode", name_of(r.mode));
  put("stage", name_of(r.stage));
  put("door", r.door);
  put("message", r.transaction);
  put_session(out, r);
  put("sender", r.sender);
  put("judged_as", r.judged_as);
  if (r.header_known) out["header_from"] = r.header_from;
  if (r.header_known) put("message_id", r.message_id);
  put("recipient", r.recipient);
  put("tenant", r.tenant);
  put("reason", r.reason);
  put("exception", r.exception);
  put("connector", r.connector);
  if (r.missing.any()) out["missing_facts"] = mask_of(r.missing);
  put("reply", r.reply);
  for (const RecordStep& step : r.steps)
    out["steps"].push_back(form_of(step));
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Row read_published(std::string_view text) {
  Row row;
  const auto object = nlohmann::json::parse(text, nullptr, false);
  if (!object.is_object()) {
    row.fault = "text";
    return row;
  }
  Fields fields(object, row.fault);
  const std::int64_t version = fields.number("v");
  fields.require(version >= 1 && version <= published_version, "v");
  auto id = VerdictId::parse(fields.text("id"));
  fields.require(id.has_value(), "id");
  if (id) row.verdict = std::move(*id);
  if (!row.fault.empty()) return row;
  row.id = row.verdict.counter;
  fields.require(!fields.has("fault"), "fault");
  row.record.time = fields.number("time");
  take_kind(fields, row.record);
  take_session(fields, row.record);
  take_rest(fields, row.record, row.fault);
  return row;
}

}  // namespace postern::ledger
