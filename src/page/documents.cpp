#include "page/documents.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "gate/config.hpp"
#include "impact/pins.hpp"
#include "impact/to_do.hpp"
#include "report/sender_words.hpp"

namespace postern::page {
namespace {

using impact::Sender;
using ledger::Outcome;
using ledger::Record;

constexpr std::size_t most_senders = 500;

void write_pile(Json& out, const Pile& pile) {
  JsonObject(out).number("messages", pile.messages).number("senders", pile.senders);
}

void write_set(Json& out, const gate::ModeSwitch& set) {
  JsonObject(out)
      .text("mode", name_of(set.mode))
      .time("since", set.since)
      .text("who", set.who)
      .text("reason", set.reason);
}

// How far a domain is.
struct Progress {
  std::int64_t days = 0;
  Stage stage = Stage::unknown;
};

Progress progress_of(const Domain& domain, const State& state) {
  const std::int64_t days = days_observed(domain, state.now);
  return {days, stage_of(domain, state.health, days)};
}

void write_domain(Json& out, const gate::DomainMode& mode, const Domain& domain,
                  const Health& health, const Progress& progress) {
  JsonObject object(out);
  object.text("name", mode.domain)
      .text("tenant", mode.tenant)
      .text("mode", name_of(mode.mode))
      .text("in_file", name_of(mode.in_file))
      .flag("locked", mode.locked)
      .flag("offered", mode.is_offered())
      .text("stage", name_of(progress.stage))
      .text("note", note_of(domain, health, progress.stage, progress.days));
  if (mode.set != nullptr) {
    object.value("set", [&](Json& each) { write_set(each, *mode.set); });
  }
  if (domain.survey == nullptr) return;
  const DomainSurvey& survey = *domain.survey;
  object.number("rows", survey.rows)
      .number("exceptions", survey.by_exception)
      .number("bad", survey.bad)
      .text("answer", survey.answer)
      .value("legitimate", [&](Json& each) { write_pile(each, survey.legitimate); })
      .value("forged", [&](Json& each) { write_pile(each, survey.forged); })
      .value("unclear", [&](Json& each) { write_pile(each, survey.unclear); })
      .value("let_it_break", [&](Json& each) { write_pile(each, survey.let_it_break); });
}

void write_hour(Json& out, const std::array<Hour::Counts, Hour::minutes>& hour) {
  JsonObject object(out);
  const auto part = [&](report::Own key, Part which) {
    object.list(key, hour, [&](Json& each, const Hour::Counts& counts) {
      each << counts[static_cast<std::size_t>(which)];
    });
  };
  part("refused", Part::refused);
  part("refused_legitimate", Part::refused_legitimate);
  part("would_refuse", Part::would_refuse);
  part("undetermined", Part::undetermined);
  part("exception", Part::exception);
}

void write_survey(Json& out, const Survey& survey) {
  JsonObject object(out);
  object.time("made", survey.made)
      .number("rows", survey.rows)
      .number("bad", survey.bad)
      .number("of_others", survey.of_others)
      .flag("cut", survey.is_cut)
      .number("days", static_cast<std::uint64_t>(Survey::days));
  if (survey.first) object.time("first", *survey.first);
  if (survey.oldest) object.time("oldest", *survey.oldest);
}

void write_sender(Json& out, const Sender& sender) {
  JsonObject object(out);
  object.text("name", sender.name)
      .text("kind", report::kind_cell(sender))
      .text("looks", name_of(sender.looks))
      .text("standing", report::standing_words(sender))
      .text("sure", report::confidence_cell(sender))
      .number("messages", sender.messages)
      .number("at_stake", sender.with_rejection.reject + sender.with_rejection.undetermined)
      .number("days", sender.days)
      .number("addresses", sender.address_count)
      .texts("hosts", sender.hostnames)
      .texts("sends_as", sender.reverse_paths)
      .texts("reasons", sender.reasons)
      .texts("doubts", sender.doubts)
      .text("pin", sender.pin)
      .text("pin_overruled", sender.pin_overruled)
      .flag("can_be_pinned", !sender.addresses.empty() &&
                                 sender.addresses.size() == sender.address_count &&
                                 !sender.is_rest);
  if (sender.first) object.time("first", *sender.first);
  if (sender.last) object.time("last", *sender.last);
  const impact::ToDo to_do = impact::to_do_about(sender);
  object.text("remedy", to_do.what).text("command", to_do.command_alone()).text("risk", to_do.risk);
}

// `left_out`: of further ones, which the survey did not keep.
void write_senders(JsonObject& object, const std::vector<Sender>& senders,
                   const DomainSurvey::LeftOut& left_out) {
  std::vector<const Sender*> shown;
  for (const Sender& each : senders) {
    if (shown.size() == most_senders) break;
    shown.push_back(&each);
  }
  object.list("senders", shown, [](Json& out, const Sender* each) { write_sender(out, *each); });
  std::uint64_t forged = left_out.forged;
  for (std::size_t i = shown.size(); i < senders.size(); ++i)
    forged += senders[i].looks == impact::Looks::forged ? 1 : 0;
  object.number("not_shown", senders.size() - shown.size() + left_out.forged + left_out.others)
      .number("not_shown_forged", forged);
}

std::string_view reason_words(std::string_view reason) noexcept {
  if (reason == "direct_send_rejected") return "nobody signed in, and no connector takes it";
  if (reason == "own_header_from") return "its From is yours, and nothing proves it";
  if (reason == "multiple_from") return "it names several authors";
  if (reason == "unreadable_from") return "its From can be read in two ways";
  if (reason == "unreadable_header") return "its header can't be read whole";
  if (reason == "unreadable_recipient") return "whom it is for can't be read";
  return reason;
}

}  // namespace

std::vector<Domain> domains_of(const Snapshot& snapshot, const Survey* survey) {
  std::vector<Domain> out;
  for (const gate::DomainMode& mode : snapshot.domains) {
    Domain domain;
    domain.name = mode.domain;
    domain.mode = mode.mode;
    if (mode.set != nullptr) domain.since = mode.set->since;
    if (survey != nullptr) domain.survey = survey->of(mode.domain);
    out.push_back(std::move(domain));
  }
  return out;
}

std::string state_json(const State& state) {
  const std::vector<Domain> domains = domains_of(state.snapshot, state.survey);
  std::vector<Progress> progress;
  std::vector<Stage> stages;
  for (const Domain& each : domains) {
    progress.push_back(progress_of(each, state));
    stages.push_back(progress.back().stage);
  }
  const Headline headline = headline_of(state.health, domains, stages, state.started);
  const gate::Metrics& metrics = state.metrics;
  const gate::Settings& settings = state.snapshot.settings;
  Json out;
  {
    JsonObject object(out);
    object.text("schema", "postern/gate-page/1")
        .text("host", state.snapshot.config->session.host_name)
        .time("now", state.now)
        .time("started", state.started)
        .text("tone", name_of(headline.tone))
        .text("headline", headline.text)
        .number("passed", metrics.messages.value())
        .number("judged", metrics.recipients.value())
        .number("hop_failures", metrics.next_hop_failures.value())
        .flag("ledger", state.health.ledger_is_on)
        .flag("hashed", !settings.ledger.hash_key_file.empty())
        .number("dropped", metrics.ledger.drops.value())
        .number("waiting",
                static_cast<std::uint64_t>(std::max<std::int64_t>(0, metrics.ledger.queue.value())))
        .texts("left_aside", state.snapshot.left_aside)
        .value("hour", [&](Json& each) { write_hour(each, state.hour); });
    if (state.survey != nullptr) {
      object.value("survey", [&](Json& each) { write_survey(each, *state.survey); });
    }
    std::size_t at = 0;
    object.list("domains", state.snapshot.domains, [&](Json& each, const gate::DomainMode& mode) {
      write_domain(each, mode, domains[at], state.health, progress[at]);
      ++at;
    });
  }
  return std::move(out).take();
}

std::string senders_json(const Snapshot& snapshot, const Survey* survey, const std::string& fault) {
  Json out;
  {
    JsonObject object(out);
    object.text("fault", fault).text("state_file", snapshot.settings.page.state_file);
    const std::vector<DomainSurvey> none;
    object.list("domains", survey == nullptr ? none : survey->domains,
                [](Json& each, const DomainSurvey& domain) {
                  JsonObject inner(each);
                  inner.text("name", domain.domain);
                  write_senders(inner, domain.senders, domain.left_out);
                });
    const std::vector<TenantSurvey> no_tenants;
    object.list("tenants", survey == nullptr ? no_tenants : survey->tenants,
                [](Json& each, const TenantSurvey& tenant) {
                  JsonObject inner(each);
                  inner.text("name", tenant.name).text("answer", tenant.report.conclusion.sentence);
                  write_senders(inner, tenant.report.senders, {});
                });
    object.list("pins", snapshot.state.pins, [](Json& each, const gate::SenderPin& pin) {
      JsonObject(each)
          .text("sender", pin.sender)
          .texts("addresses", pin.addresses)
          .time("since", pin.since)
          .text("who", pin.who)
          .text("reason", pin.reason);
    });
  }
  return std::move(out).take();
}

std::string why_of(const Record& record) {
  switch (record.outcome) {
    case Outcome::exception:
      return "let through: " + record.exception;
    case Outcome::undetermined:
      return "missing: " + text_of(record.missing);
    case Outcome::refused:
    case Outcome::would_refuse:
      break;
  }
  std::string why(reason_words(record.reason));
  if (const std::string_view domain = read_as(record); !domain.empty()) {
    why += fmt::format("; read as {}", domain);
  }
  if (!record.connector.empty()) why += "; connector " + record.connector;
  return why;
}

void write_row(Json& out, const ledger::Row& row, const Survey* survey, const std::string& domain) {
  const Record& record = row.record;
  JsonObject(out)
      .number("id", static_cast<std::uint64_t>(row.id))
      .time("time", record.time)
      .text("outcome", name_of(record.outcome))
      .text("mode", name_of(record.mode))
      .text("client", record.client ? record.client->text() : "")
      .text("helo", record.helo)
      .text("sender", record.null_sender ? "<>" : record.sender)
      .text("recipient", record.recipient)
      .text("domain", domain)
      .text("why", why_of(record))
      .text("looks",
            name_of(survey == nullptr ? impact::Looks::unclear : survey->looks_of(record.client)));
}

void write_flood(Json& out, const Flood& flood) {
  JsonObject object(out);
  const auto count = [&](Outcome outcome) {
    return flood.outcomes[static_cast<std::size_t>(outcome)];
  };
  object.number("rows", flood.rows)
      .number("refused", count(Outcome::refused))
      .number("would_refuse", count(Outcome::would_refuse))
      .number("exception", count(Outcome::exception))
      .number("undetermined", count(Outcome::undetermined))
      .list("clients", flood.clients, [](Json& each, const auto& client) {
        JsonObject(each).text("client", client.first).number("rows", client.second);
      });
}

std::string changes_json(const std::vector<ledger::ChangeRow>& changes, const Snapshot& snapshot,
                         bool is_kept) {
  Json out;
  {
    JsonObject object(out);
    object.flag("kept", is_kept).text("state_file", snapshot.settings.page.state_file);
    object.list("changes", changes, [](Json& each, const ledger::ChangeRow& row) {
      JsonObject(each)
          .number("id", static_cast<std::uint64_t>(row.id))
          .time("time", row.change.time)
          .text("what", row.change.what)
          .text("name", row.change.name)
          .text("before", row.change.before)
          .text("after", row.change.after)
          .text("who", row.change.who)
          .text("reason", row.change.reason);
    });
  }
  return std::move(out).take();
}

std::string error_json(std::string_view what) {
  Json out;
  JsonObject(out).text("error", what);
  return std::move(out).take();
}

}  // namespace postern::page
