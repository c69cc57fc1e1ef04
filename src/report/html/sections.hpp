// The sections of the HTML report, in the order in which they stand. Internal to the room.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/audit.hpp"
#include "audit/drift.hpp"
#include "difference/difference.hpp"
#include "report/figures.hpp"
#include "report/impact_report.hpp"
#include "report/story.hpp"
#include "report/style.hpp"
#include "report/written.hpp"

namespace postern::report::html {

/// A section that the bar at the top leads to.
struct Anchor {
  std::string_view id;
  std::string title;
  std::string count;  ///< "18", "9 fail"; may be empty
};

/// What stands above and below.
struct Frame {
  std::string title;  ///< of the document, for tabs and printers
  std::string about;  ///< "contoso.com · evidence 2026-10-01 to 2026-10-30"
  std::vector<Anchor> anchors;
  std::vector<std::string> foot;  ///< a sentence each
  bool has_senders = false;       ///< then the script is there
};

/// An empty page that redacts where Style says so.
Html page_for(const Style&);
/// Head with the content security policy, style sheet, bar.
void begin(Html&, const Frame&, const Style&);
/// Foot and script.
void end(Html&, const Frame&, const Style&);

/// A name or text from mail, kept from turning the direction of what stands around it.
Html& name(Html&, std::string_view text);
/// The class of a tone, " class=\"bad\"".
Own class_of(Tone) noexcept;
/// The same as a colour, for where no style sheet is let in; in SVG style sheets win.
std::string_view fill_of(Tone) noexcept;

/// Headline and lead.
void write_answer(Html&, const Story&);
/// Today, switch alone, plan; the parts of each in words.
void write_bars(Html&, const Figures&, const ImpactDocument&, const plan::Plan*);
/// Links to the groups of senders, with their numbers.
void write_counters(Html&, const Figures&);
void write_changes(Html&, const impact::Changes&);
void write_tasks(Html&, const std::vector<Task>&, const plan::Plan*);
/// The plan's proof where there are no senders to show it by.
void write_proof(Html&, const plan::Proof&);

/// The plan's stages, each with what must hold before the next.
void write_stages(Html&, const plan::Plan&);

/// What the plan changes over all mail there can be, in boxes: newly accepted, newly refused.
void write_for_all_mail(Html&, const difference::Difference&);

/// All senders, by group; find, and the data of all of them for the script.
void write_senders(Html&, const impact::Report&, const Figures&);
/// The same as the tail of the page, once.
void write_tail(Html&, const impact::Report&, const Figures&);
void write_days(Html&, const impact::Report&, const Figures&);

/// The audit: failing first.
void write_settings(Html&, const audit::AuditReport&, const std::optional<audit::Comparison>&,
                    const Style&);
/// What came of a comparison with a baseline; nothing where there was none.
void write_since(Html&, const std::optional<audit::Comparison>&);
void write_controls(Html&, const audit::AuditReport&, const Style&);
/// "9 fail, 2 pass".
std::string audit_count(const audit::AuditReport&);

/// What it can't show, what to mind, what was read.
void write_trust(Html&, const impact::Report*, const plan::Plan*, const audit::AuditReport*,
                 const Style&);

/// Words for a group: heading, what it means, and the counter's.
struct GroupWords {
  Own id, title, meaning, counter_one, counter_many;
  Tone tone;
};
const GroupWords& words_of(Group, bool with_plan) noexcept;

/// What becomes of a sender's mail, in a word or two: "refused", "can’t tell", "3 of 9 refused".
std::string course_words(const Courses&);
Tone tone_of_sender(Side, const Courses&) noexcept;

}  // namespace postern::report::html
