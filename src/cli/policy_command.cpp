// postern policy: the tenants of a cluster of gates, pushed, read, compared, put back.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "base/numbers.hpp"
#include "base/time.hpp"
#include "cli/cluster_source.hpp"
#include "cli/command.hpp"
#include "cli/live_session.hpp"
#include "cli/outcomes.hpp"
#include "cli/policy_source.hpp"
#include "cluster/fleet.hpp"
#include "cluster/policy_store.hpp"
#include "difference/difference.hpp"
#include "report/diff_report.hpp"
#include "tenant/configuration.hpp"
#include "tenant/write.hpp"

namespace postern::cli {
namespace {

using cluster::PolicyStore;
using cluster::Rollout;
using cluster::StoredTenant;

struct PolicyArguments {
  std::string cluster;  ///< the file with [cluster]
  std::string id;
  std::string tenant;
  std::uint64_t revision = 0;
  std::string out;
  int replicas = 3;
  bool yes = false;
  LiveOptions live;
  // Of the rollout.
  std::string stable, canary;
  std::vector<std::string> gates;
  bool confirm = false;
};

constexpr const char* name_at_server = "postern policy";

Result<std::string> checked_id(const std::string& id, const char* where) {
  if (cluster::is_tenant_id(id)) return id;
  return fail(fmt::format("'{}' is no tenant's ID", printable(id)), where,
              "an ID is 1 to 64 of a to z, 0 to 9 and '-'");
}

// Where an ID is given it has the form of one.
Result<PolicyStore> store_of(const PolicyArguments& a) {
  if (!a.id.empty()) {
    if (const auto id = checked_id(a.id, "ID"); !id) return tl::unexpected(id.error());
  }
  const auto settings = read_cluster(a.cluster);
  if (!settings) return tl::unexpected(settings.error());
  return PolicyStore::open(*settings, name_at_server);
}

std::string who() {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  const char* user = std::getenv("USER");
  return fmt::format("{}@{}", user != nullptr ? user : std::to_string(::getuid()), host);
}

// "contoso.com" as "contoso-com".
std::string id_from(std::string_view name) {
  std::string id = to_lower(name);
  for (char& c : id) {
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9')) c = '-';
  }
  return id;
}

Result<bool> agreed_to(const std::string& question, bool yes) {
  if (yes) return true;
  if (::isatty(STDIN_FILENO) != 1) {
    return fail("standard input is no terminal, so nobody can be asked", "",
                "pass --yes once you have read what it changes");
  }
  fmt::print(stderr, "{} [y/N] ", question);
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

// A tenant that must be there.
Result<StoredTenant> present(PolicyStore& store, const std::string& id) {
  auto there = store.newest(id);
  if (!there) return tl::unexpected(there.error());
  if (*there) return std::move(**there);
  return fail("is no tenant of the cluster", printable(id), "postern policy pull lists them");
}

// As a gate reads it.
Result<tenant::Configuration> form_of(std::string_view value, const std::string& id) {
  auto form = cluster::configuration_of(value, id);
  if (!form) return tl::unexpected(last_of(std::move(form.error())));
  return form.value();
}

// What is in force of a tenant, as far as it is good.
Result<std::optional<tenant::Configuration>> form_in(const std::optional<StoredTenant>& stored) {
  if (!stored) return std::optional<tenant::Configuration>{};
  auto form = form_of(stored->value, stored->id);
  if (!form) return tl::unexpected(form.error());
  return std::optional(std::move(*form));
}

std::string counts_of(const policy::Tenant& tenant) {
  return fmt::format("{} and {}", counted(tenant.accepted_domains.size(), "accepted domain"),
                     counted(tenant.inbound_connectors.size(), "inbound connector"));
}

// What a push would change, on standard output. False where it can't be told.
Result<difference::Finding> show_difference(const std::optional<tenant::Configuration>& before,
                                            const tenant::Configuration& after,
                                            const Environment& environment) {
  if (!before) {
    fmt::print("{}: a new tenant, {}\n", printable(after.tenant.name), counts_of(after.tenant));
    for (const std::string& each : after.assumed)
      fmt::print("  assumed: {}\n", each);
    return difference::Finding::differs;
  }
  auto difference = difference::compare(before->tenant, after.tenant);
  if (!difference) return tl::unexpected(last_of(std::move(difference.error())));
  difference::note_assumed(before->assumed, *difference);
  difference::note_assumed(after.assumed, *difference);
  const report::Style style = OutputOptions{}.style(environment);
  fmt::print("{}{}", report::difference_text(*difference, style),
             report::notes_text(*difference, style));
  return difference->result;
}

// Ten forms of a tenant are kept: the next may push out the last one that most gates may take.
void note_what_is_pushed_out(PolicyStore& store, const std::string& id) {
  constexpr std::size_t kept_at_most = 10;
  const auto plan = store.plan();
  if (!plan || plan->plan.stable == Rollout::latest) return;
  const auto kept = store.history(id);
  if (!kept || kept->size() < kept_at_most) return;
  const std::uint64_t stable = plan->plan.stable;
  if ((*kept)[0].revision > stable || (*kept)[1].revision <= stable) return;
  fmt::print(stderr,
             "postern: note: this pushes out revision {}, the last form of {} up to --stable {}: a "
             "gate that starts anew then defers its mail\n",
             (*kept)[0].revision, id, stable);
}

int put(PolicyStore& store, const std::string& id, const cluster::TenantValue& value,
        const tenant::Configuration& now, const PolicyArguments& a,
        const Environment& environment) {
  const auto there = store.newest(id);
  if (!there) return report_error(there.error());
  // One that can't be read is replaced all the same: that is how it is mended.
  const auto before = form_in(*there);
  if (!before) {
    fmt::print(stderr, "postern: note: what is there can't be compared: {}\n",
               before.error().line());
  }
  const std::optional<tenant::Configuration> none;
  const auto& known = before ? *before : none;
  const auto shown = show_difference(known, now, environment);
  if (!shown) {
    fmt::print(stderr, "postern: note: the two can't be compared: {}\n", shown.error().line());
  }
  note_what_is_pushed_out(store, id);
  const auto agreement = agreed_to(fmt::format("Push tenant {}?", id), a.yes);
  if (!agreement) return report_error(agreement.error());
  if (!*agreement) {
    fmt::print("nothing was pushed\n");
    return does_not_hold;
  }
  const std::uint64_t expected = *there ? (*there)->revision : 0;
  const auto pushed = store.push(id, value, now.tenant, expected);
  if (!pushed) return report_error(pushed.error());
  for (const std::string& note : pushed->notes)
    fmt::print(stderr, "postern: note: {}\n", printable(note));
  fmt::print("pushed tenant {} as revision {}\n", id, pushed->revision);
  return holds;
}

int push(const PolicyArguments& a, const Environment& environment) {
  const auto configuration = load_configuration(a.tenant, a.live);
  if (!configuration) return report_error(configuration.error());
  const auto id = checked_id(a.id.empty() ? id_from(configuration->tenant.name) : a.id, "--id");
  if (!id) return report_error(id.error());
  const cluster::TenantValue value{.text = tenant::to_toml(*configuration),
                                   .name = "tenant.toml",
                                   .who = who(),
                                   .when = environment.now};
  auto now = form_of(cluster::write_tenant_value(value), *id);
  if (!now) return report_error(now.error());
  auto store = store_of(a);
  if (!store) return report_error(store.error());
  if (const auto made = store->make(a.replicas); !made) return report_error(made.error());
  return put(*store, *id, value, *now, a, environment);
}

std::string described(const StoredTenant& stored) {
  if (stored.removed) return fmt::format("{:>10}  taken away", stored.revision);
  const auto value = cluster::read_tenant_value(stored.value, stored.id);
  if (!value) return fmt::format("{:>10}  {}", stored.revision, value.error().line());
  return fmt::format("{:>10}  {}  {}", stored.revision, format_time(value->when),
                     printable(value->who));
}

int pull(const PolicyArguments& a, const Environment&) {
  auto store = store_of(a);
  if (!store) return report_error(store.error());
  if (a.id.empty()) {
    const auto all = store->all();
    if (!all) return report_error(all.error());
    for (const StoredTenant& each : *all)
      fmt::print("{}  {}\n", described(each), each.id);
    return holds;
  }
  const auto there = present(*store, a.id);
  if (!there) return report_error(there.error());
  const auto value = cluster::read_tenant_value(there->value, a.id);
  if (!value) return report_error(value.error());
  OutputOptions output;
  output.file = a.out;
  const auto written = write_document(output, value->text);
  return written ? holds : report_error(written.error());
}

// ID and TENANT the wrong way round are told so: no ID has a dot or a slash.
Error unreadable_tenant(const PolicyArguments& a, const Error& fault) {
  std::error_code none;
  if (!std::filesystem::exists(a.id, none) || std::filesystem::exists(a.tenant, none)) return fault;
  return {"is a file, and no ID of a tenant", a.id,
          "ID comes first, then TENANT; postern policy pull lists the IDs"};
}

int diff(const PolicyArguments& a, const Environment& environment) {
  const auto configuration = load_configuration(a.tenant, a.live);
  if (!configuration) return report_error(unreadable_tenant(a, configuration.error()));
  auto store = store_of(a);
  if (!store) return report_error(store.error());
  const auto there = store->newest(a.id);
  if (!there) return report_error(there.error());
  const auto before = form_in(*there);
  if (!before) return report_error(before.error());
  const auto shown = show_difference(*before, *configuration, environment);
  return shown ? outcome_of(*shown) : report_error(shown.error());
}

int history(const PolicyArguments& a, const Environment&) {
  auto store = store_of(a);
  if (!store) return report_error(store.error());
  const auto kept = store->history(a.id);
  if (!kept) return report_error(kept.error());
  if (kept->empty()) {
    return report_error(
        {"was never a tenant of the cluster", printable(a.id), "postern policy pull lists them"});
  }
  for (const StoredTenant& each : *kept)
    fmt::print("{}\n", described(each));
  return holds;
}

int roll_back(const PolicyArguments& a, const Environment& environment) {
  auto store = store_of(a);
  if (!store) return report_error(store.error());
  const auto kept = store->history(a.id);
  if (!kept) return report_error(kept.error());
  for (const StoredTenant& each : *kept) {
    if (each.revision != a.revision || each.removed) continue;
    auto value = cluster::read_tenant_value(each.value, a.id);
    if (!value) return report_error(value.error());
    auto then = form_of(each.value, a.id);
    if (!then) return report_error(then.error());
    value->who = who();
    value->when = environment.now;
    return put(*store, a.id, *value, *then, a, environment);
  }
  return report_error(
      {fmt::format("tenant {} has no revision {} that is kept", printable(a.id), a.revision), "",
       "postern policy history lists them"});
}

int take_away(const PolicyArguments& a, const Environment&) {
  auto store = store_of(a);
  if (!store) return report_error(store.error());
  const auto there = present(*store, a.id);
  if (!there) return report_error(there.error());
  const auto before = form_in(*there);
  if (!before) return report_error(before.error());
  fmt::print("{}: {}; from then on its mail is mail for strangers at every gate\n",
             printable((*before)->tenant.name), counts_of((*before)->tenant));
  const auto agreement = agreed_to(fmt::format("Take tenant {} away?", a.id), a.yes);
  if (!agreement) return report_error(agreement.error());
  if (!*agreement) {
    fmt::print("nothing was taken away\n");
    return does_not_hold;
  }
  const auto revision = store->remove(a.id, there->revision);
  if (!revision) return report_error(revision.error());
  fmt::print("took tenant {} away as revision {}\n", a.id, *revision);
  return holds;
}

// --- rollout ---

std::string shown(std::uint64_t revision) {
  return revision == Rollout::latest ? "latest" : std::to_string(revision);
}

// A revision that was never given out is a slip, and would hold back nothing.
Result<std::uint64_t> revision_of(PolicyStore& store, const std::string& text, const char* option) {
  if (text == "latest") return Rollout::latest;
  std::uint64_t revision = 0;
  for (const char c : text) {
    if (c < '0' || c > '9' || revision > UINT64_MAX / 100) {
      return fail(fmt::format("'{}' is no revision", printable(text)), option,
                  "give a number, or latest");
    }
    revision = revision * 10 + static_cast<std::uint64_t>(c - '0');
  }
  const auto last = store.last_revision();
  if (!last) return tl::unexpected(last.error());
  if (revision == 0 || revision > *last) {
    return fail(fmt::format("there is no revision {}: the newest is {}", revision, *last), option,
                "postern policy history lists a tenant's; or latest");
  }
  return revision;
}

// What every gate should have, and a gate that starts anew can't: the bucket keeps no form that
// old.
Result<int> print_out_of_reach(PolicyStore& store, std::uint64_t stable) {
  if (stable == Rollout::latest) return holds;
  const auto oldest = store.oldest_forms();
  if (!oldest) return tl::unexpected(oldest.error());
  constexpr std::size_t most = 20;
  std::size_t count = 0;
  for (const StoredTenant& each : *oldest) {
    if (each.revision <= stable || ++count > most) continue;
    fmt::print("  not in force: {} up to revision {}: no such form is kept, the oldest is {}\n",
               printable(each.id), stable, each.revision);
  }
  if (count > most) fmt::print("  not in force: {} more\n", counted(count - most, "tenant"));
  return count == 0 ? holds : not_determined;
}

// 3 where something is not in force, or nobody says what is.
int print_roll_call(PolicyStore& store, const Rollout& plan, UnixTime now) {
  std::string canaries;
  for (const std::string& gate : plan.canary_gates)
    append_item(canaries, gate);
  fmt::print("stable: {}\n", shown(plan.stable));
  if (!canaries.empty()) fmt::print("canaries: {}, up to {}\n", canaries, shown(plan.canary));
  const auto reach = print_out_of_reach(store, plan.stable);
  if (!reach) return report_error(reach.error());
  int outcome = *reach;
  const auto gates = store.roll_call();
  if (!gates) return report_error(gates.error());
  if (gates->empty()) {
    fmt::print("no gate answered within the last minute\n");
    outcome = not_determined;
  }
  for (const std::string& canary : plan.canary_gates) {
    const bool answers =
        std::any_of(gates->begin(), gates->end(),
                    [&](const cluster::GateState& gate) { return gate.gate == canary; });
    if (answers) continue;
    fmt::print("{}: a canary, and no gate of that name answered within the last minute\n",
               printable(canary));
    outcome = not_determined;
  }
  for (const cluster::GateState& gate : *gates) {
    const std::string waiting =
        gate.waiting < 0 ? "" : fmt::format(", {} records wait", gate.waiting);
    fmt::print("{}: revision {}, {}, postern {}, {} s ago{}\n", printable(gate.gate), gate.revision,
               counted(gate.tenants, "tenant"), printable(gate.version), now - gate.when, waiting);
    for (const std::string& fault : gate.faults) {
      fmt::print("  not in force: {}\n", printable(fault));
      outcome = not_determined;
    }
  }
  return outcome;
}

int roll_out(const PolicyArguments& a, const Environment& environment) {
  auto store = store_of(a);
  if (!store) return report_error(store.error());
  auto plan = a.confirm ? store->confirming() : store->plan();
  if (!plan) return report_error(plan.error());
  if (!a.stable.empty()) {
    const auto revision = revision_of(*store, a.stable, "--stable");
    if (!revision) return report_error(revision.error());
    plan->plan.stable = *revision;
  }
  if (!a.canary.empty()) {
    const auto revision = revision_of(*store, a.canary, "--canary");
    if (!revision) return report_error(revision.error());
    plan->plan.canary = *revision;
  }
  if (!a.gates.empty()) plan->plan.canary_gates = a.gates;
  if (a.confirm || !a.stable.empty() || !a.canary.empty() || !a.gates.empty()) {
    if (const auto set = store->set_plan(*plan); !set) return report_error(set.error());
  }
  return print_roll_call(*store, plan->plan, environment.now);
}

// --- what they take ---

void add_store_option(CLI::App& command, PolicyArguments& a) {
  command
      .add_option(
          "--cluster", a.cluster,
          "A file with [cluster], signed in as one who may write: a gate.toml, or one like it")
      ->type_name("FILE")
      ->required();
}

void add_tenant_option(CLI::App& command, PolicyArguments& a) {
  command.add_option("ID", a.id, "The tenant's ID in the cluster")->required();
}

constexpr const char* wrong_usage = "2 wrong usage, bad input, or the cluster can't be asked";

void add_push_options(CLI::App& command, PolicyArguments& a) {
  command.add_option("TENANT", a.tenant, tenant_argument)->required();
  command.add_option("--id", a.id, "Its ID in the cluster; by default its name, with '-' for dots");
  command.add_flag("--yes", a.yes, "Don't ask");
  command
      .add_option("--replicas", a.replicas,
                  "Where the cluster's buckets are not there yet: how many servers keep each")
      ->check(CLI::IsMember({1, 3, 5}))
      ->capture_default_str();
  add_store_option(command, a);
  add_live_options(command, a.live);
  command.footer(fmt::format(
      "Shows what it changes over all mail, then asks. Exit status: 0 pushed; 1 not agreed to; {}.",
      wrong_usage));
}

void add_pull_options(CLI::App& command, PolicyArguments& a) {
  command.add_option("ID", a.id, "The tenant to write out; without it all are listed");
  command.add_option("--out", a.out, "Write its file here")->type_name("FILE");
  add_store_option(command, a);
  command.footer(fmt::format("Exit status: 0 done; {}.", wrong_usage));
}

void add_policy_diff_options(CLI::App& command, PolicyArguments& a) {
  add_tenant_option(command, a);
  command.add_option("TENANT", a.tenant, tenant_argument)->required();
  add_store_option(command, a);
  add_live_options(command, a.live);
  command.footer(fmt::format(
      "Exit status: 0 no mail would be decided otherwise; 1 some would; {}; 3 it can't be "
      "determined.",
      wrong_usage));
}

void add_history_options(CLI::App& command, PolicyArguments& a) {
  add_tenant_option(command, a);
  add_store_option(command, a);
  command.footer(fmt::format("Exit status: 0 done; {}.", wrong_usage));
}

void add_policy_rollback_options(CLI::App& command, PolicyArguments& a) {
  add_tenant_option(command, a);
  command.add_option("REVISION", a.revision, "One that history lists")->required();
  command.add_flag("--yes", a.yes, "Don't ask");
  add_store_option(command, a);
  command.footer(fmt::format(
      "Pushes what the tenant was then, as a new revision. Exit status: 0 pushed; 1 not agreed to; "
      "{}.",
      wrong_usage));
}

void add_remove_options(CLI::App& command, PolicyArguments& a) {
  add_tenant_option(command, a);
  command.add_flag("--yes", a.yes, "Don't ask");
  add_store_option(command, a);
  command.footer(fmt::format("Exit status: 0 taken away; 1 not agreed to; {}.", wrong_usage));
}

void add_rollout_options(CLI::App& command, PolicyArguments& a) {
  command.add_option("--stable", a.stable, "The revision up to which every gate may go")
      ->type_name("REVISION|latest");
  command.add_option("--canary", a.canary, "The revision up to which the canaries may go")
      ->type_name("REVISION|latest");
  command
      .add_option("--gate", a.gates, "A canary, by its name; may be given again, and replaces all")
      ->type_name("GATE");
  command.add_flag("--confirm", a.confirm,
                   "Every removal up to now is meant, however many tenants go by it");
  add_store_option(command, a);
  command.footer(fmt::format(
      "Exit status: 0 done, and all that answer have it in force; {}; 3 something is not in force, "
      "or no gate, or not each canary, answered.",
      wrong_usage));
}

}  // namespace

void add_policy_command(CLI::App& app, const Environment& environment, int& exit_code) {
  CLI::App& command = add_group(app, "policy", "The tenants of a cluster of gates.");
  const auto add = [&](const char* name, const char* what,
                       void (*options)(CLI::App&, PolicyArguments&),
                       int (*run)(const PolicyArguments&, const Environment&)) {
    add_command(command, name, what, options, run, environment, exit_code);
  };
  add("push", "Put a tenant in force at every gate.", add_push_options, push);
  add("pull", "List the tenants, or write one out.", add_pull_options, pull);
  add("diff", "What a tenant's file would decide otherwise than the cluster's, over all mail.",
      add_policy_diff_options, diff);
  add("history", "List what a tenant was.", add_history_options, history);
  add("rollback", "Put back what a tenant was.", add_policy_rollback_options, roll_back);
  add("remove", "Take a tenant away.", add_remove_options, take_away);
  add("rollout", "Show, and set, which gates may take what; hear what each has taken.",
      add_rollout_options, roll_out);
}

}  // namespace postern::cli
