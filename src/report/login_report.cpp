#include "report/login_report.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "report/json_parts.hpp"
#include "report/text.hpp"

namespace postern::report {
namespace {

using exchange::CheckLine;

std::string_view name_of(CheckLine::State state) {
  switch (state) {
    case CheckLine::State::fine:
      return "ok";
    case CheckLine::State::missing:
      return "missing";
    case CheckLine::State::not_tried:
      break;
  }
  return "not tried";
}

Colour colour_of(CheckLine::State state) {
  return state == CheckLine::State::fine      ? Colour::green
         : state == CheckLine::State::missing ? Colour::red
                                              : Colour::yellow;
}

}  // namespace

std::string login_text(const LoginDocument& document, const Style& style) {
  const auto& [heading, lines] = document;
  std::string out =
      style.bold("Login: live:" + printable(heading.name)) + "\n" +
      paragraph(fmt::format("Signs in with {} at {}.", heading.sign_in, heading.exchange_host),
                style) +
      "\n";
  Table table({{"result", Align::left}, {"what", Align::left}, {"found", Align::left, 30, true}});
  for (const CheckLine& line : lines) {
    table.add({std::string(name_of(line.state)), line.what, line.found}, colour_of(line.state));
  }
  out += table.text(style);
  for (const CheckLine& line : lines) {
    if (line.remedy.empty()) continue;
    out += "\n" + paragraph(line.remedy, style, printable(line.what) + ": ");
  }
  return out;
}

std::string login_json(const LoginDocument& document, const Style& /*style*/) {
  const auto& [heading, lines] = document;
  Json checks = Json::array();
  for (const CheckLine& line : lines) {
    checks.push_back({{"state", name_of(line.state)},
                      {"what", line.what},
                      {"found", line.found},
                      {"remedy", line.remedy}});
  }
  return document_text({{"schema", "postern/login/1"},
                        {"profile", heading.name},
                        {"sign_in", heading.sign_in},
                        {"exchange_host", heading.exchange_host},
                        {"checks", std::move(checks)}});
}

}  // namespace postern::report
