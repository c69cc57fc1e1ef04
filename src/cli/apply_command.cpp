// postern apply PLAN and postern rollback RECORD: the change itself, and the way back.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <string>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "cli/change_options.hpp"
#include "cli/command.hpp"
#include "cli/live_session.hpp"
#include "cli/outcomes.hpp"
#include "cli/probe_run.hpp"
#include "cli/record_file.hpp"
#include "plan/apply.hpp"
#include "plan/plan.hpp"
#include "plan/record.hpp"
#include "report/plan_report.hpp"

namespace postern::cli {
namespace {

// The tenant that a plan or record names, unless the caller names another.
Result<std::string> live_tenant(const ChangeArguments& arguments, const std::string& source) {
  const std::string& tenant = arguments.tenant.empty() ? source : arguments.tenant;
  const std::string name(live_name(tenant));
  if (!name.empty()) return name;
  return fail(fmt::format("'{}' is no live tenant", printable(tenant)), arguments.file,
              "pass --tenant live:NAME; the plan's reading must be of the same tenant");
}

// Asks a person. Refuses to guess where there is none.
Result<bool> agreed(const std::string& question, const char* option) {
  if (::isatty(STDIN_FILENO) != 1) {
    return fail("standard input is no terminal, so nobody can be asked", "",
                fmt::format("pass {} once you have read the plan", option));
  }
  fmt::print(stderr, "{} [y/N] ", question);
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

plan::Conditions conditions_of(const RecordFile& file, const exchange::Surroundings& around) {
  plan::Conditions out;
  out.now = around.now;
  out.sleep = [&around](std::chrono::milliseconds time) { around.sleep(time); };
  out.save = [&file](const plan::Record& record) { return file.save(plan::to_json(record)); };
  out.say = [](const std::string& line) { fmt::print(stderr, "{}\n", printable(line)); };
  return out;
}

plan::Limits limits_of(const ChangeArguments& arguments) {
  plan::Limits out;
  out.read_back = std::chrono::seconds(arguments.wait);
  out.settle = out.hold = arguments.settle_time();
  return out;
}

// What the record says is made is not there, by any reading. Which, and whether this run changed
// anything, was told.
int not_shown(const RecordFile& file, std::int64_t seconds) {
  fmt::print(
      "What the record says is made (named above) showed in no reading for {} s: a front end of "
      "Exchange has not heard of it yet, or somebody took it back. The record is in {}.\n"
      "Look at the tenant. If it is there, run postern apply again; if not, plan again: postern "
      "rollback takes back what is left of this plan.\n",
      seconds, file.path());
  return not_determined;
}

int not_in_time(const RecordFile& file, std::int64_t seconds, const char* what,
                const char* command) {
  fmt::print(
      "The service took the change, but {} within {} s; the record is in {}.\n"
      "Run {} again later: it goes on where it stopped.\n",
      what, seconds, file.path(), command);
  return not_determined;
}

// The record of this plan, or a fresh one.
Result<plan::Record> record_for(const plan::Plan& plan, const RecordFile& file) {
  const auto text = file.read();
  if (!text) return tl::unexpected(text.error());
  if (!*text) return plan::Record::of(plan);
  auto record = plan::read_record(**text, file.path());
  if (!record) return tl::unexpected(record.error());
  if (!record->is_of(plan)) {
    return fail("is the record of another plan", file.path(), "name another file with --record");
  }
  return record;
}

Result<bool> go_ahead(const ChangeArguments& arguments, const plan::Plan& plan,
                      const plan::Record& record, const Environment& environment) {
  const report::Style style = OutputOptions().style(environment);
  const bool turns = std::any_of(plan.steps.begin(), plan.steps.end(), [](const plan::Step& step) {
    return step.kind == plan::Step::Kind::turn_switch;
  });
  const plan::Verdict release = plan::release_of(
      plan.proof, turns ? plan::Stage::Kind::turn_switch : plan::Stage::Kind::connectors);
  fmt::print("{}\n{}\nProof: {}. {}\n", style.bold("Changes of " + printable(plan.tenant.name)),
             report::plan_steps_text(plan, style), plan::name_of(release.holds),
             printable(release.statement));
  for (const plan::StepRecord& step : record.steps) {
    if (step.status != plan::StepRecord::Status::pending) {
      fmt::print("  already {}: {}\n", plan::name_of(step.status), printable(step.step.does));
    }
  }
  std::fflush(stdout);
  const bool proven = release.holds == plan::Holds::yes;
  if (arguments.yes && !proven && !arguments.unproven) {
    return fail("the plan's proof does not hold or leaves something open", arguments.file,
                "see to that and plan again, or pass --unproven too");
  }
  if (arguments.yes) return true;
  return agreed(proven ? "Make these changes?"
                       : "The proof does not hold or leaves something open. Change all the same?",
                "--yes");
}

// On the wire, under the settings that are in force now.
int probe_after(const ChangeArguments& arguments, const plan::Record& record,
                const Environment& environment) {
  policy::Tenant tenant = record.before;
  for (const plan::StepRecord& step : record.steps)
    step.step.apply_to(tenant);
  const auto policy = policy::Policy::compile(tenant);
  if (!policy) return report_error(policy.error().front());
  const auto probed = run_probe(arguments.probe, tenant, *policy, environment.now);
  if (!probed) return report_error(probed.error());
  const report::ProbeDocument document{probed->conclusion, probed->observations, probed->heading};
  const OutputOptions output;
  const auto written =
      write_document(output, "\n" + report::probe_text(document, output.style(environment)));
  return written ? outcome_of(probed->conclusion) : report_error(written.error());
}

// The steps up to the end of the stage that was asked for, or all.
Result<std::size_t> steps_to_make(const ChangeArguments& arguments, const plan::Plan& plan,
                                  const plan::Record& record) {
  using Kind = plan::Stage::Kind;
  const auto stage = plan::parse_stage_kind(arguments.stage);
  if (!stage) return plan.steps.size();
  if (*stage != Kind::connectors && *stage != Kind::turn_switch) {
    return fail("postern apply makes connectors and the switch; this stage it does not",
                "--stage " + arguments.stage, "see postern plan next, or --emit its script");
  }
  std::size_t connectors = 0;
  bool made = true;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (!plan.steps[i].after) continue;
    connectors = i + 1;
    made = made && record.steps[i].status == plan::StepRecord::Status::done;
  }
  const bool is_there =
      *stage == Kind::connectors ? connectors > 0 : connectors < plan.steps.size();
  if (!is_there) return fail("the plan has no such stage", "--stage " + arguments.stage);
  if (*stage == Kind::connectors) return connectors;
  if (!made) {
    return fail("the record does not show the connectors as made", "--stage switch",
                "run postern apply with --stage connectors first");
  }
  return plan.steps.size();
}

// A part of the steps is made with a record of them, and kept in the record of all.
Result<plan::Ended> apply_first(std::size_t steps, plan::Record& record,
                                exchange::AdminInterface& admin, plan::Conditions around,
                                const plan::Limits& limits) {
  plan::Record part = record;
  part.steps.resize(steps);
  const auto keep = [&record](const plan::Record& made) {
    record.organisation = made.organisation;
    std::copy(made.steps.begin(), made.steps.end(), record.steps.begin());
  };
  around.save = [save = std::move(around.save), keep, &record](const plan::Record& made) {
    keep(made);
    return save(record);
  };
  auto ended = plan::apply(part, admin, around, limits);
  keep(part);
  return ended;
}

int run_apply(const ChangeArguments& arguments, const Environment& environment) {
  const auto text = read_text(arguments.file);
  if (!text) return report_error(text.error());
  const auto plan = plan::read_plan(*text, arguments.file);
  if (!plan) return report_error(plan.error());
  if (!arguments.emit.empty()) {
    const auto stage = plan::parse_stage_kind(arguments.stage);
    const bool makes = arguments.emit == "powershell";
    const auto script = stage   ? plan::stage_script(*plan, *stage, !makes)
                        : makes ? plan::apply_script(*plan)
                                : plan::undo_script(*plan);
    if (!script) return report_error(script.error());
    const auto written = write_document({}, *script);
    return written ? holds : report_error(written.error());
  }
  const auto name = live_tenant(arguments, plan->source);
  if (!name) return report_error(name.error());
  const std::string path =
      arguments.record.empty() ? arguments.file + ".record.json" : arguments.record;
  const auto file = RecordFile::hold(path);
  if (!file) return report_error(file.error());
  auto record = record_for(*plan, *file);
  if (!record) return report_error(record.error());

  const auto steps = steps_to_make(arguments, *plan, *record);
  if (!steps) return report_error(steps.error());
  const bool makes_all = *steps == plan->steps.size();
  plan::Plan shown = *plan;
  shown.steps.resize(*steps);
  const auto agreement = go_ahead(arguments, shown, *record, environment);
  if (!agreement) return report_error(agreement.error());
  if (!*agreement) {
    fmt::print("Nothing was changed.\n");
    return not_determined;
  }
  const auto session = LiveSession::open(*name, arguments.live);
  if (!session) return report_error(session.error());
  const LiveSession& live = **session;
  record->source = "live:" + *name;
  const auto ended = apply_first(*steps, *record, live.admin(), conditions_of(*file, live.around()),
                                 limits_of(arguments));
  if (!ended) return report_error(ended.error());
  if (*ended == plan::Ended::not_in_time) {
    return not_in_time(*file, arguments.wait, "it could not be read back", "postern apply");
  }
  if (*ended == plan::Ended::not_shown) {
    return not_shown(*file, arguments.wait);
  }
  if (!makes_all) {
    fmt::print(
        "The connectors are made and read back; the switch is not turned. postern plan next tells, "
        "from new evidence, when it may be. The record, for postern rollback: {}\n",
        path);
    return holds;
  }
  fmt::print(
      "Every change is made and read back; the tenant is the one that was planned for. The "
      "record, for postern rollback: {}\n",
      path);
  std::fflush(stdout);
  return arguments.probe.subject.mailbox.empty() ? holds
                                                 : probe_after(arguments, *record, environment);
}

int run_rollback(const ChangeArguments& arguments, const Environment& /*environment*/) {
  if (arguments.wait > 0 && arguments.settle_time().count() >= arguments.wait) {
    return report_error({fmt::format("--settle {} leaves no room within --wait {}",
                                     arguments.settle_time().count(), arguments.wait),
                         "", "make --wait longer: it holds --settle too"});
  }
  const auto file = RecordFile::hold(arguments.file);
  if (!file) return report_error(file.error());
  const auto text = read_text(arguments.file);
  if (!text) return report_error(text.error());
  auto record = plan::read_record(*text, arguments.file);
  if (!record) return report_error(record.error());
  const auto name = live_tenant(arguments, record->source);
  if (!name) return report_error(name.error());

  using Status = plan::StepRecord::Status;
  bool any = false;
  for (auto step = record->steps.rbegin(); step != record->steps.rend(); ++step) {
    if (step->status == Status::pending || step->status == Status::undone) continue;
    any = true;
    const auto line = tenant::powershell(step->step.undo());
    fmt::print("Takes back: {}\n       {}\n", printable(step->step.does),
               line ? *line : std::string{});
  }
  if (!any) {
    fmt::print("The record holds nothing to take back.\n");
    return holds;
  }
  std::fflush(stdout);
  if (!arguments.yes) {
    const auto agreement = agreed("Take this back?", "--yes");
    if (!agreement) return report_error(agreement.error());
    if (!*agreement) {
      fmt::print("Nothing was changed.\n");
      return not_determined;
    }
  }
  const auto session = LiveSession::open(*name, arguments.live);
  if (!session) return report_error(session.error());
  const LiveSession& live = **session;
  const auto ended = plan::roll_back(*record, live.admin(), conditions_of(*file, live.around()),
                                     limits_of(arguments), arguments.force);
  if (!ended) return report_error(ended.error());
  if (*ended == plan::Ended::not_in_time) {
    return not_in_time(*file, arguments.wait,
                       "not every reading showed it as taken back for long enough",
                       "postern rollback");
  }
  if (*ended == plan::Ended::remains) {
    fmt::print(
        "Taken back, and read back so for {} s, but for what is named above: see to that by hand. "
        "The record is in {}; postern rollback --force looks at it again.\n",
        arguments.settle_time().count(), file->path());
    return does_not_hold;
  }
  fmt::print("Everything that the record holds is taken back, and was read back so for {} s.\n",
             arguments.settle_time().count());
  return holds;
}

}  // namespace

void add_apply_command(CLI::App& app, const Environment& environment, int& exit_code) {
  add_command(app, "apply", "Make a plan's changes in the live tenant", add_apply_options,
              run_apply, environment, exit_code);
}

void add_rollback_command(CLI::App& app, const Environment& environment, int& exit_code) {
  add_command(app, "rollback", "Take back what postern apply recorded", add_rollback_options,
              run_rollback, environment, exit_code);
}

}  // namespace postern::cli
