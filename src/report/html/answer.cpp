// The answer, its bars and counters; what to do.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/numbers.hpp"
#include "report/html/sections.hpp"

namespace postern::report::html {
namespace {

struct Part {
  Side side;
  Course course;
  std::uint64_t messages;
};

// Yours first, forged last; within a side what is well before what is not.
std::vector<Part> parts_of(const Bar& bar) {
  std::vector<Part> out;
  for (std::size_t s = 0; s < sides; ++s) {
    for (std::size_t c = 0; c < courses; ++c) {
      const auto side = static_cast<Side>(s);
      const auto course = static_cast<Course>(c);
      const std::uint64_t messages = bar.at(side, course).messages;
      if (messages > 0) out.push_back({side, course, messages});
    }
  }
  return out;
}

void write_part(Html& page, Tone tone, double from, double width) {
  const auto rectangle = [&](Own css, std::string_view fill) {
    page << "<rect";
    page.attribute("x", fmt::format("{:.2f}%", from));
    page.attribute("width", fmt::format("{:.2f}%", width));
    page << " height=\"26\" class=\"" << css << "\"";
    page.attribute("fill", fill);
    page << "/>";
  };
  rectangle(class_of(tone), fill_of(tone));
  if (tone == Tone::bad) rectangle("pattern", "url(#hatch)");
}

void write_bar(Html& page, Own title, std::string_view note, const Bar& bar) {
  const std::vector<Part> parts = parts_of(bar);
  std::string said;
  for (const Part& part : parts) {
    said += fmt::format("{}{} {}", said.empty() ? "" : ", ", grouped(part.messages),
                        name_of(part.side, part.course));
  }
  page << "<figure class=\"bar\"><figcaption><b>" << title << "</b> ";
  page.text(note) << "</figcaption><div>\n<svg role=\"img\" width=\"100%\" height=\"26\"";
  page.attribute("aria-label", said);
  page << ">";
  // A part of one message in a million is still there to see; the others give way to it.
  constexpr double least = 0.35;
  constexpr double gap = 0.15;
  double room = 100;
  double counted_messages = 0;
  const auto total = static_cast<double>(bar.total());
  const auto share = [&](const Part& part) {
    return 100 * static_cast<double>(part.messages) / total;
  };
  for (const Part& part : parts) {
    room -= gap;
    if (share(part) < least) {
      room -= least;
    } else {
      counted_messages += static_cast<double>(part.messages);
    }
  }
  double from = 0;
  for (const Part& part : parts) {
    const double width =
        share(part) < least ? least : room * static_cast<double>(part.messages) / counted_messages;
    write_part(page, tone_of(part.side, part.course), from, width);
    from += width + gap;
  }
  page << "</svg>\n<ul class=\"parts\">";
  for (const Part& part : parts) {
    page << "<li class=\"" << class_of(tone_of(part.side, part.course)) << "\">";
    page.text(grouped(part.messages)) << " ";
    page.text(name_of(part.side, part.course)) << "</li>\n";
  }
  page << "</ul></div></figure>\n";
}

void write_task(Html& page, const Task& task) {
  page << "<li><span class=\"tag\">";
  page.text(name_of(task.kind)) << "</span><h3>";
  name(page, task.title) << "</h3>\n<p>";
  name(page, task.text) << "</p>\n";
  for (const std::string& mind : task.mind) {
    page << "<p class=\"dim\">Mind: ";
    name(page, mind) << "</p>\n";
  }
  if (!task.command.empty()) {
    page << "<pre><code>";
    page.text(task.command) << "</code></pre>\n";
  }
  if (!task.undo.empty()) {
    page << "<details><summary>The way back</summary><pre><code>";
    page.text(task.undo) << "</code></pre></details>\n";
  }
  page << "</li>\n";
}

void write_outcomes(Html& page, Own title, const std::vector<plan::Outcome>& outcomes) {
  if (outcomes.empty()) return;
  page << "<h3>" << title << "</h3>\n<ul class=\"plain\">";
  for (const plan::Outcome& outcome : outcomes) {
    page << "<li><b>";
    name(page, outcome.sender) << "</b> (";
    page.text(outcome.kind) << "): ";
    page.text(fmt::format("{} of {}", grouped(outcome.messages), counted(outcome.of, "message")));
    for (const std::string& why : outcome.why) {
      page << "; ";
      name(page, why);
    }
    if (!outcome.remedy.empty()) {
      page << "<br><span class=\"dim\">";
      name(page, outcome.remedy) << "</span>";
    }
    page << "</li>\n";
  }
  page << "</ul>\n";
}

}  // namespace

std::string_view fill_of(Tone tone) noexcept {
  switch (tone) {
    case Tone::good:
      return "#4a8fd3";
    case Tone::ask:
      return "#d9a514";
    case Tone::bad:
      return "#d0382c";
    case Tone::calm:
      break;
  }
  return "#8a919e";
}

void write_answer(Html& page, const Story& story) {
  page << "<h1><span class=\"" << class_of(story.headline.tone) << "\">";
  page.text(story.headline.word) << "</span> ";
  page.text(story.headline.sentence) << "</h1>\n";
  if (story.lead.empty()) return;
  page << "<p class=\"lead\">";
  for (const Phrase& phrase : story.lead) {
    if (phrase.strong) page << "<strong>";
    page.text(phrase.text);
    if (phrase.strong) page << "</strong>";
  }
  page << "</p>\n";
}

void write_bars(Html& page, const Figures& figures, const ImpactDocument& impact,
                const plan::Plan* plan) {
  if (figures.messages() == 0) return;
  page << "<div class=\"bars\">\n";
  write_bar(page, "Today",
            impact.report.at_exchange ? state_of_switch(impact) : "the gate’s mode decides",
            figures.today());
  if (!impact.report.at_exchange) {
    write_bar(page, "Refused", "a gate in mode enforce", figures.switched());
  } else if (has_switch(impact.report) && !is_switch_on(impact)) {
    write_bar(page, "Switch alone", "RejectDirectSend on, nothing else", figures.switched());
  }
  if (plan != nullptr && figures.planned() != nullptr) {
    std::uint64_t connectors = 0;
    for (const plan::Step& step : plan->steps)
      connectors += step.after ? 1 : 0;
    write_bar(page, "Plan, then switch",
              connectors == 0 ? "no connector, then the switch"
                              : counted(connectors, "connector") + ", then the switch",
              *figures.planned());
  }
  page << "</div>\n";
}

void write_counters(Html& page, const Figures& figures) {
  bool begun = false;
  for (std::size_t i = 0; i < groups; ++i) {
    const auto group = static_cast<Group>(i);
    const impact::Pile& pile = figures.of(group);
    if (pile.senders == 0 || group == Group::unaffected) continue;
    const GroupWords& words = words_of(group, figures.planned() != nullptr);
    if (!begun) page << "<ul class=\"counters\">\n";
    begun = true;
    page << "<li><a href=\"#" << words.id << "\"><b>";
    page.text(grouped(pile.senders)) << "</b> ";
    page << (pile.senders == 1 ? words.counter_one : words.counter_many) << "</a></li>\n";
  }
  if (begun) page << "</ul>\n";
}

void write_changes(Html& page, const impact::Changes& changes) {
  page << "<details class=\"box\"><summary>Since the earlier run: ";
  page.text(fmt::format("{} new, {} gone, {} judged otherwise", changes.added.size(),
                        changes.vanished.size(), changes.changed.size()));
  page << "</summary><ul class=\"plain\">";
  const auto list = [&](Own what, const std::vector<std::string>& lines) {
    for (const std::string& line : lines) {
      page << "<li>" << what << ": ";
      name(page, line) << "</li>\n";
    }
  };
  list("new", changes.added);
  list("gone", changes.vanished);
  list("changed", changes.changed);
  page << "</ul></details>\n";
}

void write_tasks(Html& page, const std::vector<Task>& tasks, const plan::Plan* plan) {
  page << "<section id=\"todo\" aria-labelledby=\"h-todo\">\n<h2 id=\"h-todo\">What to do, in this "
          "order</h2>\n<ol class=\"tasks\">\n";
  std::string open;
  std::size_t number = 0;
  for (const Task& task : tasks) {
    ++number;
    write_task(page, task);
    if (task.decides) open += fmt::format("{}{}", open.empty() ? "" : ", ", number);
  }
  page << "</ol>\n";
  if (plan != nullptr) {
    page << "<div class=\"box\"><b>Proof so far: ";
    page << (plan->proof.holds == plan::Holds::yes  ? Own("holds")
             : plan->proof.holds == plan::Holds::no ? Own("does not hold")
                                                    : Own("not proven"));
    page << ".</b> ";
    name(page, plan->proof.statement);
    if (!open.empty() && plan->proof.holds != plan::Holds::yes) {
      page << " It can hold once these steps are settled: ";
      page.text(open) << ".";
    }
    page << "</div>\n";
  }
  page << "</section>\n";
}

void write_proof(Html& page, const plan::Proof& proof) {
  page << "<section id=\"proof\" aria-labelledby=\"h-proof\">\n<h2 id=\"h-proof\">What the proof "
          "found</h2>\n";
  write_outcomes(page, "Yours, and would still be refused", proof.breaks);
  write_outcomes(page, "Not known to be yours, and the plan’s connectors admit it", proof.let_in);
  write_outcomes(page, "You call it forged, and the plan’s connectors may admit it",
                 proof.may_be_let_in);
  write_outcomes(page, "Refused although the switch does not concern them", proof.bystanders);
  write_outcomes(page, "May be refused although the switch does not concern them",
                 proof.bystanders_at_risk);
  write_outcomes(page, "Yours, and it can’t be told", proof.undetermined);
  write_outcomes(page, "Yours, accepted on a presumption", proof.presumed);
  write_outcomes(page, "Questions: refused, unless you say that they are yours", proof.unclear);
  write_outcomes(page, "Yours, and you let it break", proof.accepted_loss);
  page << "</section>\n";
}

}  // namespace postern::report::html
