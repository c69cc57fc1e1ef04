#include "report/items.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <openssl/evp.h>
#include <unordered_map>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "base/join.hpp"
#include "base/numbers.hpp"
#include "impact/to_do.hpp"
#include "report/audit_report.hpp"
#include "report/figures.hpp"
#include "report/html/sections.hpp"
#include "report/next_step.hpp"
#include "report/sender_words.hpp"
#include "report/written.hpp"

namespace postern::report {
namespace {

using audit::Status;
using Result = Item::Result;

Result result_of(Status status) {
  switch (status) {
    case Status::pass:
      return Result::pass;
    case Status::fail:
    case Status::waived:
      return Result::fail;
    case Status::not_applicable:
      return Result::not_applicable;
    case Status::not_determined:
      break;
  }
  return Result::open;
}

int urgency(const Item& item) {
  if (!item.waived.empty()) return 2;
  return item.result == Result::fail ? 0 : item.result == Result::open ? 1 : 2;
}

// Fills in an item's fields as Style wants them: redacted, relative.
class Maker {
 public:
  Maker(std::string_view suite, std::string tenant, const Style& style) : style_(style) {
    if (style.redact) redact_.emplace(*style.redact);
    list_.suite = suite;
    list_.tenant = std::move(tenant);
  }

  std::string clean(std::string_view text) const {
    return redact_ ? (*redact_)(text) : std::string(text);
  }
  std::size_t rule(Rule made) {
    if (made.rationale.empty()) made.rationale = made.title;
    if (made.remedy.empty()) made.remedy = made.title;
    list_.rules.push_back(std::move(made));
    return list_.rules.size() - 1;
  }
  Item& add(Item made, std::string_view fallback_place) {
    for (std::string* text :
         {&made.object, &made.message, &made.waived, &made.remedy, &made.command}) {
      if (redact_) *text = clean(*text);
    }
    // Of a live tenant the file is "live:NAME, Get-Something".
    const bool is_file = !made.found.empty() && !made.found.file.starts_with("live:");
    if (is_file) made.place = clean(stable_path(made.found.file, style_.folder));
    if (made.place.empty()) made.place = fallback_place;
    if (!made.found.empty()) {
      Place told = made.found;
      if (is_file) told.file = made.place;
      made.where = clean(told.text());
    }
    made.nth = seen_[fmt::format("{}\n{}", made.rule, made.object)]++;
    list_.items.push_back(std::move(made));
    return list_.items.back();
  }
  ItemList& list() { return list_; }
  // What is cut off at a format's limit is never what decides the answer.
  ItemList take() && {
    std::stable_sort(list_.items.begin(), list_.items.end(),
                     [](const Item& a, const Item& b) { return urgency(a) < urgency(b); });
    return std::move(list_);
  }
  const Style& style() const { return style_; }

 private:
  const Style& style_;
  std::optional<Redaction> redact_;
  std::unordered_map<std::string, std::size_t> seen_;
  ItemList list_;
};

Rule rule_of(const audit::Control& control) {
  Rule out;
  out.id = control.id;
  out.title = control.title;
  out.rationale = control.rationale;
  out.remedy = control.remedy;
  out.command = control.command;
  out.grave = control.id == "6.5.5";
  if (!control.profile.empty()) out.tags.push_back(control.profile);
  for (const audit::Equivalent& each : control.equivalents)
    out.equivalents.emplace_back(each.framework, each.id);
  return out;
}

// A live tenant has no files: a made-up place that stays.
std::string place_in(std::string_view tenant, std::string_view what) {
  return fmt::format("exchange-online/{}/{}", tenant, what);
}

void add_findings(Maker& maker, const audit::AuditReport& report) {
  for (const audit::ControlResult& result : report.results) {
    const std::size_t rule = maker.rule(rule_of(result.control));
    for (const audit::Finding& finding : result.findings) {
      Item item;
      item.rule = rule;
      item.result = result_of(finding.status);
      item.object = finding.object;
      item.message = finding.value;
      if (!finding.expired_waiver.empty()) append_item(item.message, finding.expired_waiver, "; ");
      if (!finding.advice.empty()) append_item(item.message, finding.advice, "; ");
      item.found = finding.where;
      item.waived = finding.waived;
      item.command = finding.command;
      maker.add(std::move(item), place_in(report.tenant, "Configuration"));
    }
  }
  for (const std::string& each : report.expired_waivers)
    maker.list().remarks.push_back(maker.clean("expired waiver, not counted: " + each));
  for (const std::string& each : report.remarks)
    maker.list().remarks.push_back(maker.clean(each));
}

// What has changed since the baseline decides the exit status, so every format tells of it.
void add_baseline(Maker& maker, const std::optional<audit::Comparison>& since,
                  std::string_view tenant) {
  if (!since) return;
  Rule rule;
  rule.id = baseline_rule;
  rule.title = baseline_title;
  rule.rationale =
      "What differs from an earlier audit was changed by somebody, for better or worse.";
  rule.remedy = "Find out who changed it and why; then make the baseline anew.";
  const std::size_t number = maker.rule(std::move(rule));
  for (const BaselineLine& line : baseline_lines(*since)) {
    Item item;
    item.rule = number;
    item.result = result_of(line.status);
    item.object = line.object;
    item.message = line.text;
    maker.add(std::move(item), place_in(tenant, "Configuration"));
  }
}

// --- impact ---

struct SenderRules {
  std::size_t legitimate, unclear, undetermined;
};

SenderRules add_sender_rules(Maker& maker) {
  const auto make = [&](std::string_view id, std::string_view title, std::string_view why,
                        std::string_view remedy, bool grave) {
    Rule rule;
    rule.id = id;
    rule.title = title;
    rule.rationale = why;
    rule.remedy = remedy;
    rule.grave = grave;
    return maker.rule(std::move(rule));
  };
  return {
      make("POSTERN-IMPACT-LEGITIMATE", "Legitimate mail survives the rejection of Direct Send",
           "Mail that is yours for certain comes in without sign-in and through no connector: with "
           "RejectDirectSend on it is refused with 550 5.7.68.",
           "Give the sender a connector or a sign-in, or change its envelope sender, before the "
           "switch.",
           true),
      make("POSTERN-IMPACT-UNCLEAR", "It is known whose each sender is",
           "Nothing proves whether this mail is yours or forged; the switch would refuse it.",
           "Find the owner and write the answer into senders.toml.", false),
      make("POSTERN-IMPACT-UNDETERMINED", "The evidence tells what becomes of each sender",
           "The evidence lacks a fact, or a documented choice decides: what the switch would do to "
           "this mail can’t be told.",
           "Bring evidence that holds the missing facts.", false)};
}

std::string message_of(const impact::Sender& sender, const Judged& judged,
                       const impact::ToDo& to_do, bool has_switch) {
  std::string out = fmt::format(
      "{}: {}, {}; {}{}.", counted(sender.messages, "message"), standing_words(sender),
      kind_cell(sender), has_switch ? "with the switch " : "", html::course_words(judged.switched));
  if (sender.missing != policy::Fact::none) {
    out += " The evidence does not tell " + joined(policy::names_of(sender.missing)) + '.';
  }
  if (!to_do.what.empty()) out += (to_do.if_yours ? " Remedy " : " ") + to_do.what;
  return out;
}

void add_sender(Maker& maker, const SenderRules& rules, const ImpactDocument& impact,
                const Judged& judged) {
  const impact::Sender& sender = impact.report.senders[judged.index];
  Item item;
  item.sender = &sender;
  item.object = sender.name;
  const impact::ToDo to_do = impact::to_do_about(sender);
  item.message = message_of(sender, judged, to_do, impact.report.lack_of_switch.empty());
  item.remedy = to_do.what_alone();
  item.command = to_do.command_alone();
  switch (judged.group) {
    case Group::lost:
      item.rule = rules.legitimate;
      item.result = Result::fail;
      break;
    case Group::cant_tell:
    case Group::conditional:
      item.rule = rules.undetermined;
      item.result = Result::open;
      break;
    case Group::looks_yours:
    case Group::either:
    case Group::looks_forged:
    case Group::let_in:
      item.rule = rules.unclear;
      item.result = Result::open;
      break;
    case Group::let_break:
      item.rule = rules.legitimate;
      item.result = Result::fail;
      item.waived = "senders.toml lets it break";
      break;
    case Group::saved:
    case Group::stopped:
    case Group::unaffected: {
      const bool is_yours = judged.side == Side::yours;
      const bool comes_in = !impact.report.lack_of_switch.empty() && sender.unguarded > 0;
      item.rule = is_yours ? rules.legitimate : rules.unclear;
      item.result = comes_in && !is_yours ? Result::open : Result::pass;
      break;
    }
  }
  maker.add(std::move(item), place_in(impact.heading.tenant, "DirectSend"));
}

// Where there is nothing to turn on, that is what a pipeline must hear of.
void add_lack_of_switch(Maker& maker, const ImpactDocument& impact) {
  Rule rule;
  rule.id = "POSTERN-IMPACT-NO-SWITCH";
  rule.title = "Something refuses Direct Send";
  rule.rationale = impact.report.lack_of_switch + ": a lock-down connector is what there is.";
  rule.remedy = "See postern audit for the lock-down connector.";
  Item item;
  item.rule = maker.rule(std::move(rule));
  item.result =
      impact.report.conclusion.unguarded.messages > 0 ? Result::open : Result::not_applicable;
  item.object = impact.heading.tenant;
  item.message = impact.report.conclusion.sentence;
  maker.add(std::move(item), place_in(impact.heading.tenant, "DirectSend"));
}

// What is missing from the evidence leaves the answer open, whatever each sender comes to.
void add_missing(Maker& maker, std::size_t rule, const std::vector<impact::Missing>& all,
                 std::string_view place) {
  for (const impact::Missing& missing : all) {
    Item item;
    item.rule = rule;
    item.object = std::string(impact::name_of(missing.kind));
    item.message = missing.text;
    item.remedy = remedy_of(missing);
    maker.add(std::move(item), place);
  }
}

// --- plan ---

// What is said of a sender that is not certain is not known, whatever the claim.
bool is_question(const plan::Outcome& outcome) {
  const auto standing = impact::parse_standing(outcome.standing);
  return standing && *standing != impact::Standing::certain;
}

void add_outcomes(Maker& maker, std::size_t rule, Result result,
                  const std::vector<plan::Outcome>& outcomes) {
  for (const plan::Outcome& outcome : outcomes) {
    Item item;
    item.rule = rule;
    item.result = is_question(outcome) ? Result::open : result;
    item.object = outcome.sender;
    item.message =
        fmt::format("{} of {}", grouped(outcome.messages), counted(outcome.of, "message"));
    for (const std::string& why : outcome.why)
      append_item(item.message, why, "; ");
    item.remedy = outcome.remedy;
    maker.add(std::move(item), place_in(maker.list().tenant, "Plan"));
  }
}

// Why no claim of a proof passes, however few its exceptions; empty where they may.
std::string_view not_shown_by(const std::vector<impact::Missing>& missing) {
  using Kind = impact::Missing::Kind;
  for (const impact::Missing& each : missing) {
    if (each.kind == Kind::no_evidence) return "there is no evidence to tell";
    if (each.kind == Kind::not_decided) return "a part of the mail was not replayed";
  }
  return {};
}

// A claim of which every exception is an item; without one, it passes as a whole, where `untold` is
// empty.
void add_claim(Maker& maker, std::string_view id, std::string_view title, std::string_view why,
               bool grave, Result result, const std::vector<plan::Outcome>& outcomes,
               std::string_view untold) {
  Rule rule;
  rule.id = id;
  rule.title = title;
  rule.rationale = why;
  rule.remedy = "See postern plan for what to change.";
  rule.grave = grave;
  const std::size_t number = maker.rule(std::move(rule));
  if (!outcomes.empty()) {
    add_outcomes(maker, number, result, outcomes);
    return;
  }
  Item item;
  item.rule = number;
  item.result = untold.empty() ? Result::pass : Result::open;
  item.object = "all senders";
  item.message = untold.empty() ? "no exception in the evidence" : untold;
  maker.add(std::move(item), place_in(maker.list().tenant, "Plan"));
}

// Every piece of evidence that is missing is an item; where none is, it passes as a whole.
void add_evidence_claim(Maker& maker, const std::vector<impact::Missing>& missing) {
  Rule rule;
  rule.id = "POSTERN-PLAN-EVIDENCE";
  rule.title = "The evidence is whole";
  rule.rationale = "Nothing is proven of what the evidence lacks.";
  rule.remedy = "Bring what is missing.";
  const std::size_t number = maker.rule(std::move(rule));
  const std::string place = place_in(maker.list().tenant, "Plan");
  add_missing(maker, number, missing, place);
  if (!missing.empty()) return;
  Item item;
  item.rule = number;
  item.result = Result::pass;
  item.object = "all evidence";
  item.message = "nothing is missing";
  maker.add(std::move(item), place);
}

constexpr std::array<unsigned char, 16> name_space = {
    0x6f, 0x3b, 0x0a, 0x52, 0x5a, 0x4d, 0x4e, 0x0f, 0x9a, 0x54, 0x25, 0x0d, 0x70, 0x6f, 0x73, 0x74};

}  // namespace

ItemList items_of(const AuditDocument& audit, const Style& style) {
  Maker maker("audit", audit.report.tenant, style);
  add_baseline(maker, audit.since, audit.report.tenant);
  add_findings(maker, audit.report);
  maker.list().summary = counts_of(audit.report);
  return std::move(maker).take();
}

ItemList items_of(const TenantPart& part, const Style& style) {
  if (part.audit != nullptr) {
    ItemList out = items_of(*part.audit, style);
    out.tenant = part.tenant.name;
    return out;
  }
  Maker maker("audit", part.tenant.name, style);
  add_baseline(maker, part.tenant.since, part.tenant.name);
  maker.list().summary = fmt::format("{}: {}", part.tenant.outcome, part.tenant.found);
  if (part.tenant.source.empty()) return std::move(maker).take();  // gone: there is nothing to read
  maker.list().is_read = false;
  Rule rule;
  rule.id = "POSTERN-READ";
  rule.title = "The tenant can be read";
  rule.rationale = "What can’t be read is not judged.";
  rule.remedy = "See postern login --check, or the file that is named.";
  Item item;
  item.rule = maker.rule(std::move(rule));
  item.object = part.tenant.name;
  item.message = part.tenant.outcome + ": " + part.tenant.found;
  maker.add(std::move(item), place_in(part.tenant.name, "Configuration"));
  return std::move(maker).take();
}

ItemList items_of(const ImpactDocument& impact, const Style& style) {
  Maker maker("impact", impact.heading.tenant, style);
  const SenderRules rules = add_sender_rules(maker);
  const Figures figures(impact.report, nullptr);
  for (const Judged& judged : figures.all())
    add_sender(maker, rules, impact, judged);
  if (!impact.report.lack_of_switch.empty()) add_lack_of_switch(maker, impact);
  add_missing(maker, rules.undetermined, impact.report.missing,
              place_in(impact.heading.tenant, "DirectSend"));
  maker.list().summary = maker.clean(impact.report.conclusion.sentence);
  for (const std::string& each : impact.report.remarks)
    maker.list().remarks.push_back(maker.clean(each));
  return std::move(maker).take();
}

ItemList items_of(const plan::Plan& plan, const Style& style) {
  Maker maker("plan", plan.tenant.name, style);
  const plan::Proof& proof = plan.proof;
  const std::vector<impact::Missing>& missing = proof.conclusion.missing;
  const std::string_view untold = not_shown_by(missing);
  add_claim(maker, "POSTERN-PLAN-KEPT", "Legitimate mail is kept",
            "What is yours for certain is accepted under the plan.", true, Result::fail,
            proof.breaks, untold);
  add_claim(maker, "POSTERN-PLAN-STOPPED", "Forged mail is stopped",
            "The plan’s connectors admit nothing that is not known to be yours.", true,
            Result::fail, proof.let_in, untold);
  add_claim(maker, "POSTERN-PLAN-STOPPED-DECIDED", "Whether forged mail is stopped is decided",
            "The evidence tells whether the plan’s connectors admit what you call forged.", false,
            Result::open, proof.may_be_let_in, untold);
  add_claim(maker, "POSTERN-PLAN-BYSTANDERS", "Mail that the switch does not concern is kept",
            "A connector of the plan refuses nothing that comes in today.", true, Result::fail,
            proof.bystanders, untold);
  add_claim(maker, "POSTERN-PLAN-BYSTANDERS-DECIDED",
            "Mail that the switch does not concern is decided",
            "The evidence tells whether a connector of the plan refuses what comes in today.",
            false, Result::open, proof.bystanders_at_risk, untold);
  add_claim(maker, "POSTERN-PLAN-PRESUMPTIONS", "Nothing is presumed",
            "No connector rests on a certificate that no evidence records.", false, Result::open,
            proof.presumed, untold);
  add_claim(maker, "POSTERN-PLAN-UNDETERMINED", "Every legitimate message is decided",
            "The evidence tells every fact that the verdicts rest on.", false, Result::open,
            proof.undetermined, untold);
  add_claim(maker, "POSTERN-PLAN-QUESTIONS", "It is known whose each sender is",
            "Nothing that the plan refuses waits for an answer.", false, Result::open,
            proof.unclear, untold);
  add_evidence_claim(maker, missing);
  maker.list().summary = maker.clean(proof.statement);
  for (const std::string& each : plan.warnings)
    maker.list().remarks.push_back(maker.clean(each));
  return std::move(maker).take();
}

std::string stable_path(std::string_view path, std::string_view folder) {
  if (path.starts_with("live:") || path == "-") return std::string(path);
  if (!folder.empty() && path.starts_with(folder) && path.size() > folder.size() &&
      path[folder.size()] == '/') {
    path.remove_prefix(folder.size() + 1);
  }
  std::vector<std::string_view> parts;
  bool outside = path.starts_with('/');
  for (const std::string_view part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (parts.empty()) {
        outside = true;
      } else {
        parts.pop_back();
      }
      continue;
    }
    parts.push_back(part);
  }
  if (parts.empty()) return {};
  if (outside) return std::string(parts.back());
  return joined(parts, "/");
}

std::string uuid_of(std::string_view text) {
  std::string input(reinterpret_cast<const char*>(name_space.data()), name_space.size());
  input += text;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  (void)EVP_Digest(input.data(), input.size(), digest.data(), &length, EVP_sha1(), nullptr);
  digest[6] = static_cast<unsigned char>((digest[6] & 0x0fu) | 0x50u);
  digest[8] = static_cast<unsigned char>((digest[8] & 0x3fu) | 0x80u);
  std::string out;
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += to_hex({digest.data() + i, 1});
  }
  return out;
}

std::string uuid_of(std::string_view kind, const ItemList& list, const Item& item) {
  // NUL stands in no tenant, control or object, so that no two triples are one text.
  std::string text;
  for (const std::string_view part :
       {kind, std::string_view(list.suite), std::string_view(list.tenant),
        std::string_view(list.rules[item.rule].id), std::string_view(item.object)}) {
    text += part;
    text += '\0';
  }
  if (item.nth > 0) text += std::to_string(item.nth);
  return uuid_of(text);
}

std::string_view name_of(Item::Result result) noexcept {
  switch (result) {
    case Result::pass:
      return "pass";
    case Result::fail:
      return "fail";
    case Result::open:
      return "open";
    case Result::not_applicable:
      break;
  }
  return "not applicable";
}

}  // namespace postern::report
