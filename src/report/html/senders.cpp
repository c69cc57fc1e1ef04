// The senders, by what to do about them.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/join.hpp"
#include "base/numbers.hpp"
#include "base/time.hpp"
#include "impact/to_do.hpp"
#include "report/html/sections.hpp"
#include "report/sender_words.hpp"

namespace postern::report::html {
namespace {

using impact::Sender;

/// More rows make the page slow to open; the script finds the rest.
constexpr std::size_t most_rows = 1000;
constexpr std::size_t most_bars = 30;

// Days from the first of the evidence to its last, at most 30 bars of as many days each.
struct Calendar {
  std::int64_t begin = 0;
  std::size_t days = 0, width = 1, bars = 0;

  explicit Calendar(const impact::Totals& totals) {
    if (!totals.first || !totals.last) return;
    begin = day_of(*totals.first);
    days = static_cast<std::size_t>(day_of(*totals.last) - begin + 1);
    width = (days + most_bars - 1) / most_bars;
    bars = (days + width - 1) / width;
  }
  [[nodiscard]] std::vector<std::uint64_t> of(const Sender& sender) const {
    std::vector<std::uint64_t> out(bars);
    for (std::size_t i = 0; i < sender.by_day.size(); ++i) {
      const std::int64_t day = sender.first_day + static_cast<std::int64_t>(i) - begin;
      if (day < 0 || day >= static_cast<std::int64_t>(days)) continue;
      out[static_cast<std::size_t>(day) / width] += sender.by_day[i];
    }
    return out;
  }
};

// One path for all bars: a node a sender.
void write_spark(Html& page, const std::vector<std::uint64_t>& bars) {
  const std::uint64_t most = bars.empty() ? 0 : *std::max_element(bars.begin(), bars.end());
  if (most == 0) return;
  std::string path;
  std::size_t busy = 0;
  for (std::size_t i = 0; i < bars.size(); ++i) {
    if (bars[i] == 0) continue;
    ++busy;
    const std::uint64_t height = std::max<std::uint64_t>(2, bars[i] * 14 / most);
    path += fmt::format("M{} 15v-{}h2v{}z", i * 3, height, height);
  }
  page << "<svg role=\"img\" width=\"90\" height=\"16\"";
  page.attribute("aria-label", fmt::format("mail in {} of {} spans of time", busy, bars.size()));
  page << "><path class=\"days\" fill=\"#1b1e25\"";
  page.attribute("d", path);
  page << "/><line class=\"rule\" x1=\"0\" x2=\"90\" y1=\"15.5\" y2=\"15.5\" "
          "stroke=\"#d7dbe2\"/></svg>";
}

std::string more_than(std::uint64_t count, std::size_t shown) {
  return count > shown ? fmt::format(" and {} more", grouped(count - shown)) : std::string();
}

void write_fact(Html& page, Own term, std::string_view text) {
  if (text.empty()) return;
  page << "<dt>" << term << "</dt><dd>";
  name(page, text) << "</dd>\n";
}

void write_details(Html& page, const Sender& sender) {
  std::string from = joined(sender.addresses, [](IpAddress address) { return address.text(); });
  from += more_than(sender.address_count, sender.addresses.size());
  page << "<dl class=\"facts\">\n";
  const impact::ToDo to_do = impact::to_do_about(sender);
  write_fact(page, "What it needs", to_do.what);
  if (!to_do.command.empty()) {
    page << "<dt>Command</dt><dd><code>";
    page.text(to_do.command_alone()) << "</code></dd>\n";
  }
  write_fact(page, "It is", standing_words(sender));
  write_fact(page, "Pinned by", sender.pin);
  write_fact(page, "Why it is named so", joined(sender.reasons, "; "));
  write_fact(page, "Doubts", joined(sender.doubts, "; "));
  write_fact(page, "Sends as",
             joined(sender.reverse_paths) +
                 more_than(sender.reverse_path_count, sender.reverse_paths.size()));
  write_fact(page, "From", from);
  write_fact(page, "Hosts", joined(sender.hostnames));
  if (!page.redaction()) write_fact(page, "Subjects", joined(sender.subjects, "; "));
  if (sender.first && sender.last) {
    write_fact(page, "Seen",
               fmt::format("{} to {}{} on {}, {} to {}", counted(sender.messages, "message"),
                           sender.recipients_is_estimate ? "about " : "",
                           counted(sender.recipients, "recipient"), counted(sender.days, "day"),
                           format_date(*sender.first), format_date(*sender.last)));
  }
  write_fact(page, "Let in by", joined(sender.connectors));
  write_fact(page, "Not told", joined(policy::names_of(sender.missing)));
  write_fact(page, "Risk", to_do.risk);
  page << "</dl>\n";
}

void write_course(Html& page, Side side, const Courses& courses) {
  page << "<td class=\"" << class_of(tone_of_sender(side, courses)) << "\">";
  page.text(course_words(courses)) << "</td>";
}

void write_row(Html& page, const Sender& sender, const Judged& judged, const Calendar& calendar) {
  page << "<tbody><tr><th scope=\"row\">";
  name(page, sender.name) << " <span>";
  page.text(kind_cell(sender)) << "</span></th><td class=\"number\">";
  page.text(grouped(sender.messages)) << "</td><td class=\"number\">";
  page.text(grouped(sender.days)) << "</td><td>";
  write_spark(page, calendar.of(sender));
  page << "</td><td>";
  page.text(spf_cell(sender)) << "</td><td>";
  page.text(result_cell(sender.dkim)) << "</td><td>";
  page.text(result_cell(sender.dmarc)) << "</td><td>";
  page.text(confidence_cell(sender)) << "</td>";
  write_course(page, judged.side, judged.switched);
  if (judged.planned) write_course(page, judged.side, *judged.planned);
  page << "</tr>\n<tr class=\"more\"><td colspan=\"";
  page << (judged.planned ? Own("10") : Own("9")) << "\"><details><summary>";
  if (sender.reverse_paths.empty()) {
    page << "details";
  } else {
    name(page, sender.reverse_paths.front());
    page.text(more_than(sender.reverse_path_count, 1));
  }
  if (!sender.subjects.empty() && !page.redaction()) {
    page << " · “";
    name(page, sender.subjects.front()) << "”";
  }
  page << "</summary>\n";
  write_details(page, sender);
  page << "</details></td></tr></tbody>\n";
}

void write_group(Html& page, const impact::Report& report, const Figures& figures, Group group,
                 std::size_t& room) {
  const auto members = figures.members(group);
  if (members.empty()) return;
  const bool planned = figures.planned() != nullptr;
  // Where there is no switch, what is accepted is what nothing refuses.
  static constexpr GroupWords accepted = {
      "g-unaffected", "Come in", "No switch refuses them; a lock-down connector may.",
      "comes in",     "come in", Tone::ask};
  const GroupWords& words = group == Group::unaffected && !report.lack_of_switch.empty()
                                ? accepted
                                : words_of(group, planned);
  const impact::Pile& pile = figures.of(group);
  const std::size_t shown = std::min(room, members.size());
  room -= shown;
  page << "<section class=\"group edge-" << class_of(words.tone) << "\" id=\"" << words.id
       << "\" aria-labelledby=\"h-" << words.id << "\">\n<h3 id=\"h-" << words.id << "\">"
       << words.title << " <small>";
  page.text(
      fmt::format("{}, {}", counted(pile.senders, "sender"), counted(pile.messages, "message")));
  page << "</small></h3>\n<p class=\"dim\">" << words.meaning << "</p>\n";
  if (shown > 0) {
    page << "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table: "
         << words.title << "\"><table><caption class=\"off\">" << words.title
         << "</caption><colgroup><col class=\"w-name\"><col class=\"w-n\"><col class=\"w-d\"><col "
            "class=\"w-days\"><col class=\"w-a\"><col class=\"w-a\"><col class=\"w-a\"><col "
            "class=\"w-s\"><col class=\"w-v\">";
    if (planned) page << "<col class=\"w-v\">";
    page
        << "</colgroup><thead><tr><th scope=\"col\">Sender</th><th scope=\"col\" "
           "class=\"number\">Messages</th><th scope=\"col\" class=\"number\">Days</th><th "
           "scope=\"col\">By day</th><th scope=\"col\">SPF</th><th scope=\"col\">DKIM</th><th "
           "scope=\"col\">DMARC</th><th scope=\"col\">Sure</th><th scope=\"col\">Switch alone</th>";
    if (planned) page << "<th scope=\"col\">With the plan</th>";
    page << "</tr></thead>\n";
    const Calendar calendar(report.totals);
    for (const Judged& judged : members.first(shown))
      write_row(page, report.senders[judged.index], judged, calendar);
    page << "</table></div>\n";
  }
  if (shown < members.size()) {
    page << "<p class=\"dim\">";
    page.text(shown == 0 ? fmt::format("None of {} stands here; find shows them all.",
                                       grouped(members.size()))
                         : fmt::format("The {} with most mail of {}; find shows them all.",
                                       grouped(shown), grouped(members.size())));
    page << "</p>\n";
  }
  if (group == Group::unaffected && report.folded_senders > 0) {
    page << "<p class=\"dim\">";
    page.text(fmt::format("{}, {}, are not kept apart (--most-senders).",
                          counted(report.folded_senders, "sender"),
                          counted(report.folded_messages, "message")))
        << "</p>\n";
  }
  page << "</section>\n";
}

// The form is there for the script, which shows it.
void write_find(Html& page, const Figures& figures) {
  const bool planned = figures.planned() != nullptr;
  page << "<form class=\"find\" id=\"find\" hidden><label>Find a sender, address, subject or kind"
          "<input name=\"needle\" type=\"search\" autocomplete=\"off\"></label><label>Group<select "
          "name=\"group\"><option value=\"\">all</option>";
  for (std::size_t i = 0; i < groups; ++i) {
    const auto group = static_cast<Group>(i);
    if (figures.members(group).empty()) continue;
    page << "<option value=\"" << i << "\">" << words_of(group, planned).title << "</option>";
  }
  page
      << "</select></label><button type=\"button\" name=\"all\">Show all as a list</button><button "
         "type=\"button\" name=\"save\">What is shown as CSV</button></form>\n<p class=\"dim\" "
         "id=\"find-told\" role=\"status\"></p>\n<div class=\"found\" id=\"found\" hidden "
         "tabindex=\"0\" role=\"region\" aria-label=\"Senders that were found\"><table "
         "aria-rowcount=\"1\"><caption class=\"off\">Senders that were "
         "found</caption><colgroup><col>"
         "<col class=\"w-v\"><col class=\"w-n\"><col class=\"w-d\"><col><col><col><col "
         "class=\"w-v\">"
         "<col class=\"w-v\"></colgroup><thead><tr>";
  struct Head {
    Own column, title;
  };
  for (const Head& head : std::array<Head, 9>{{{"name", "Sender"},
                                               {"kind", "Kind"},
                                               {"messages", "Messages"},
                                               {"days", "Days"},
                                               {"sends", "Sends as"},
                                               {"subject", "Subject"},
                                               {"where", "Group"},
                                               {"verdict", "Switch alone"},
                                               {"plan", "With the plan"}}}) {
    page << "<th scope=\"col\" aria-sort=\"none\"><button type=\"button\" data-column=\""
         << head.column << "\">" << head.title << "</button></th>";
  }
  page << "</tr></thead><tbody></tbody></table></div>\n";
}

}  // namespace

const GroupWords& words_of(Group group, bool with_plan) noexcept {
  static constexpr std::array<GroupWords, groups> words = {{
      {"g-let-in", "The plan would let them in",
       "Not known to be yours, and a connector of the plan admits them. Narrow it, or answer whose "
       "they are.",
       "sender that the plan would let in", "senders that the plan would let in", Tone::bad},
      {"g-lost", "Yours, and nothing of the plan saves them",
       "Refused after the plan too; they have to be changed themselves.",
       "sender of yours that no connector saves", "senders of yours that no connector saves",
       Tone::bad},
      {"g-untold", "Yours, and it can’t be told", "The evidence lacks a fact, or a choice decides.",
       "sender of yours that can’t be judged", "senders of yours that can’t be judged", Tone::ask},
      {"g-legitimate", "Look legitimate; nothing proves it",
       "Refused unless they are saved. Find their owners and answer in senders.toml.",
       "looks legitimate: find its owner", "look legitimate: find their owners", Tone::ask},
      {"g-either", "Nobody knows", "May be yours or forged. Ask before you decide.",
       "sender nobody knows", "senders nobody knows", Tone::ask},
      {"g-if", "Saved by the plan, if one thing holds",
       "Check it after the connector is made and before the switch.",
       "saved if it shows its certificate", "saved if they show their certificates", Tone::ask},
      {"g-saved", "Saved by the plan",
       "Refused by the switch alone; accepted once the connectors of the plan exist.",
       "saved by the plan", "saved by the plan", Tone::good},
      {"g-forged-looks", "Look forged; nothing proves it",
       "The switch stops them. Where you agree, say so in senders.toml.", "looks forged",
       "look forged", Tone::calm},
      {"g-let-break", "Yours, and you let them break", "You said so in senders.toml.",
       "you let break", "you let break", Tone::calm},
      {"g-forged", "Forged: the switch stops them", "Nothing to do. Refused with 550 5.7.68.",
       "forged, stopped", "forged, stopped", Tone::calm},
      {"g-unaffected", "Not affected", "Accepted with the switch too.", "not affected",
       "not affected", Tone::good},
  }};
  static constexpr GroupWords lost_alone = {
      "g-lost",
      "Yours, and the switch refuses them",
      "Each needs a connector, a sign-in, or another way before the switch.",
      "sender of yours would be refused",
      "senders of yours would be refused",
      Tone::bad};
  if (group == Group::lost && !with_plan) return lost_alone;
  return words[static_cast<std::size_t>(group)];
}

std::string course_words(const Courses& courses) {
  static constexpr std::array<std::string_view, report::courses> words = {
      "accepted", "if certificate", "can’t tell", "refused"};
  std::uint64_t all = 0;
  std::size_t worst = 0;
  for (std::size_t i = 0; i < courses.size(); ++i) {
    all += courses[i];
    if (courses[i] > 0) worst = i;
  }
  if (courses[worst] == all) return std::string(words[worst]);
  return fmt::format("{} of {} {}", grouped(courses[worst]), grouped(all), words[worst]);
}

Tone tone_of_sender(Side side, const Courses& courses) noexcept {
  Tone out = Tone::good;
  for (std::size_t i = 0; i < courses.size(); ++i) {
    if (courses[i] == 0) continue;
    const Tone tone = tone_of(side, static_cast<Course>(i));
    if (tone == Tone::bad || out == Tone::good) out = tone;
    if (tone == Tone::ask && out == Tone::calm) out = tone;
  }
  return out;
}

void write_senders(Html& page, const impact::Report& report, const Figures& figures) {
  page << "<section id=\"senders\" class=\"senders\" aria-labelledby=\"h-senders\">\n<h2 "
          "id=\"h-senders\">Senders, by what to do about them</h2>\n";
  if (report.senders.empty()) page << "<p>None.</p>\n";
  write_find(page, figures);
  page << "<div id=\"groups\">\n";
  std::size_t room = most_rows;
  for (std::size_t i = 0; i < groups; ++i)
    write_group(page, report, figures, static_cast<Group>(i), room);
  page << "</div>\n</section>\n";
}

}  // namespace postern::report::html
