#include "report/probe_report.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "report/json_parts.hpp"
#include "report/text.hpp"

namespace postern::report {
namespace {

using probe::Answer;
using probe::Observation;

// Refusing is what is wanted: yes is green.
std::string shown(const Style& style, const probe::Finding& finding) {
  const std::string_view word = probe::name_of(finding.answer);
  return finding.answer == Answer::yes  ? style.green(word)
         : finding.answer == Answer::no ? style.red(word)
                                        : style.yellow(word);
}

std::string finding_text(std::string_view question, const probe::Finding& finding,
                         const Style& style) {
  std::string out = style.bold(question) + "  " + shown(style, finding) + "\n";
  out += paragraph(printable(finding.because), style, "  ");
  if (!finding.would_prove.empty()) {
    out += paragraph(printable(finding.would_prove), style, "  would prove it: ");
  }
  return out;
}

Json finding_json(const probe::Finding& finding) {
  return Json{{"answer", probe::name_of(finding.answer)},
              {"because", finding.because},
              {"would_prove", finding.would_prove}};
}

std::string expectation(const Observation& o) {
  return std::string(policy::name_of(o.expected.action));
}

}  // namespace

std::string probe_text(const ProbeDocument& document, const Style& style) {
  const auto& [conclusion, observations, heading] = document;
  std::string out = style.bold("Probe: " + printable(heading.tenant)) + "\n";
  out += paragraph(
      fmt::format("{} port {}{}, {}, to {}; {}.", printable(heading.host), heading.port,
                  heading.address.empty() || heading.address == heading.host
                      ? std::string{}
                      : fmt::format(" ({})", heading.address),
                  heading.role, printable(heading.mailbox),
                  heading.sent ? "test messages were offered" : "stopped before any content"),
      style);
  out += "\n" + finding_text("Is Direct Send refused?", conclusion.direct_send_refused, style);
  out += finding_text("Is the tenant locked down?", conclusion.locked_down, style) + "\n";
  Table table({{"", Align::left},
               {"envelope", Align::left, 20, true},
               {"stage", Align::left},
               {"reply", Align::left, 24, true},
               {"means", Align::left, 16, true},
               {"by the settings", Align::left}});
  for (const Observation& o : observations) {
    const bool refused = o.answered && (o.meaning == probe::Meaning::direct_send_refused ||
                                        o.meaning == probe::Meaning::locked_down);
    table.add({std::string(1, probe::letter_of(o.envelope.question)),
               fmt::format("<{}>", printable(o.envelope.reverse_path)),
               std::string(smtp::name_of(o.stage)), o.answered ? o.reply.line() : o.fault,
               o.answered ? std::string(probe::describe(o.meaning)) : std::string("no answer"),
               expectation(o)},
              refused     ? Colour::green
              : o.taken() ? Colour::red
                          : Colour::none);
  }
  out += table.text(style);
  for (const Observation& o : observations) {
    if (o.taken()) {
      out += paragraph(
          fmt::format("Message {} was taken; id {}.", probe::letter_of(o.envelope.question), o.id),
          style);
    }
  }
  for (const std::string& note : conclusion.notes)
    out += paragraph(printable(note), style, "- ");
  return out;
}

std::string probe_json(const ProbeDocument& document, const Style& /*style*/) {
  const auto& [conclusion, observations, heading] = document;
  Json list = Json::array();
  for (const Observation& o : observations) {
    Json reply = nullptr;
    if (o.answered) {
      reply = {{"code", o.reply.code}, {"enhanced", o.reply.enhanced}, {"text", o.reply.text}};
    }
    list.push_back({{"letter", std::string(1, probe::letter_of(o.envelope.question))},
                    {"question", probe::name_of(o.envelope.question)},
                    {"reverse_path", o.envelope.reverse_path},
                    {"header_from", o.envelope.header_from},
                    {"answered", o.answered},
                    {"stage", smtp::name_of(o.stage)},
                    {"reply", std::move(reply)},
                    {"fault", o.fault},
                    {"meaning", o.answered ? Json(probe::name_of(o.meaning)) : Json(nullptr)},
                    {"taken", o.taken()},
                    {"tls", o.tls ? Json(o.tls_version) : Json(nullptr)},
                    {"message", o.id.empty() ? Json(nullptr) : Json(o.id)},
                    {"expected",
                     {{"action", policy::name_of(o.expected.action)},
                      {"reason", policy::name_of(o.expected.reason)}}}});
  }
  return document_text(
      Json{{"schema", "postern/probe/1"},
           {"tenant", heading.tenant},
           {"mailbox", heading.mailbox},
           {"host",
            {{"name", heading.host},
             {"port", heading.port},
             {"role", heading.role},
             {"address", heading.address.empty() ? Json(nullptr) : Json(heading.address)}}},
           {"at", format_time(heading.at)},
           {"sent", heading.sent},
           {"direct_send_refused", finding_json(conclusion.direct_send_refused)},
           {"locked_down", finding_json(conclusion.locked_down)},
           {"envelopes", std::move(list)},
           {"notes", conclusion.notes}});
}

}  // namespace postern::report
