#include "report/impact_report.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "report/csv.hpp"
#include "report/json_parts.hpp"
#include "report/text.hpp"

namespace postern::report {
namespace {

using evidence::AuthResult;
using impact::Looks;
using impact::Sender;
using impact::Totals;

constexpr std::array<std::string_view, 8> result_names = {
    "unknown", "none", "pass", "fail", "softfail", "neutral", "temperror", "permerror"};
constexpr std::array<std::string_view, 6> delivery_names = {"unknown",    "inbox",   "junk",
                                                            "quarantine", "blocked", "failed"};

// "pass 41/42", or "-" where nothing is recorded.
std::string result_cell(const impact::ResultCounts& counts) {
  std::uint64_t known = 0;
  std::size_t most = 1;
  for (std::size_t i = 1; i < counts.size(); ++i) {
    known += counts[i];
    if (counts[i] > counts[most]) most = i;
  }
  if (known == 0) return "-";
  const double share = 100.0 * static_cast<double>(counts[most]) / static_cast<double>(known);
  return counts[most] == known ? std::string(result_names[most])
                               : fmt::format("{} {:.0f}%", result_names[most], share);
}

// In brackets where it was looked up, not seen.
std::string spf_cell(const Sender& sender) {
  const std::string seen = result_cell(sender.spf);
  const std::string looked_up = result_cell(sender.published_spf);
  return seen == "-" && looked_up != "-" ? '(' + looked_up + ')' : seen;
}

std::string verdict_cell(const Sender& sender) {
  const auto& c = sender.with_rejection;
  if (c.reject > 0 && c.undetermined == 0 && c.accept == 0) return "rejected";
  if (c.accept == sender.messages) return "accepted";
  if (c.undetermined == sender.messages) return "unknown";
  return fmt::format("{} rejected", grouped(c.reject));
}

std::string kind_cell(const Sender& sender) {
  if (sender.kind == impact::Kind::unknown && sender.looks == Looks::legitimate) {
    return "legitimate";
  }
  return std::string(impact::name_of(sender.kind));
}

// How sure, as people say it.
std::string confidence_cell(const Sender& sender) {
  if (!sender.pin.empty()) return "pinned";
  if (sender.kind == impact::Kind::covered) return "-";
  return fmt::format("{:.0f}%", 100 * sender.confidence);
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
  if (!affected) return Colour::yellow;
  return sender.looks == Looks::legitimate ? Colour::red
         : sender.looks == Looks::forged   ? Colour::green
                                           : Colour::yellow;
}

// What would become of the messages that Direct Send concerns, as bars.
std::string shares_picture(const Totals& t, const Style& style) {
  constexpr std::size_t widest = 50;
  const std::uint64_t most = std::max(
      {t.rejected_legitimate, t.rejected_forged, t.rejected_unclear, t.undetermined, t.accepted});
  std::string out;
  const auto bar = [&](std::string_view name, std::uint64_t count, Colour colour) {
    if (count == 0) return;
    std::string glyphs;
    for (std::size_t i = 0; i < std::max<std::size_t>(1, count * widest / most); ++i)
      glyphs += "█";
    out +=
        fmt::format("  {:<24} {:>9}  {}\n", name, grouped(count), coloured(style, colour, glyphs));
  };
  bar("legitimate, refused", t.rejected_legitimate, Colour::red);
  bar("forged, refused", t.rejected_forged, Colour::green);
  bar("unclear, refused", t.rejected_unclear, Colour::yellow);
  bar("undetermined", t.undetermined, Colour::yellow);
  bar("accepted", t.accepted, Colour::dim);
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
  // Files of one format that lie in one folder are one line: a folder may hold thousands.
  struct Line {
    std::string file;
    std::uint64_t files, rows, bad;
  };
  std::vector<std::pair<std::string, Line>> lines;
  std::unordered_map<std::string, std::size_t> places;
  for (const auto& file : report.files) {
    const std::string outer =
        file.outer_name == 0 ? file.file : file.file.substr(0, file.outer_name);
    const std::string folder = outer.substr(0, outer.find_last_of('/') + 1);
    const std::string format(evidence::describe(file.format));
    const auto [place, added] =
        places.try_emplace(fmt::format("{}\n{}", folder, format), lines.size());
    if (added) {
      lines.push_back({format, {file.file, 1, file.rows, file.bad}});
      continue;
    }
    Line& line = lines[place->second].second;
    line.file = folder;
    ++line.files;
    line.rows += file.rows;
    line.bad += file.bad;
  }
  for (const auto& [format, line] : lines) {
    table.add({line.files == 1 ? line.file
                               : fmt::format("{} ({})", line.file, counted(line.files, "file")),
               format, grouped(line.rows), grouped(line.bad)});
  }
  return table.text(style);
}

std::string aside_sentence(const Totals& t) {
  std::string out;
  const auto add = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) append_item(out, fmt::format("{} {}", grouped(count), what));
  };
  add(t.aside.external_sender, "from other organisations");
  add(t.aside.authenticated, "signed in or originating");
  add(t.aside.outbound, "outbound");
  add(t.aside.null_reverse_path, "bounces (<>)");
  add(t.aside.header_from_only, "with your domain in header From alone");
  add(t.aside.other_tenant, "to other organisations");
  add(t.aside.other_event, "later events of a message");
  add(t.aside.duplicate, "repeated");
  add(t.aside.not_mail, "no mail");
  add(t.aside.other_receiver, "received by other organisations");
  add(t.aside.other_source, "known from another source already");
  add(t.aside.other_period, "outside the period asked for");
  return out;
}

std::string sender_details(const Sender& sender, const Totals& totals, const Style& style) {
  std::string out = style.bold(printable(sender.name)) + "  " +
                    std::string(impact::name_of(sender.looks)) + ", " +
                    std::string(impact::name_of(sender.kind));
  if (sender.pin.empty() && sender.kind != impact::Kind::covered) {
    out += fmt::format(" ({:.0f}%)", 100 * sender.confidence);
  }
  out += "\n";
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
  if (!forged) {
    out += paragraph(sender.remedy.what, style, spaces + "remedy   ");
    if (!sender.remedy.command.empty())
      out += spaces + "         " + printable(sender.remedy.command) + "\n";
    if (!sender.remedy.risk.empty()) {
      out += paragraph(sender.remedy.risk, style, spaces + "risk     ");
    }
  }
  if (sender.missing != policy::Fact::none) {
    out += paragraph(joined(policy::names_of(sender.missing)), style, spaces + "missing  ");
  }
  return out;
}

}  // namespace

std::string impact_sentence(const Totals& t) {
  std::string out = fmt::format(
      "Turning it on would reject {} from {} that look{} legitimate, stop {} that look forged",
      counted(t.rejected_legitimate, "message"), counted(t.senders_legitimate, "sender"),
      t.senders_legitimate == 1 ? "s" : "", grouped(t.rejected_forged));
  if (t.rejected_unclear > 0) {
    out +=
        fmt::format(", and reject {} from {} about which this evidence proves nothing either way",
                    counted(t.rejected_unclear, "message"), counted(t.senders_unclear, "sender"));
  }
  if (t.undetermined > 0) {
    out += fmt::format("; {} can't be determined from this evidence because it does not tell: {}",
                       grouped(t.undetermined), joined(policy::names_of(t.missing)));
  } else {
    out += "; nothing is left undetermined";
  }
  return out + ".";
}

std::string impact_text(const ImpactDocument& impact, const Style& style) {
  const auto& [report, heading] = impact;
  const Totals& t = report.totals;
  std::string out =
      style.bold("Impact of rejecting Direct Send: " + printable(heading.tenant)) + "\n" +
      fmt::format("RejectDirectSend is {} now", policy::name_of(heading.reject_direct_send));
  if (t.first && t.last) {
    out += fmt::format("; evidence from {} to {}, {}", format_date(*t.first), format_date(*t.last),
                       counted(t.days, "day"));
  }
  out += ".\n\n" + style.bold(paragraph(impact_sentence(t), style)) + "\n";
  if (style.pictures) out += shares_picture(t, style) + "\n";

  Table table({{"sender", Align::left, 16},
               {"looks like", Align::left, 21},
               {"sure", Align::right},
               {"mail", Align::right},
               {"days", Align::right},
               {"rcpts", Align::right},
               {"SPF", Align::left, 8},
               {"DKIM", Align::left, 8},
               {"DMARC", Align::left, 8},
               {"would be", Align::left}});
  std::size_t shown = 0;
  for (const Sender& sender : report.senders) {
    if (shown++ == heading.most_senders) break;
    table.add({sender.name, kind_cell(sender), confidence_cell(sender), grouped(sender.messages),
               grouped(sender.days),
               approximately(sender.recipients, sender.recipients_is_estimate), spf_cell(sender),
               result_cell(sender.dkim), result_cell(sender.dmarc), verdict_cell(sender)},
              colour_of(sender));
  }
  if (!table.empty()) out += table.text(style);
  if (report.senders.size() > heading.most_senders) {
    out += fmt::format("… and {} more (--top, --output csv)\n",
                       grouped(report.senders.size() - heading.most_senders));
  }

  bool titled = false;
  shown = 0;
  for (const Sender& sender : report.senders) {
    const bool affected =
        sender.with_rejection.reject > 0 || sender.with_rejection.undetermined > 0;
    if (!affected || shown++ == heading.most_senders) continue;
    if (!titled) out += "\n" + style.bold("Who is affected, and why they are named so") + "\n\n";
    titled = true;
    out += sender_details(sender, t, style);
  }
  if (heading.changes) {
    out += "\n" + style.bold("Since the earlier run") + "\n";
    const auto list = [&](std::string_view what, const std::vector<std::string>& lines) {
      for (const std::string& line : lines)
        out += paragraph(line, style, fmt::format("  {:<9}", what));
    };
    list("new", heading.changes->added);
    list("vanished", heading.changes->vanished);
    list("changed", heading.changes->changed);
    if (heading.changes->added.empty() && heading.changes->vanished.empty() &&
        heading.changes->changed.empty()) {
      out += "  nothing changed\n";
    }
  }
  out += "\n" + style.bold("The evidence") + "\n\n" + files_text(report, style) + "\n";
  out += paragraph(fmt::format("{} = {} used + {} not relevant + {} bad.", counted(t.rows, "row"),
                               grouped(t.used), grouped(t.not_relevant), grouped(t.bad)),
                   style);
  if (t.not_relevant > 0) out += paragraph("Not relevant: " + aside_sentence(t) + ".", style);
  if (!report.bad_rows.empty()) {
    out += "\n" + style.bold("Bad rows") + "\n";
    for (const std::string& row : report.bad_rows)
      out += paragraph(row, style, "  ");
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

namespace {

Json json_time(const std::optional<UnixTime>& time) {
  return time ? Json(format_time(*time)) : Json(nullptr);
}

template <std::size_t N>
Json json_counts(const std::array<std::uint64_t, N>& counts,
                 const std::array<std::string_view, N>& names) {
  Json out = Json::object();
  for (std::size_t i = 0; i < N; ++i) {
    if (counts[i] > 0) out[std::string(names[i])] = counts[i];
  }
  return out;
}

Json json_actions(const impact::Counts& counts) {
  return {
      {"accept", counts.accept}, {"reject", counts.reject}, {"undetermined", counts.undetermined}};
}

// Messages by UTC day; days without any are left out.
Json json_days(const Sender& sender) {
  Json out = Json::object();
  for (std::size_t i = 0; i < sender.by_day.size(); ++i) {
    if (sender.by_day[i] == 0) continue;
    const std::int64_t day = sender.first_day + static_cast<std::int64_t>(i);
    out[format_date(day * 86400)] = sender.by_day[i];
  }
  return out;
}

Json json_sender(const Sender& sender) {
  Json addresses = Json::array();
  for (const IpAddress address : sender.addresses)
    addresses.push_back(address.text());
  return {
      {"name", sender.name},
      {"looks", impact::name_of(sender.looks)},
      {"kind", impact::name_of(sender.kind)},
      {"confidence", std::round(sender.confidence * 1000) / 1000},
      {"reasons", sender.reasons},
      {"doubts", sender.doubts},
      {"pin", sender.pin.empty() ? Json(nullptr) : Json(sender.pin)},
      {"remedy",
       {{"what", sender.remedy.what},
        {"command", sender.remedy.command},
        {"risk", sender.remedy.risk}}},
      {"addresses", std::move(addresses)},
      {"address_count", sender.address_count},
      {"hostnames", sender.hostnames},
      {"envelope_senders", sender.reverse_paths},
      {"envelope_sender_count", sender.reverse_path_count},
      {"envelope_sender_count_is_estimate", sender.reverse_path_count_is_estimate},
      {"subjects", sender.subjects},
      {"message_ids", sender.message_ids},
      {"messages", sender.messages},
      {"days", sender.days},
      {"first", json_time(sender.first)},
      {"last", json_time(sender.last)},
      {"by_day", json_days(sender)},
      {"recipients", sender.recipients},
      {"recipients_is_estimate", sender.recipients_is_estimate},
      {"spf", json_counts(sender.spf, result_names)},
      {"published_spf", json_counts(sender.published_spf, result_names)},
      {"dkim", json_counts(sender.dkim, result_names)},
      {"dmarc", json_counts(sender.dmarc, result_names)},
      {"compauth", json_counts(sender.compauth, result_names)},
      {"claims_unconfirmed", sender.claims_unconfirmed},
      {"delivery", json_counts(sender.delivery, delivery_names)},
      {"now", json_actions(sender.now)},
      {"with_rejection", json_actions(sender.with_rejection)},
      {"reason", policy::name_of(sender.reason)},
      {"missing", json_facts(sender.missing)},
      {"notes", json_notes(sender.notes)},
      {"connectors", sender.connectors},
  };
}

Json json_changes(const ImpactHeading& heading) {
  if (!heading.changes) return nullptr;
  return {{"new", heading.changes->added},
          {"vanished", heading.changes->vanished},
          {"changed", heading.changes->changed}};
}

}  // namespace

std::string impact_json(const ImpactDocument& impact, const Style& /*style*/) {
  const auto& [report, heading] = impact;
  const Totals& t = report.totals;
  Json files = Json::array();
  for (const auto& file : report.files) {
    files.push_back({{"file", file.file},
                     {"format", evidence::name_of(file.format)},
                     {"bytes", file.bytes},
                     {"rows", file.rows},
                     {"messages", file.messages},
                     {"bad", file.bad}});
  }
  Json senders = Json::array();
  for (const Sender& sender : report.senders)
    senders.push_back(json_sender(sender));
  const Json document = {
      {"schema", "postern/impact/1"},
      {"tenant", heading.tenant},
      {"reject_direct_send", policy::name_of(heading.reject_direct_send)},
      {"summary", impact_sentence(t)},
      {"files", std::move(files)},
      {"totals",
       {{"rows", t.rows},
        {"used", t.used},
        {"not_relevant", t.not_relevant},
        {"bad", t.bad},
        {"first", json_time(t.first)},
        {"last", json_time(t.last)},
        {"days", t.days},
        {"rejected_legitimate", t.rejected_legitimate},
        {"senders_legitimate", t.senders_legitimate},
        {"rejected_forged", t.rejected_forged},
        {"senders_forged", t.senders_forged},
        {"rejected_unclear", t.rejected_unclear},
        {"senders_unclear", t.senders_unclear},
        {"undetermined", t.undetermined},
        {"senders_undetermined", t.senders_undetermined},
        {"accepted", t.accepted},
        {"senders_accepted", t.senders_accepted},
        {"missing", json_facts(t.missing)}}},
      {"not_relevant",
       {{"external_sender", t.aside.external_sender},
        {"header_from_only", t.aside.header_from_only},
        {"null_reverse_path", t.aside.null_reverse_path},
        {"authenticated", t.aside.authenticated},
        {"outbound", t.aside.outbound},
        {"other_tenant", t.aside.other_tenant},
        {"other_event", t.aside.other_event},
        {"duplicate", t.aside.duplicate},
        {"not_mail", t.aside.not_mail},
        {"other_receiver", t.aside.other_receiver},
        {"other_source", t.aside.other_source},
        {"other_period", t.aside.other_period}}},
      {"senders", std::move(senders)},
      {"changes", json_changes(heading)},
      {"folded_senders", report.folded_senders},
      {"folded_messages", report.folded_messages},
      {"bad_rows", report.bad_rows},
      {"remarks", report.remarks},
  };
  return document_text(document);
}

std::string impact_csv(const ImpactDocument& impact, const Style& /*style*/) {
  std::string out =
      csv_line({"name",       "looks",        "kind",          "confidence",   "messages",
                "days",       "first",        "last",          "recipients",   "spf_pass",
                "dkim_pass",  "dmarc_pass",   "compauth_fail", "now_rejected", "rejected",
                "accepted",   "undetermined", "missing",       "addresses",    "envelope_senders",
                "connectors", "reasons",      "doubts",        "remedy",       "command",
                "risk"});
  for (const Sender& s : impact.report.senders) {
    const auto passes = [](const impact::ResultCounts& counts, AuthResult result) {
      return std::to_string(counts[static_cast<std::size_t>(result)]);
    };
    const auto text_of = [](IpAddress address) { return address.text(); };
    out += csv_line({s.name,
                     std::string(impact::name_of(s.looks)),
                     std::string(impact::name_of(s.kind)),
                     fmt::format("{:.3f}", s.confidence),
                     std::to_string(s.messages),
                     std::to_string(s.days),
                     s.first ? format_time(*s.first) : "",
                     s.last ? format_time(*s.last) : "",
                     std::to_string(s.recipients),
                     passes(s.spf, AuthResult::pass),
                     passes(s.dkim, AuthResult::pass),
                     passes(s.dmarc, AuthResult::pass),
                     passes(s.compauth, AuthResult::fail),
                     std::to_string(s.now.reject),
                     std::to_string(s.with_rejection.reject),
                     std::to_string(s.with_rejection.accept),
                     std::to_string(s.with_rejection.undetermined),
                     joined(policy::names_of(s.missing)),
                     joined(s.addresses, text_of, "; "),
                     joined(s.reverse_paths, "; "),
                     joined(s.connectors, "; "),
                     joined(s.reasons, "; "),
                     joined(s.doubts, "; "),
                     s.remedy.what,
                     s.remedy.command,
                     s.remedy.risk});
  }
  return out;
}

}  // namespace postern::report
