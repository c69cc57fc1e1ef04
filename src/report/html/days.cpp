// Direct Send mail, day by day: one stacked chart, and the same as a table.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/numbers.hpp"
#include "base/time.hpp"
#include "report/html/sections.hpp"

namespace postern::report::html {
namespace {

constexpr std::size_t most_columns = 92;
constexpr std::array<Tone, 4> stacked = {Tone::good, Tone::ask, Tone::bad, Tone::calm};

using Stack = std::array<std::uint64_t, stacked.size()>;

struct Span {
  std::int64_t first_day = 0;
  std::size_t days = 0;
  Stack messages{};
};

// What each message's sender comes to: the groups of the list above.
std::vector<Span> spans_of(const impact::Report& report, const Figures& figures) {
  std::vector<Span> out;
  const auto& totals = report.totals;
  if (!totals.first || !totals.last) return out;
  const std::int64_t begin = day_of(*totals.first);
  const auto days = static_cast<std::size_t>(day_of(*totals.last) - begin + 1);
  const std::size_t width = (days + most_columns - 1) / most_columns;
  for (std::size_t day = 0; day < days; day += width)
    out.push_back({begin + static_cast<std::int64_t>(day), std::min(width, days - day), {}});
  for (const Judged& judged : figures.all()) {
    const impact::Sender& sender = report.senders[judged.index];
    const Tone tone = words_of(judged.group, figures.planned() != nullptr).tone;
    const auto row =
        static_cast<std::size_t>(std::find(stacked.begin(), stacked.end(), tone) - stacked.begin());
    for (std::size_t i = 0; i < sender.by_day.size(); ++i) {
      const std::int64_t day = sender.first_day + static_cast<std::int64_t>(i) - begin;
      if (day < 0 || day >= static_cast<std::int64_t>(days)) continue;
      out[static_cast<std::size_t>(day) / width].messages[row] += sender.by_day[i];
    }
  }
  return out;
}

std::uint64_t sum(const Stack& stack) {
  std::uint64_t out = 0;
  for (const std::uint64_t part : stack)
    out += part;
  return out;
}

std::string title_of(const Span& span) {
  std::string first = format_date(span.first_day * 86400);
  if (span.days < 2) return first;
  return first + " to " +
         format_date((span.first_day + static_cast<std::int64_t>(span.days) - 1) * 86400);
}

void write_chart(Html& page, const std::vector<Span>& spans, std::uint64_t most,
                 const std::string& said) {
  constexpr double height = 120;
  page << "<svg role=\"img\" width=\"100%\" height=\"122\"";
  page.attribute("aria-label", said);
  page << ">";
  const double step = 100.0 / static_cast<double>(spans.size());
  for (std::size_t i = 0; i < spans.size(); ++i) {
    double top = height;
    for (std::size_t part = 0; part < stacked.size(); ++part) {
      if (spans[i].messages[part] == 0) continue;
      const double tall = std::max(
          1.0, height * static_cast<double>(spans[i].messages[part]) / static_cast<double>(most));
      top -= tall;
      for (const std::string_view fill :
           {fill_of(stacked[part]), std::string_view("url(#hatch)")}) {
        if (fill == "url(#hatch)" && stacked[part] != Tone::bad) continue;
        page << "<rect";
        if (fill != "url(#hatch)") page << " class=\"" << class_of(stacked[part]) << "\"";
        page.attribute("x", fmt::format("{:.2f}%", static_cast<double>(i) * step));
        page.attribute("width", fmt::format("{:.2f}%", step * 0.82));
        page.attribute("y", fmt::format("{:.1f}", top));
        page.attribute("height", fmt::format("{:.1f}", tall));
        page.attribute("fill", fill);
        page << "/>";
      }
    }
  }
  page << "<line class=\"rule\" x1=\"0\" x2=\"100%\" y1=\"121\" y2=\"121\" "
          "stroke=\"#d7dbe2\"/></svg>";
}

}  // namespace

void write_days(Html& page, const impact::Report& report, const Figures& figures) {
  const std::vector<Span> spans = spans_of(report, figures);
  const auto busiest = std::max_element(
      spans.begin(), spans.end(),
      [](const Span& a, const Span& b) { return sum(a.messages) < sum(b.messages); });
  if (busiest == spans.end() || sum(busiest->messages) == 0) return;
  const bool whole_days = spans.front().days == 1;
  const std::string said =
      fmt::format("Mail by {}; most, {}, on {}", whole_days ? "day" : "span of days",
                  counted(sum(busiest->messages), "message"), title_of(*busiest));
  page << "<section id=\"days\" aria-labelledby=\"h-days\">\n<h2 id=\"h-days\">Direct Send mail, "
          "day "
          "by day</h2>\n<figure class=\"chart\">";
  write_chart(page, spans, sum(busiest->messages), said);
  page << "<figcaption>";
  page.text(said)
      << ".</figcaption></figure>\n<ul class=\"parts\"><li class=\"good\">not affected, or "
         "saved by the plan</li>\n<li class=\"ask\">not known, or on a condition</li>\n<li "
         "class=\"bad\">yours and refused, or let in by the plan</li>\n<li class=\"calm\">"
         "forged, or looks so; or you let it break</li></ul>\n<details><summary>The same "
         "as a table</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
         "aria-label=\"Table: mail by day\"><table><caption class=\"off\">Messages by "
         "day</caption><thead><tr><th scope=\"col\">Day</th><th scope=\"col\" "
         "class=\"number\">Fine</th><th scope=\"col\" class=\"number\">Not known</th><th "
         "scope=\"col\" class=\"number\">Refused, yours</th><th scope=\"col\" "
         "class=\"number\">Forged</th></tr></thead><tbody>\n";
  for (const Span& span : spans) {
    page << "<tr><th scope=\"row\">";
    page.text(title_of(span)) << "</th>";
    for (const std::uint64_t part : span.messages) {
      page << "<td class=\"number\">";
      page.text(grouped(part)) << "</td>";
    }
    page << "</tr>\n";
  }
  page << "</tbody></table></div></details>\n</section>\n";
}

}  // namespace postern::report::html
