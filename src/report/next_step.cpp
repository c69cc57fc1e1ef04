#include "report/next_step.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/numbers.hpp"
#include "base/shell_word.hpp"
#include "plan/plan.hpp"
#include "policy/verdict.hpp"
#include "report/text.hpp"

namespace postern::report {
namespace {

constexpr std::string_view usual_questions = "senders.toml";

using Kind = impact::Missing::Kind;

// The first of these that is missing, by what mends it; empty where none is.
template <std::size_t number>
std::string_view mend_first_of(const impact::Conclusion& c, const std::array<Kind, number>& kinds) {
  for (const Kind kind : kinds) {
    for (const impact::Missing& missing : c.missing) {
      if (missing.kind == kind) return remedy_of(missing);
    }
  }
  return {};
}

// What must be mended before any answer counts; empty where nothing must.
std::string about_evidence(const impact::Conclusion& c) {
  // Evidence that is of another period than the one asked for may be all that is needed.
  for (const impact::Missing& missing : c.missing) {
    if (missing.of_the_period) return std::string(remedy_of(missing));
  }
  constexpr std::array unread = {Kind::no_evidence, Kind::rows_lost,     Kind::files_lost,
                                 Kind::undated,     Kind::list_cut,      Kind::messages_let_go,
                                 Kind::not_decided, Kind::answers_faulty};
  if (const auto mend = mend_first_of(c, unread); !mend.empty()) return std::string(mend);
  if (policy::has(c.facts, policy::Fact::inbound_connectors)) {
    return "Export the tenant with its inbound connectors (the command is in README), and run this "
           "again.";
  }
  constexpr std::array untold = {Kind::settings_assumed, Kind::sender_untold, Kind::arrival_untold};
  if (const auto mend = mend_first_of(c, untold); !mend.empty()) return std::string(mend);
  // More evidence brings more questions: those that there are come first.
  if (c.questions() > 0) return {};
  constexpr std::array more = {Kind::domains_unreported, Kind::servers_alone, Kind::mailboxes_alone,
                               Kind::days_without_rows, Kind::short_period};
  return std::string(mend_first_of(c, more));
}

std::string answer_them(std::uint64_t questions, std::string_view file, bool is_written) {
  const std::string of = counted(questions, "sender");
  if (is_written) {
    return fmt::format(
        "Say of {} whether its mail is yours: change the ? of each answer in {}, "
        "then run this again.",
        of, file);
  }
  return fmt::format(
      "Say of {} whether its mail is yours: this writes the questions to {}, one "
      "word to change in each.",
      of, file);
}

std::string with_questions(std::string_view arguments, std::string_view file) {
  return file.empty() ? std::string(arguments)
                      : fmt::format("{} --questions {}", arguments, shell_word(file));
}

std::string without_switch(const impact::Report& report) {
  return fmt::format(
      "There is no change to plan: {}. Mail that comes past a gateway is refused by a lock-down "
      "connector alone: postern audit TENANT tells whether one stands, and its command where the "
      "gateway is known.",
      report.lack_of_switch);
}

std::string arguments_of(const std::string& given) {
  return given.empty() ? "TENANT EVIDENCE..." : given;
}

}  // namespace

std::string_view remedy_of(const impact::Missing& missing) noexcept {
  if (missing.of_the_period) {
    return "Ask for the period that the evidence tells of (--since, --until), or collect evidence "
           "of the one that you asked for, and run this again.";
  }
  switch (missing.kind) {
    case Kind::no_evidence:
      return "Collect evidence about your domains, 30 to 90 days of it (docs/evidence.md tells "
             "where it comes from), and run this again.";
    case Kind::rows_lost:
    case Kind::files_lost:
      return "Mend what could not be read (each place is named with the evidence), or export it "
             "again, and run this again.";
    case Kind::list_cut:
      return "Export the rest of what the service cut off, and run this again with all of it.";
    case Kind::messages_let_go:
      return "Give evidence of a shorter time at once (--since and --until, or fewer logs), so "
             "that "
             "there is room for every message, and run this again.";
    case Kind::not_decided:
      return "Run this again with a higher --most-shapes, so that all of the evidence is replayed.";
    case Kind::undated:
      return "Ask for no period (leave --since and --until away), or export evidence that tells "
             "the "
             "time of each message, and run this again.";
    case Kind::answers_faulty:
      return "Mend the answers of senders.toml that contradict each other or the evidence, or are "
             "too wide: "
             "postern senders check SENDERS.TOML TENANT EVIDENCE tells which.";
    case Kind::settings_assumed:
      return "Export the tenant again with all properties (the command is in README), and run this "
             "again.";
    case Kind::sender_untold:
      return "Export with the senders, or add the earlier part of a log that begins in the middle "
             "of a message, and run this again.";
    case Kind::arrival_untold:
      return "Export all events of these messages (RECEIVE tells how they came), or an earlier "
             "beginning, and run this again.";
    case Kind::domains_unreported:
      return "Add evidence of the domains that no DMARC report tells of: a message trace or "
             "Defender's EmailEvents holds the mail of all your domains (docs/evidence.md).";
    case Kind::servers_alone:
      return "Add what Exchange Online itself tells of its mail: a message trace or Defender's "
             "EmailEvents (docs/evidence.md), and run this again.";
    case Kind::mailboxes_alone:
      return "Add what a server tells of the mail to all mailboxes: a message trace, Defender's "
             "EmailEvents or a mail server's log (docs/evidence.md), and run this again.";
    case Kind::days_without_rows:
    case Kind::short_period:
      break;
  }
  return "Collect evidence of a longer time, without gaps, and run this again.";
}

NextStep next_step(const impact::Report& report, const ImpactHeading& heading) {
  const impact::Conclusion& c = report.conclusion;
  const std::string arguments = arguments_of(heading.arguments);
  const bool is_written = !heading.questions_file.empty();
  if (std::string mend = about_evidence(c); !mend.empty()) return {std::move(mend), {}};
  if (c.questions() > 0) {
    const std::string file = is_written ? heading.questions_file : std::string(usual_questions);
    return {answer_them(c.questions(), file, is_written),
            "postern impact " + with_questions(arguments, file)};
  }
  const bool holds = c.answer == impact::Answer::nobody_breaks;
  if (!report.lack_of_switch.empty()) return {without_switch(report), {}};
  if (!report.at_exchange) {
    return {holds
                ? "Once the gate's ledger shows nobody legitimate either, for as long as your "
                  "slowest sender takes, write mode = \"enforce\" into gate.toml "
                  "(docs/milter.md)."
                : "Give what would break an [[inbound_connector]] in tenant.toml, or a sign-in at "
                  "your own submission port, and run this again; until then the gate's mode stays "
                  "\"observe\".",
            {}};
  }
  if (holds && heading.reject_direct_send == policy::RejectDirectSend::on) {
    return {"Nothing: RejectDirectSend is on, and nobody breaks.", {}};
  }
  return {
      holds ? "Let the change be worked out and proven, then postern apply plan.json makes it."
            : "Let connectors be worked out for what would break, with a proof.",
      "postern plan " + with_questions(arguments, heading.questions_file) + " --plan plan.json"};
}

NextStep next_step(const plan::Plan& plan) {
  const impact::Conclusion& c = plan.proof.conclusion;
  const std::string arguments = arguments_of(plan.arguments);
  if (std::string mend = about_evidence(c); !mend.empty()) return {std::move(mend), {}};
  if (c.questions() > 0) {
    const bool is_written = !plan.questions_file.empty();
    const std::string file = is_written ? plan.questions_file : std::string(usual_questions);
    return {answer_them(c.questions(), file, is_written),
            "postern plan " + with_questions(arguments, file)};
  }
  const bool holds_on_the_rest = !plan.held_out || plan.held_out->proof.holds == plan::Holds::yes;
  if (plan.proof.holds == plan::Holds::yes && !holds_on_the_rest) {
    return {
        "See below what the plan does to the evidence that it was not made from, and make it of "
        "all of the evidence (without --train-until).",
        {}};
  }
  if (plan.proof.holds != plan::Holds::yes) {
    return {
        "See below what is not solved, and by what remedy; a connector of your own goes in with "
        "--connectors, a loss that you accept is answered with \"let it break\" in senders.toml.",
        {}};
  }
  if (plan.steps.empty()) return {"Nothing: the tenant is as the plan would have it.", {}};
  if (!plan.file.empty()) {
    return {"Read the steps below, then make the change.",
            "postern apply " + shell_word(plan.file)};
  }
  return {
      "Read the steps below, write them to a file, and postern apply plan.json makes the change.",
      "postern plan " + with_questions(arguments, plan.questions_file) + " --plan plan.json"};
}

std::string next_step_text(const NextStep& step, const Style& style) {
  std::string out = paragraph(step.does, style, style.columns < 40 ? "" : "Next   ");
  if (!step.command.empty()) out += "       " + style.bold(printable(step.command)) + "\n";
  return out;
}

}  // namespace postern::report
