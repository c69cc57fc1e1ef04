#include "report/impact_report.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "impact/questions.hpp"
#include "impact/to_do.hpp"
#include "report/impact_parts.hpp"
#include "report/next_step.hpp"
#include "report/sender_words.hpp"
#include "report/shift_report.hpp"
#include "report/text.hpp"

namespace postern::report {
namespace {

using impact::Looks;
using impact::Sender;
using impact::Totals;

std::string verdict_cell(const Sender& sender) {
  const auto& c = sender.with_rejection;
  if (c.reject > 0 && c.undetermined == 0 && c.accept == 0) return "rejected";
  if (c.accept == sender.messages) return "accepted";
  if (c.undetermined == sender.messages) return "unknown";
  return fmt::format("{} rejected", grouped(c.reject));
}

// Days from the first of the evidence to its last, one glyph a day or a few of them.
std::string days_picture(const Sender& sender, const Totals& totals) {
  constexpr std::size_t most_glyphs = 31;
  if (!totals.first || !totals.last || sender.by_day.empty()) return {};
  const std::int64_t begin = day_of(*totals.first);
  const auto span = static_cast<std::size_t>(day_of(*totals.last) - begin + 1);
  const std::size_t width = (span + most_glyphs - 1) / most_glyphs;
  std::vector<std::uint64_t> columns((span + width - 1) / width);
  for (std::size_t i = 0; i < sender.by_day.size(); ++i) {
    const std::int64_t day = sender.first_day + static_cast<std::int64_t>(i) - begin;
    if (day < 0 || day >= static_cast<std::int64_t>(span)) continue;
    columns[static_cast<std::size_t>(day) / width] += sender.by_day[i];
  }
  return sparkline(columns);
}

Colour colour_of(const Sender& sender) {
  const bool affected = sender.with_rejection.reject > 0;
  if (!affected && sender.with_rejection.undetermined == 0) return Colour::dim;
  if (!affected || sender.standing != impact::Standing::certain) return Colour::yellow;
  return sender.looks == Looks::forged || sender.loss_accepted ? Colour::green : Colour::red;
}

// What would become of the messages that Direct Send concerns, as bars.
std::string shares_picture(const impact::Report& report, const Style& style) {
  const std::size_t widest =
      std::clamp<std::size_t>(style.columns > 40 ? style.columns - 40 : 0, 8, 50);
  const impact::Conclusion& c = report.conclusion;
  struct Bar {
    std::string_view name;
    std::uint64_t count;
    Colour colour;
  };
  const std::array<Bar, 8> bars = {{
      {"yours, refused", c.lost.messages, Colour::red},
      {"yours, not determined", c.undetermined.messages + c.hanging.messages, Colour::yellow},
      {"looks legitimate", c.presumed_legitimate.messages, Colour::yellow},
      {"may be either", c.open.messages, Colour::yellow},
      {"looks forged", c.presumed_forged.messages, Colour::yellow},
      {"yours, let break", c.loss_accepted.messages, Colour::green},
      {"forged, stopped", c.stopped.messages, Colour::green},
      {"accepted", report.totals.accepted, Colour::dim},
  }};
  std::uint64_t most = 1;
  for (const Bar& bar : bars)
    most = std::max(most, bar.count);
  std::string out;
  for (const Bar& bar : bars) {
    if (bar.count == 0) continue;
    std::string glyphs;
    for (std::size_t i = 0; i < std::max<std::size_t>(1, bar.count * widest / most); ++i)
      glyphs += "█";
    out += fmt::format("  {:<24} {:>9}  {}\n", bar.name, grouped(bar.count),
                       coloured(style, bar.colour, glyphs));
  }
  return out;
}

std::string approximately(std::uint64_t number, bool estimate) {
  return (estimate ? "≈" : "") + grouped(number);
}

std::string files_text(const impact::Report& report, const Style& style) {
  Table table({{"evidence", Align::left, 20},
               {"format", Align::left, 16},
               {"rows", Align::right},
               {"bad", Align::right}});
  for (const EvidenceFiles& line : evidence_files(report)) {
    table.add({line.files == 1 ? line.file
                               : fmt::format("{} ({})", line.file, counted(line.files, "file")),
               line.format, grouped(line.rows), grouped(line.bad)});
  }
  return table.text(style);
}

std::string remedy_text(const impact::ToDo& remedy, const Style& style) {
  const std::string spaces = "    ";
  std::string out = paragraph(remedy.what, style, spaces + "remedy   ");
  if (!remedy.command.empty()) out += spaces + "         " + printable(remedy.command) + "\n";
  if (!remedy.risk.empty()) out += paragraph(remedy.risk, style, spaces + "risk     ");
  return out;
}

std::string sender_details(const Sender& sender, const Totals& totals, const Style& style) {
  std::string what = standing_words(sender);
  if (sender.kind != impact::Kind::unknown) {
    what += fmt::format(", {}", impact::name_of(sender.kind));
    if (sender.pin.empty() && sender.kind != impact::Kind::covered) {
      what += fmt::format(" ({:.0f}%)", 100 * sender.confidence);
    }
  }
  const std::string name = printable(sender.name);
  const bool fits = display_width(name) + 2 + display_width(what) <= style.columns;
  std::string out =
      style.bold(name) + (fits ? "  " + what + "\n" : "\n" + paragraph(what, style, "    "));
  const auto list = [](const std::vector<std::string>& items, std::uint64_t count) {
    std::string text = joined(items);
    if (count > items.size()) text += fmt::format(" and {} more", grouped(count - items.size()));
    return text;
  };
  std::vector<std::string> addresses;
  for (const IpAddress address : sender.addresses) {
    if (addresses.size() < 8) addresses.push_back(address.text());
  }
  const std::string spaces = "    ";
  if (!addresses.empty()) {
    out += paragraph(list(addresses, sender.address_count), style, spaces + "from     ");
  }
  const bool forged = sender.looks == Looks::forged;
  if (!sender.reverse_paths.empty()) {
    std::vector<std::string> paths = sender.reverse_paths;
    if (forged && paths.size() > 3) paths.resize(3);
    out += paragraph(list(paths, sender.reverse_path_count), style, spaces + "as       ");
  }
  if (sender.first && sender.last) {
    const std::string from = format_date(*sender.first);
    const std::string to = format_date(*sender.last);
    out += paragraph(
        fmt::format("{}, {}", counted(sender.days, "day"), from == to ? from : from + " to " + to),
        style, spaces + "seen     ");
    if (style.pictures && !forged) {
      out += spaces + "         " + days_picture(sender, totals) + "\n";
    }
  }
  if (!sender.subjects.empty()) {
    out += paragraph("\"" + shorten(printable(sender.subjects.front()), 70) + "\"", style,
                     spaces + "subject  ");
  }
  if (forged) {
    out += paragraph(joined(sender.reasons, "; "), style, spaces + "because  ");
  }
  for (std::size_t i = 0; i < sender.reasons.size() && !forged; ++i) {
    out += paragraph(sender.reasons[i], style, spaces + (i == 0 ? "because  " : "         "));
  }
  for (std::size_t i = 0; i < sender.doubts.size() && !forged; ++i) {
    out += paragraph(sender.doubts[i], style, spaces + (i == 0 ? "but      " : "         "));
  }
  const impact::ToDo remedy = impact::to_do_about(sender);
  if (!forged || remedy.if_yours) out += remedy_text(remedy, style);
  if (sender.missing != policy::Fact::none) {
    out += paragraph(joined(policy::names_of(sender.missing)), style, spaces + "missing  ");
  }
  return out;
}

// Senders that are left out of a list, with their mail.
std::string left_out(std::size_t senders, std::uint64_t messages, std::uint64_t at_risk,
                     const ImpactHeading& heading, const Style& style) {
  if (senders == 0) return {};
  std::string out = fmt::format("… and {} more {} with {}", grouped(senders),
                                senders == 1 ? "sender" : "senders", counted(messages, "message"));
  if (at_risk > 0) out += fmt::format(", {} refused or perhaps refused", grouped(at_risk));
  return paragraph(fmt::format("{} (--top {} shows them, --output csv holds all)", out,
                               heading.most_senders + senders),
                   style);
}

// Narrow terminals get the columns that decide; the rest stands in the details.
Table senders_table(const ImpactDocument& impact, const Style& style) {
  const bool wide = style.columns >= 96;
  const bool middle = style.columns >= 72;
  std::vector<TableColumn> columns = {{"sender", Align::left, 16},
                                      {"looks like", Align::left, wide ? 21u : 12u}};
  if (middle) columns.push_back({"sure", Align::right});
  columns.push_back({"mail", Align::right});
  if (middle) columns.push_back({"days", Align::right});
  if (middle) columns.push_back({"rcpts", Align::right});
  if (wide) {
    for (const char* mechanism : {"SPF", "DKIM", "DMARC"})
      columns.push_back({mechanism, Align::left, 8});
  }
  columns.push_back({"would be", Align::left});
  Table table(std::move(columns));
  const auto& senders = impact.report.senders;
  for (std::size_t i = 0; i < senders.size() && i < impact.heading.most_senders; ++i) {
    const Sender& sender = senders[i];
    std::vector<std::string> cells = {sender.name, kind_cell(sender)};
    if (middle) cells.push_back(confidence_cell(sender));
    cells.push_back(grouped(sender.messages));
    if (middle) cells.push_back(grouped(sender.days));
    if (middle) cells.push_back(approximately(sender.recipients, sender.recipients_is_estimate));
    if (wide) {
      cells.push_back(spf_cell(sender));
      cells.push_back(result_cell(sender.dkim));
      cells.push_back(result_cell(sender.dmarc));
    }
    cells.push_back(verdict_cell(sender));
    table.add(std::move(cells), colour_of(sender));
  }
  return table;
}

std::string table_text(const ImpactDocument& impact, const Style& style) {
  const auto& senders = impact.report.senders;
  const Table table = senders_table(impact, style);
  std::string out = table.empty() ? std::string{} : "\n" + table.text(style);
  std::size_t more = 0;
  std::uint64_t messages = 0;
  std::uint64_t at_risk = 0;
  for (std::size_t i = impact.heading.most_senders; i < senders.size(); ++i) {
    ++more;
    messages += senders[i].messages;
    at_risk += impact::messages_at_risk(senders[i]);
  }
  return out + left_out(more, messages, at_risk, impact.heading, style);
}

// Whom a person must be asked about, one line or two each.
std::string questions_text(const ImpactDocument& impact, const Style& style) {
  const std::vector<const Sender*> questions = impact::questions_of(impact.report);
  if (questions.empty()) return {};
  std::string out = "\n" + style.bold("Questions: whose mail is this?") + "\n\n";
  std::size_t more = 0;
  std::uint64_t messages = 0;
  std::uint64_t at_risk = 0;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const Sender& sender = *questions[i];
    if (i >= impact.heading.most_senders) {
      ++more;
      messages += sender.messages;
      at_risk += impact::messages_at_risk(sender);
      continue;
    }
    std::string line = printable(sender.name);
    if (!sender.addresses.empty() && sender.addresses.front().text() != sender.name) {
      line += fmt::format(" ({}{})", sender.addresses.front().text(),
                          sender.address_count > 1
                              ? fmt::format(" and {} more", grouped(sender.address_count - 1))
                              : "");
    }
    line += ": " + counted(sender.messages, "message");
    if (!sender.reverse_paths.empty()) line += " as " + printable(sender.reverse_paths.front());
    if (sender.reverse_path_count > 1) {
      line += fmt::format(" and {} more", grouped(sender.reverse_path_count - 1));
    }
    line += "; " + standing_words(sender);
    if (sender.standing == impact::Standing::presumed) {
      line += sender.looks == Looks::forged
                  ? fmt::format(", {:.0f}%", 100 * sender.confidence)
                  : fmt::format(" ({}), {:.0f}%", impact::name_of(sender.kind),
                                100 * sender.confidence);
    }
    out += paragraph(line, style, fmt::format("{:>3}. ", i + 1));
  }
  return out + left_out(more, messages, at_risk, impact.heading, style);
}

std::string details_text(const ImpactDocument& impact, const Style& style) {
  const auto& [report, heading] = impact;
  std::string out;
  std::size_t shown = 0;
  std::size_t more = 0;
  std::uint64_t messages = 0;
  std::uint64_t at_risk = 0;
  for (const Sender& sender : report.senders) {
    const std::uint64_t risk = impact::messages_at_risk(sender);
    if (risk == 0) continue;
    if (shown == heading.most_senders) {
      ++more;
      messages += sender.messages;
      at_risk += risk;
      continue;
    }
    if (shown++ == 0) {
      out += "\n" + style.bold("Who is affected, and why they are named so") + "\n\n";
    }
    out += sender_details(sender, report.totals, style);
  }
  return out + left_out(more, messages, at_risk, heading, style);
}

std::string changes_text(const ImpactHeading& heading, const Style& style) {
  const impact::Changes& changes = *heading.changes;
  std::string out = "\n" + style.bold("Since the earlier run") + "\n";
  const auto list = [&](std::string_view what, const std::vector<std::string>& lines) {
    for (const std::string& line : lines)
      out += paragraph(line, style, fmt::format("  {:<9}", what));
  };
  list("new", changes.added);
  list("vanished", changes.vanished);
  list("changed", changes.changed);
  if (changes.added.empty() && changes.vanished.empty() && changes.changed.empty()) {
    out += "  nothing changed\n";
  }
  return out;
}

std::string evidence_text(const impact::Report& report, const Style& style) {
  const Totals& t = report.totals;
  std::string out = "\n" + style.bold("The evidence") + "\n\n" + files_text(report, style) + "\n";
  out += paragraph(fmt::format("{} = {} used + {} not relevant + {} bad.", counted(t.rows, "row"),
                               grouped(t.used), grouped(t.not_relevant), grouped(t.bad)),
                   style);
  if (t.not_relevant > 0) out += paragraph("Not relevant: " + aside_sentence(t) + ".", style);
  if (!report.bad_rows.empty()) {
    out += "\n" + style.bold("Bad rows") + "\n";
    for (const impact::UnusableRow& row : report.bad_rows)
      out += paragraph(row.text(), style, "  ");
    if (t.bad > report.bad_rows.size()) {
      out += fmt::format("  … and {} more\n", grouped(t.bad - report.bad_rows.size()));
    }
  }
  if (!report.remarks.empty()) {
    out += "\n" + style.bold("Read with care") + "\n";
    for (const std::string& remark : report.remarks)
      out += paragraph(remark, style, "  - ");
  }
  return out;
}

}  // namespace

ImpactHeading heading_of(const policy::Tenant& tenant) {
  ImpactHeading heading;
  heading.tenant = tenant.name;
  heading.reject_direct_send = tenant.reject_direct_send;
  return heading;
}

bool has_switch(const impact::Report& report) noexcept {
  return report.at_exchange && report.lack_of_switch.empty();
}

bool is_switch_on(const ImpactDocument& impact) noexcept {
  return has_switch(impact.report) &&
         impact.heading.reject_direct_send == policy::RejectDirectSend::on;
}

std::string state_of_switch(const ImpactDocument& impact) {
  if (!impact.report.at_exchange) {
    return "Whether anything refuses Direct Send today, the gate's mode decides";
  }
  if (!impact.report.lack_of_switch.empty()) return impact.report.lack_of_switch;
  return fmt::format("RejectDirectSend is {}", policy::name_of(impact.heading.reject_direct_send));
}

std::string impact_text(const ImpactDocument& impact, const Style& style) {
  const auto& [report, heading] = impact;
  const Totals& t = report.totals;
  std::string state = state_of_switch(impact);
  if (has_switch(report)) state += " now";
  if (t.first && t.last) {
    state += fmt::format("; evidence from {} to {}, {}", format_date(*t.first),
                         format_date(*t.last), counted(t.days, "day"));
  }
  if (!report.period_asked.empty()) state += "; asked for is mail " + report.period_asked;
  const std::string answer = style.bold(paragraph(report.conclusion.sentence, style)) + "\n" +
                             next_step_text(next_step(report, heading), style);
  std::string out = style.bold("Impact of rejecting Direct Send: " + printable(heading.tenant)) +
                    "\n" + paragraph(state + ".", style) + "\n" + answer;
  if (heading.shift != nullptr) {
    out = style.bold("Impact of a change: " + printable(heading.tenant)) + "\n" +
          paragraph(state + ".", style) + shift_text(*heading.shift, report, style) + "\n" + answer;
  }
  if (style.pictures) out += "\n" + shares_picture(report, style);
  out += questions_text(impact, style) + table_text(impact, style) + details_text(impact, style);
  if (heading.changes) out += changes_text(heading, style);
  out += evidence_text(report, style);
  if (scrolls(out)) out += "\n" + answer;
  return out;
}

}  // namespace postern::report
