#include "report/testing/samples.hpp"

#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "auth/dkim.hpp"

namespace postern::report::testing {

Samples::Samples(std::string hostile)
    : hostile_(std::move(hostile)), summary_(ledger::GroupedBy::sender) {
  make_audit();
  make_impact();
  make_plan();
  make_difference();
  make_explanation();
  make_probe();
  make_authentication();
  login_heading_ = {text(), text(), text()};
  using State = exchange::CheckLine::State;
  for (const State state : {State::fine, State::missing, State::not_tried})
    login_lines_.push_back({state, text(), text(), text()});
  fetch_heading_ = {text(), text(), text()};
  fetched_.resumed = true;
  fetched_.rows = fetched_.details = 3;
  make_ledger();
}

std::string Samples::text() {
  return fmt::format("{}m{}.", hostile_, ++marks_);
}

void Samples::make_audit() {
  audit_.tenant = text();
  using audit::Status;
  for (const Status status :
       {Status::fail, Status::pass, Status::not_determined, Status::not_applicable}) {
    audit::ControlResult result;
    audit::Control& control = result.control;
    for (std::string* field : {&control.id, &control.title, &control.profile, &control.rationale,
                               &control.impact, &control.remedy, &control.command}) {
      *field = text();
    }
    control.lifecycle.push_back({text(), text(), text()});
    control.equivalents.push_back({text(), text(), text()});
    result.status = status;
    result.findings.push_back({status, text(), text(), text(), text(), {}});
    result.findings.push_back({Status::fail, text(), text(), text(), text(), text()});
    controls_.push_back(control);
    audit_.results.push_back(std::move(result));
  }
  using audit::Gate;
  for (const Gate gate : {Gate::open, Gate::shut, Gate::not_determined, Gate::not_applicable})
    audit_.entrances.push_back({text(), text(), gate, text()});
  audit_.remarks.push_back(text());
  audit_.expired_waivers.push_back(text());
  since_.emplace();
  since_->drift.push_back({text(), text(), text(), text()});
  since_->drift.push_back({text(), text(), {}, text()});
  since_->not_compared.push_back({text(), text(), text()});
}

void Samples::make_impact() {
  impact_heading_.tenant = text();
  impact_heading_.changes = impact::Changes{{text()}, {text()}, {text()}};
  using impact::Looks;
  for (const Looks looks : {Looks::legitimate, Looks::forged, Looks::unclear}) {
    impact::Sender sender;
    sender.looks = looks;
    sender.name = text();
    sender.pin = looks == Looks::legitimate ? text() : std::string();
    for (auto* list : {&sender.reasons, &sender.doubts, &sender.hostnames, &sender.reverse_paths,
                       &sender.subjects, &sender.message_ids, &sender.connectors}) {
      list->push_back(text());
    }
    sender.remedy.what = text();
    sender.remedy.command = text();
    sender.remedy.risk = text();
    sender.addresses = {*IpAddress::parse("192.0.2.7"), *IpAddress::parse("2001:db8::7")};
    sender.address_count = 2;
    sender.messages = 3;
    sender.with_rejection = {1, 1, 1};
    sender.missing = policy::Fact::certificate | policy::Fact::tls;
    sender.notes = policy::Note::never_set;
    sender.first = sender.last = 1'790'000'000;
    impact_.senders.push_back(std::move(sender));
  }
  evidence::Tally file;
  file.file = text();
  file.rows = 10;
  impact_.files.push_back(file);
  impact_.bad_rows.push_back({{text(), 4, 0}, 3, text(), text()});
  impact_.contradictions.push_back(text());
  impact_.tallies.push_back({"connector_match", {{"any", 7, 0, true}, {"all", 0, 7, false}}, 0});
  impact_.tallies.push_back({"acs_exempt", {{"true", 1, 0, true}, {"false", 0, 1, false}}, {}});
  answers_.push_back(
      {text(), text(), text(), text(), {text()}, 3, 1, text(), {text()}, {text()}, true});
  impact_.remarks.push_back(text());
  impact_.totals.rows = 10;
  impact_.totals.bad = 1;
  impact_.totals.undetermined = 3;
  impact_.totals.missing = policy::Fact::certificate;
}

void Samples::make_plan() {
  plan_.made_by = text();
  plan_.source = text();
  plan_.tenant.name = text();
  plan_.fingerprint = text();
  policy::InboundConnector connector;
  connector.name = text();
  connector.comment = text();
  plan::Step create;
  create.kind = plan::Step::Kind::create_connector;
  create.does = text();
  create.covers.push_back(text());
  create.warnings.push_back(text());
  create.after = connector;
  plan_.steps.push_back(create);
  plan::Step change = create;
  change.kind = plan::Step::Kind::change_connector;
  change.does = text();
  change.before = connector;
  change.after->comment = text();
  plan_.steps.push_back(change);
  plan::Step turn;
  turn.does = text();
  turn.switch_before = policy::RejectDirectSend::off;
  turn.switch_after = policy::RejectDirectSend::on;
  plan_.steps.push_back(turn);
  plan_.proof.statement = text();
  for (auto* list : {&plan_.proof.breaks, &plan_.proof.undetermined, &plan_.proof.presumed,
                     &plan_.proof.unclear, &plan_.proof.let_in, &plan_.proof.bystanders,
                     &plan_.proof.bystanders_at_risk, &plan_.proof.may_be_let_in}) {
    list->push_back({text(), text(), "presumed", 1, 2, {text()}, text()});
  }
  plan_.proof.not_shown.push_back(text());
  plan_.warnings.push_back(text());
  plan_.stages =
      plan::stages_of(plan_.steps, {{text(), text(), {}}}, {{text(), {}, {"contoso.com"}}});
  next_.tenant = text();
  next_.source = text();
  next_.file = text();
  for (const plan::Stage& stage : plan_.stages)
    next_.stages.push_back(stage.kind);
  next_.due = 1;
  next_.check = plan::Check::fails;
  next_.sentence = text();
  next_.fails.push_back(text());
  next_.lacks.push_back(text());
  next_.findings.push_back({text(), text(), plan::Check::fails, text(), 1'790'000'000, {}, {}});
  next_.findings.push_back({text(), {}, plan::Check::holds, text(), {}, {}, {}});
  next_.others_refused = 3;
  next_.commands = plan_.stages.front().cmdlets(plan_.steps);
  next_.undo = plan_.stages.front().undo(plan_.steps);
}

void Samples::make_difference() {
  difference_.before = text();
  difference_.after = text();
  difference_.changes = {text()};
  difference::Difference& d = difference_.difference;
  d.result = difference::Finding::not_determined;
  d.why_not_determined = text();
  d.kinds = d.attribution_kinds = 3;
  d.notes = {text()};
  d.attribution_connectors = {text()};
  d.remarks.push_back({"relay", text(), {text()}});
  const auto words = [&] { return difference::Words{false, text(), {text()}}; };
  difference::Statement statement;
  statement.change = difference::Change::newly_refused;
  statement.after = difference::Effect::direct_send_rejected;
  statement.where = {words(), words(), words(), words()};
  statement.exceptions.push_back({{words(), words(), words(), words()}, {text()}, {text()}});
  statement.as_before = true;
  statement.as_before_by = {text()};
  statement.connectors_before = {text()};
  statement.connectors_after = {text()};
  statement.witness = {text(), text(), text(), true, text(), true, {}, {}, text(), text()};
  d.statements = {statement};
  d.examined_choices = {text()};
  d.readings.push_back(
      {{text()}, {text()}, {{difference::Change::none, statement.change, statement}}});
}

void Samples::make_explanation() {
  policy::Tenant tenant;
  tenant.name = text();
  tenant.accepted_domains.push_back({});
  tenant.accepted_domains.back().name = "contoso.com";
  policy::InboundConnector connector;
  connector.name = text();
  connector.type = policy::ConnectorType::partner;
  connector.sender_domains = {{policy::SenderDomain::Kind::any, {}, 1}};
  connector.sender_ip_addresses = {*Prefix::parse("192.0.2.0/24")};
  connector.require_tls = true;
  tenant.inbound_connectors.push_back(connector);
  auto compiled = policy::Policy::compile(tenant);
  if (compiled) policy_.emplace(std::move(*compiled));
  explanation_.tenant = text();
  explanation_.reject_direct_send = "True";
  explanation_.what_if = true;
  explanation_.given.emplace_back("mail from", text());
  explanation_.choices.push_back({"acs_exempt", text(), true});
  policy::Submission submission;
  submission.client_ip = IpAddress::parse("192.0.2.7");
  submission.reverse_path = {policy::ReversePath::State::address, "contoso.com"};
  submission.recipient_domain = "contoso.com";
  if (policy_) explanation_.verdict = decide(*policy_, submission, explanation_.trace);
}

void Samples::make_probe() {
  using probe::Answer;
  conclusion_.direct_send_refused = {Answer::no, text(), text()};
  conclusion_.locked_down = {Answer::inconclusive, text(), text()};
  conclusion_.notes.push_back(text());
  probe::Observation answered;
  answered.envelope = {probe::Question::own_domain, text(), text(), text()};
  answered.answered = true;
  answered.reply = {250, "2.1.0", text()};
  answered.stage = smtp::Stage::message;
  answered.meaning = probe::Meaning::accepted;
  answered.id = text();
  answered.tls = true;
  answered.tls_version = text();
  probe::Observation broken;
  broken.envelope = {probe::Question::null_sender, "", text(), text()};
  broken.fault = text();
  observations_ = {answered, broken};
  probe_heading_ = {text(), text(), text(), text(), text(), 25, true, 1'790'000'000};
}

void Samples::make_authentication() {
  auth_heading_.message = text();
  auth_heading_.ip = text();
  auth_heading_.at_source = AuthHeading::TimeSource::unknown;
  auth_heading_.at_doubt = text();
  authentication_.spf = {true, auth::SpfResult::fail, false, text(), text(), {}};
  auth::DkimOutcome dkim;
  dkim.result = auth::DkimResult::fail;
  for (std::string* field :
       {&dkim.detail, &dkim.domain, &dkim.selector, &dkim.identity, &dkim.algorithm}) {
    *field = text();
  }
  dkim.key_bits = 2048;
  authentication_.dkim.push_back(std::move(dkim));
  authentication_.arc.detail = text();
  authentication_.arc.sets.push_back({1, text(), "", text(), text()});
  auth::DmarcOutcome& dmarc = authentication_.dmarc;
  dmarc.result = auth::DmarcResult::fail;
  for (std::string* field :
       {&dmarc.detail, &dmarc.author_domain, &dmarc.policy_domain, &dmarc.organizational_domain}) {
    *field = text();
  }
  dmarc.record = "v=DMARC1; p=none; rua=" + text();
  dmarc.published_tag = "p";
  auth::Alignment alignment;
  alignment.aligned = auth::Aligned::yes;
  alignment.identifier.domain = text();
  dmarc.alignments.push_back(std::move(alignment));
  authentication_.from_domains = {text(), text()};
  authentication_.trail = {text(), text()};
}

void Samples::make_ledger() {
  ledger::Record& r = row_.record;
  row_.id = 7;
  r.outcome = ledger::Outcome::undetermined;
  for (std::string* field : {&r.door, &r.transaction, &r.helo, &r.tls_version, &r.certificate_name,
                             &r.sender, &r.recipient, &r.header_from, &r.message_id, &r.tenant,
                             &r.reason, &r.exception, &r.connector, &r.reply}) {
    *field = text();
  }
  r.certificate_alternative_names = {text(), text()};
  r.header_known = true;
  r.missing.facts = policy::Fact::certificate;
  r.steps.push_back({text(), text(), text(), text()});
  summary_.add(r);
}

std::string Samples::rendered(const Renderer& renderer, const Style& style) const {
  const auto with = [&style](auto render, const auto& document) { return render(document, style); };
  return std::visit(
      [&](auto render) -> std::string {
        using R = decltype(render);
        if constexpr (std::is_same_v<R, Render<AuditDocument>>) {
          return with(render, AuditDocument{audit_, since_});
        } else if constexpr (std::is_same_v<R, Render<TenantPart>>) {
          const AuditDocument document{audit_, since_};
          return render({audited("contoso", "t.toml", document), &document}, style);
        } else if constexpr (std::is_same_v<R, Render<AuditsDocument>>) {
          // Two tenants, each with its part in this format.
          const AuditDocument document{audit_, since_};
          std::vector<AuditedTenant> tenants = {
              audited(audit_.tenant, audit_.tenant, document),
              not_read(audit_.tenant, audit_.tenant, {audit_.tenant, audit_.tenant, {}})};
          if (const auto part = renderer_of<TenantPart>(renderer.format)) {
            tenants[0].part = part({tenants[0], &document}, style);
            tenants[1].part = part({tenants[1], nullptr}, style);
          }
          return with(render, AuditsDocument{tenants, controls_});
        } else if constexpr (std::is_same_v<R, Render<TenantsDocument>>) {
          const std::vector<TenantRow> rows = {
              answered(audit_.tenant, audit_.tenant, plan_.tenant, {}, {hostile_, hostile_}),
              unanswered(audit_.tenant, audit_.tenant, {audit_.tenant, audit_.tenant, {}})};
          const std::vector<impact::CommonSender> common = {{audit_.tenant, false, 3, 2, 1}};
          std::optional<impact::SharedRows> shared(std::in_place);
          shared->remarks = {audit_.tenant};
          return with(render, TenantsDocument{"impact", rows, common, shared, nullptr});
        } else if constexpr (std::is_same_v<R, Render<ImpactDocument>>) {
          return with(render, ImpactDocument{impact_, impact_heading_});
        } else if constexpr (std::is_same_v<R, Render<plan::Plan>>) {
          return with(render, plan_);
        } else if constexpr (std::is_same_v<R, Render<plan::Next>>) {
          return with(render, next_);
        } else if constexpr (std::is_same_v<R, Render<DiffDocument>>) {
          return with(render, difference_);
        } else if constexpr (std::is_same_v<R, Render<ExplainDocument>>) {
          return with(render, ExplainDocument{explanation_, policy_.value()});
        } else if constexpr (std::is_same_v<R, Render<ProbeDocument>>) {
          return with(render, ProbeDocument{conclusion_, observations_, probe_heading_});
        } else if constexpr (std::is_same_v<R, Render<AuthDocument>>) {
          return with(render, AuthDocument{authentication_, auth_heading_});
        } else if constexpr (std::is_same_v<R, Render<LoginDocument>>) {
          return with(render, LoginDocument{login_heading_, login_lines_});
        } else if constexpr (std::is_same_v<R, Render<FetchDocument>>) {
          return with(render, FetchDocument{fetch_heading_, fetched_});
        } else if constexpr (std::is_same_v<R, Render<LearnDocument>>) {
          return with(render, LearnDocument{impact_heading_.tenant, impact_});
        } else if constexpr (std::is_same_v<R, Render<SendersDocument>>) {
          return with(render, SendersDocument{impact_heading_.tenant, impact_heading_.tenant, true,
                                              answers_});
        } else if constexpr (std::is_same_v<R, Render<ControlsDocument>>) {
          return with(render, ControlsDocument{controls_});
        } else if constexpr (std::is_same_v<R, Render<LedgerLine>>) {
          return with(render, LedgerLine{row_, true});
        } else if constexpr (std::is_same_v<R, Render<LedgerHead>>) {
          return with(render, LedgerHead{});
        } else if constexpr (std::is_same_v<R, Render<LedgerTable>>) {
          return with(render, LedgerTable{{&row_, 1}, 1, false});
        } else {
          static_assert(std::is_same_v<R, Render<ledger::Summary>>, "a document without a sample");
          return with(render, summary_);
        }
      },
      renderer.render);
}

}  // namespace postern::report::testing
