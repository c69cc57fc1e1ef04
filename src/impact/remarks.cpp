#include "impact/remarks.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/numbers.hpp"

namespace postern::impact {
namespace {

void remark_on_claims(std::vector<std::string>& remarks, const ReadingNotes& notes) {
  const auto of = [&](evidence::Claims claims) {
    return notes.by_claims[static_cast<std::size_t>(claims)];
  };
  using evidence::Claims;
  const std::uint64_t checked = of(Claims::verified) + of(Claims::not_confirmed);
  if (of(Claims::believed) > 0) {
    remarks.push_back(fmt::format(
        "what {} mail(s) say of SPF, DKIM and DMARC in their own header proves nothing by itself, "
        "since whoever sends a mail can write it: it counts as a sign; --resolve verifies it",
        of(Claims::believed)));
  }
  if (checked > 0) {
    std::string remark =
        fmt::format("{} mail(s) were verified anew, with the keys and records of today", checked);
    if (of(Claims::not_confirmed) > 0) {
      remark += fmt::format(
          "; {} claim a pass that this does not bear out, and it counts as unknown (keys are "
          "withdrawn, and mail that was exported from a mailbox is often rewritten)",
          of(Claims::not_confirmed));
    }
    remarks.push_back(std::move(remark));
  }
  if (of(Claims::carried) > 0) {
    remarks.push_back(fmt::format(
        "{} in DMARC reports came by mail that is not shown to be the reporter's: anybody can send "
        "a report, so these prove nothing and count as signs; --resolve verifies who sent them",
        counted(of(Claims::carried), "message")));
  }
  if (of(Claims::not_checked) > 0) {
    remarks.push_back(
        fmt::format("{} mail(s) could not be verified in time, or not to their end, and a pass "
                    "that they claim "
                    "counts as unknown: "
                    "run again, with more --timeout or another --resolver",
                    of(Claims::not_checked)));
  }
}

void remark_on_files(std::vector<std::string>& remarks, const Report& report) {
  bool reports = false;
  bool others = false;
  bool unknown_relay = false;
  std::uint64_t forgotten = 0;
  for (const auto& file : report.files) {
    for (const std::string& said : file.remarks)
      remarks.push_back(fmt::format("{}: {}", printable(file.file), said));
    if (file.of_the_future > 0) {
      remarks.push_back(fmt::format(
          "{}: {} messages are dated after today: is a day taken for a month (--dates), or a clock "
          "wrong?",
          printable(file.file), file.of_the_future));
    }
    if (file.messages == 0) continue;
    const bool is_report = file.format.has(evidence::Trait::daily_counts);
    reports = reports || is_report;
    others = others || !is_report;
    forgotten += file.forgotten;
  }
  for (const auto& sender : report.senders)
    unknown_relay = unknown_relay || (!sender.upstreams.empty() && sender.address_count == 0);
  if (reports) {
    remarks.emplace_back(
        "DMARC reports tell the day of a message, not its time, and only what receivers chose "
        "to report");
  }
  if (reports && others) {
    remarks.emplace_back(
        "DMARC reports name no single message: mail that other evidence holds too is counted "
        "twice");
  }
  if (forgotten > 0) {
    remarks.push_back(fmt::format(
        "{} messages of a log were let go before their end, too many being under way at once: "
        "their sender may be unknown",
        forgotten));
  }
  if (unknown_relay) {
    remarks.emplace_back(
        "a relay's log does not say under which address the relay reaches Exchange Online: give "
        "it with --relay-ip");
  }
}

// What 5.7.68 says of the switch.
std::string meaning_of_refusal(const Context& context) {
  if (!context.at_exchange) return "a gate that refuses Direct Send answered so";
  if (!context.lack_of_switch.empty()) {
    return fmt::format(
        "the evidence says that RejectDirectSend was on, and {}: is it the cloud "
        "of this tenant?",
        context.lack_of_switch);
  }
  if (context.reject_direct_send == policy::RejectDirectSend::on) return "that confirms the switch";
  return fmt::format(
      "the evidence says that RejectDirectSend was on, the tenant's settings say {}: "
      "the two disagree; export the settings again",
      policy::name_of(context.reject_direct_send));
}

void remark_on_refusals(std::vector<std::string>& remarks, const ReadingNotes& notes,
                        const Context& context) {
  if (notes.refused_by_restriction > 0 && !context.may_restrict) {
    remarks.push_back(fmt::format(
        "{} {} refused with 5.7.51: the evidence says that a Partner connector restricts mail to "
        "its own addresses or certificates, the tenant's settings hold none that does: the two "
        "disagree; export the connectors again",
        counted(notes.refused_by_restriction, "message"),
        notes.refused_by_restriction == 1 ? "was" : "were"));
  }
  if (notes.refused_as_direct_send == 0) return;
  remarks.push_back(
      fmt::format("{} {} refused with 5.7.68: {}", counted(notes.refused_as_direct_send, "message"),
                  notes.refused_as_direct_send == 1 ? "was" : "were", meaning_of_refusal(context)));
}

std::string words_of(Contradiction contradictions) {
  std::string out;
  const auto add = [&](Contradiction one, std::string_view words) {
    if (has(contradictions, one)) out += fmt::format("{}{}", out.empty() ? "" : ", ", words);
  };
  add(Contradiction::envelope_sender, "envelope sender");
  add(Contradiction::client_address, "address of the client");
  add(Contradiction::attribution, "connector");
  add(Contradiction::sign_in, "whether it was signed in");
  add(Contradiction::results, "results of authentication");
  return out;
}

}  // namespace

void add_remarks(Report& report, const ReadingNotes& notes, const SpfQuestions& spf_questions,
                 const Context& context) {
  auto& remarks = report.remarks;
  if (!report.period_asked.empty()) {
    remarks.push_back(fmt::format("what was asked for is mail {}; {} outside of it {} set aside",
                                  report.period_asked,
                                  counted(report.totals.aside.other_period, "message"),
                                  report.totals.aside.other_period == 1 ? "was" : "were"));
  }
  for (const std::string& contradiction : report.contradictions)
    remarks.push_back(contradiction);
  for (const LearntChoice& learnt : report.learnt) {
    remarks.push_back(
        fmt::format("{} of your own mail show that {} is {}: taken as settled for this tenant",
                    counted(learnt.messages, "message"), learnt.key, learnt.value));
  }
  remark_on_files(remarks, report);
  remark_on_claims(remarks, notes);
  for (std::string& said : spf_questions.remarks())
    remarks.push_back(std::move(said));
  const Totals& t = report.totals;
  bool events = false;
  for (const auto& file : report.files) {
    events = events || file.format.has(evidence::Trait::accepted_only);
  }
  if (events) {
    remarks.emplace_back(
        "EmailEvents holds only what Exchange accepted: mail that is refused at the door, today "
        "or after the switch, never appears there");
  }
  if (t.first && t.last && t.days < 30) {
    remarks.push_back(
        fmt::format("the evidence covers {} day{}: what sends monthly or quarterly may be missing",
                    t.days, t.days == 1 ? "" : "s"));
  }
  if (notes.hiding_domain > 0) {
    remarks.push_back(fmt::format(
        "{} {} taken for Direct Send under a sender that is none of yours as it stands: it was "
        "rewritten after it was logged, or a gate judged it as a next hop may read it and its "
        "ledger "
        "is too old to say so; what the rule makes of {} is not determined",
        counted(notes.hiding_domain, "message"), notes.hiding_domain == 1 ? "was" : "were",
        notes.hiding_domain == 1 ? "it" : "them"));
  }
  if (notes.without_reverse_path > 0) {
    std::string remark =
        fmt::format("{} {} without {} envelope sender (traces and summary reports do not hold it)",
                    counted(notes.without_reverse_path, "message"),
                    notes.without_reverse_path == 1 ? "comes" : "come",
                    notes.without_reverse_path == 1 ? "its" : "their");
    if (notes.uncertain_external > 0) {
      remark += fmt::format("; {} of them {} a foreign sender address and {} set aside",
                            grouped(notes.uncertain_external),
                            notes.uncertain_external == 1 ? "shows" : "show",
                            notes.uncertain_external == 1 ? "was" : "were");
    }
    remarks.push_back(std::move(remark));
  }
  remark_on_refusals(remarks, notes, context);
  if (notes.passed_unlisted > 0) {
    remarks.push_back(fmt::format(
        "{} passed SPF, the evidence says, from addresses that your SPF record does not list: the "
        "record is younger than the mail, or somebody made the results up; no proof was drawn",
        counted(notes.passed_unlisted, "message")));
  }
  if (notes.rows_not_joined > 0) {
    remarks.push_back(fmt::format(
        "{} could not wait for other rows of the same messages (--most-joined): what is "
        "undetermined stays so, and may be counted twice",
        counted(notes.rows_not_joined, "row")));
  }
  if (notes.contradicted > 0) {
    remarks.push_back(fmt::format(
        "two rows tell {} message{} otherwise, in {}: what makes the mail look less safe was taken",
        notes.contradicted, notes.contradicted == 1 ? "" : "s", words_of(notes.contradictions)));
  }
  std::uint64_t refused_already = 0;
  for (const Sender& sender : report.senders)
    refused_already += sender.now.reject;
  // What was refused when it came did not arrive.
  std::uint64_t never_arrived = notes.refused_by_restriction;
  if (context.reject_direct_send == policy::RejectDirectSend::on) {
    never_arrived += notes.refused_as_direct_send;
  }
  refused_already -= std::min(refused_already, never_arrived);
  if (refused_already > 0) {
    remarks.push_back(
        fmt::format("{} messages arrived that the tenant's settings refuse: the settings are "
                    "younger than the evidence, or a choice in docs/choices.md does not fit this "
                    "tenant",
                    refused_already));
  }
  if (t.senders_accepted > 0) {
    bool acs = false;
    for (const Sender& sender : report.senders) {
      acs = acs || sender.kind == Kind::azure_communication_services;
    }
    if (acs) {
      remarks.emplace_back(
          "Azure Communication Services are taken as exempt, as Microsoft says since 2026-02 "
          "(acs_exempt)");
    }
  }
  policy::Note verdicts = policy::Note::none;
  for (const Sender& sender : report.senders)
    verdicts |= sender.notes;
  for (const std::string_view sentence : policy::sentences_of(verdicts)) {
    remarks.push_back(std::string("some verdicts: ") + std::string(sentence));
  }
}

}  // namespace postern::impact
