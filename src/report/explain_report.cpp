#include "report/explain_report.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "report/csv.hpp"
#include "report/json_parts.hpp"
#include "report/text.hpp"

namespace postern::report {
namespace {

using policy::Action;
using policy::Step;

std::string_view answer_name(Step::Answer answer) noexcept {
  switch (answer) {
    case Step::Answer::yes:
      return "yes";
    case Step::Answer::no:
      return "no";
    case Step::Answer::unknown:
      break;
  }
  return "unknown";
}

std::string connector_name(const policy::Policy& policy, std::uint32_t connector) {
  return connector == policy::no_connector ? std::string{} : policy.connector(connector).name;
}

// What the gate does beside the rule (docs/decisions/0008).
std::string reading_text(const Explanation::OtherReading& each) {
  const std::string_view what =
      each.verdict.action == Action::accept   ? "lets it through as that too"
      : each.verdict.action == Action::reject ? "refuses it as that where it enforces"
                                              : "lacks a fact to judge it as that";
  return fmt::format(
      "postern gate reads the sender also as one at {}, as a next hop may, and {} ({})",
      printable(each.domain), what, policy::name_of(each.verdict.reason));
}

// The verdict, and all that is to be said of it.
std::string verdict_text(const ExplainDocument& document, const Style& style) {
  const auto& [e, policy] = document;
  const policy::Verdict& v = e.verdict;
  const std::string action(policy::name_of(v.action));
  std::string out = "Verdict: " +
                    (v.action == Action::accept   ? style.green(action)
                     : v.action == Action::reject ? style.red(action)
                                                  : style.yellow(action)) +
                    fmt::format(" ({})", policy::name_of(v.reason));
  if (const std::string name = connector_name(policy, v.connector); !name.empty()) {
    out += fmt::format(", connector '{}'", printable(name));
  }
  out += "\n";
  if (const policy::Reply* reply = policy::reply_for(v)) {
    out += paragraph(reply->line(), style, "Reply:   ");
  }
  if (v.missing != policy::Fact::none) {
    out += paragraph(joined(policy::names_of(v.missing)), style, "Missing: ");
  }
  for (const std::string_view sentence : policy::sentences_of(v.notes)) {
    out += paragraph(sentence, style, "Note:    ");
  }
  for (const Explanation::OtherReading& each : e.other_readings) {
    out += paragraph(reading_text(each), style, "Gate:    ");
  }
  if (e.nearest) {
    out += paragraph(fmt::format("'{}' would have taken it, but:",
                                 printable(connector_name(policy, e.nearest->connector))),
                     style, "Nearest: ");
    for (const policy::Lack& lack : e.nearest->lacks)
      out += paragraph(printable(lack.text), style, "         - ");
  }
  return out;
}

}  // namespace

std::string explain_text(const ExplainDocument& document, const Style& style) {
  const auto& [e, policy] = document;
  std::string out = style.bold("Explain: " + printable(e.tenant)) +
                    fmt::format("  RejectDirectSend {}{}\n\n", e.reject_direct_send,
                                !e.what_if   ? ""
                                : *e.what_if ? " (what if: True)"
                                             : " (what if: False)");
  const std::string verdict = verdict_text(document, style);
  out += verdict + "\n";
  for (const auto& [fact, value] : e.given) {
    out += paragraph(value, style, fmt::format("  {:<13} ", fact));
  }
  out += "\n";
  int number = 0;
  for (const Step& step : e.trace.steps()) {
    const std::string_view answer = answer_name(step.answer);
    const std::string shown = step.answer == Step::Answer::yes       ? style.bold(answer)
                              : step.answer == Step::Answer::unknown ? style.yellow(answer)
                                                                     : style.dim(answer);
    out += fmt::format("{:>3}. {}{} ", ++number, shown, std::string(8 - answer.size(), ' '));
    std::string text(step.question);
    const std::string connector = connector_name(policy, step.connector);
    if (!connector.empty() && step.answer != Step::Answer::no) {
      text += fmt::format(" Connector '{}'.", connector);
    }
    if (step.answer == Step::Answer::unknown) {
      text += fmt::format(" Not known: {}.", joined(policy::names_of(step.missing)));
    }
    std::string body = paragraph(text, Style{style.colour, style.columns - 14}, "");
    // Further lines of the paragraph stand under the first.
    for (std::size_t at = body.find('\n'); at + 1 < body.size(); at = body.find('\n', at + 1)) {
      body.insert(at + 1, 14, ' ');
    }
    out += body;
  }
  out += "\n" + (scrolls(out) ? verdict + "\n" : "");
  out += "Choices in force (docs/choices.md):\n";
  for (const auto& choice : e.choices) {
    out += fmt::format("  {} = {}{}\n", choice.key, printable(choice.value),
                       choice.changed ? "  (changed)" : "");
  }
  return out;
}

std::string explain_json(const ExplainDocument& explained, const Style& /*style*/) {
  const auto& [e, policy] = explained;
  Json given = Json::object();
  for (const auto& [fact, value] : e.given)
    given[fact] = value;
  Json steps = Json::array();
  for (const Step& step : e.trace.steps()) {
    steps.push_back({{"clause", step.clause},
                     {"question", step.question},
                     {"answer", answer_name(step.answer)},
                     {"connector", connector_name(policy, step.connector)},
                     {"missing", json_facts(step.missing)}});
  }
  Json choices = Json::object();
  for (const auto& choice : e.choices)
    choices[choice.key] = choice.value;
  Json nearest = nullptr;
  if (e.nearest) {
    nearest = {{"connector", connector_name(policy, e.nearest->connector)},
               {"lacks", Json::array()}};
    for (const policy::Lack& lack : e.nearest->lacks) {
      nearest["lacks"].push_back({{"what", policy::name_of(lack.what)}, {"text", lack.text}});
    }
  }
  Json readings = Json::array();
  for (const Explanation::OtherReading& each : e.other_readings) {
    const policy::Reply* its = policy::reply_for(each.verdict);
    readings.push_back({{"domain", each.domain},
                        {"action", policy::name_of(each.verdict.action)},
                        {"reason", policy::name_of(each.verdict.reason)},
                        {"connector", connector_name(policy, each.verdict.connector)},
                        {"reply", its == nullptr ? Json(nullptr) : Json(its->line())},
                        {"missing", json_facts(each.verdict.missing)}});
  }
  const policy::Reply* reply = policy::reply_for(e.verdict);
  const Json document = {
      {"schema", "postern/explain/1"},
      {"tenant", e.tenant},
      {"reject_direct_send", e.reject_direct_send},
      {"what_if", e.what_if ? Json(*e.what_if) : Json(nullptr)},
      {"given", std::move(given)},
      {"steps", std::move(steps)},
      {"verdict",
       {{"action", policy::name_of(e.verdict.action)},
        {"reason", policy::name_of(e.verdict.reason)},
        {"connector", connector_name(policy, e.verdict.connector)},
        {"reply", reply == nullptr ? Json(nullptr) : Json(reply->line())},
        {"missing", json_facts(e.verdict.missing)},
        {"notes", json_notes(e.verdict.notes)}}},
      {"gate_readings", std::move(readings)},
      {"nearest_connector", std::move(nearest)},
      {"choices", std::move(choices)},
  };
  return document_text(document);
}

std::string explain_csv(const ExplainDocument& document, const Style& style) {
  const auto& [e, policy] = document;
  std::string out =
      csv_line({"step", "clause", "answer", "connector", "missing", "question"}, style);
  int number = 0;
  for (const Step& step : e.trace.steps()) {
    out += csv_line({std::to_string(++number), std::string(step.clause),
                     std::string(answer_name(step.answer)), connector_name(policy, step.connector),
                     joined(policy::names_of(step.missing)), std::string(step.question)},
                    style);
  }
  for (const Explanation::OtherReading& each : e.other_readings) {
    out += csv_line(
        {"", "gate.reading", std::string(policy::name_of(each.verdict.action)),
         connector_name(policy, each.verdict.connector),
         joined(policy::names_of(each.verdict.missing)),
         fmt::format("{} as one at {}", policy::name_of(each.verdict.reason), each.domain)},
        style);
  }
  out += csv_line(
      {"", "verdict", std::string(policy::name_of(e.verdict.action)),
       connector_name(policy, e.verdict.connector), joined(policy::names_of(e.verdict.missing)),
       std::string(policy::name_of(e.verdict.reason))},
      style);
  return out;
}

}  // namespace postern::report
