#include "cli/evidence_source.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "base/shell_word.hpp"
#include "cli/cluster_source.hpp"
#include "cli/lookups.hpp"
#include "cli/moment.hpp"
#include "cli/reading_progress.hpp"
#include "cli/usable_cores.hpp"
#include "evidence/mail_verifier.hpp"
#include "evidence/teller.hpp"
#include "exchange/fetch.hpp"
#include "impact/concern.hpp"
#include "impact/known_recipient.hpp"
#include "ledger/rows.hpp"

namespace postern::cli {
namespace {

// Beside the one that is told; a single processor has nothing to give away.
unsigned reading_threads() {
  const unsigned cores = usable_cores();
  return cores > 1 ? std::min(cores, 8u) : 0;
}

std::string names_of_formats() {
  std::string names;
  for (const evidence::Format format : evidence::all_formats()) {
    append_item(names, evidence::name_of(format), ",");
  }
  return names;
}

// What a fetch has not brought yet is as a file that could not be read.
void tell_unfinished(const std::vector<Error>& unfinished, evidence::Sink& sink,
                     const std::function<void(const evidence::Tally&)>& file_done) {
  for (const Error& each : unfinished) {
    evidence::Tally tally;
    tally.file = each.where.text();
    evidence::Teller(sink, tally).bad_file(each);
    file_done(tally);
  }
}

// Reads files into a sink, with progress on a terminal.
Result<void> read_files(const FoundFiles& found, unsigned threads, evidence::Options reading,
                        const Environment& environment, evidence::Sink& sink,
                        const std::function<void(const evidence::Tally&)>& file_done) {
  const std::vector<std::string>& files = found.files;
  tell_unfinished(found.unfinished, sink, file_done);
  std::size_t done = 0;
  std::optional<ReadingProgress> so_far;
  if (environment.shows_progress) {
    so_far.emplace(files);
    const auto begun = std::chrono::steady_clock::now();
    reading.progress = [&so_far, begun](std::uint64_t bytes) {
      fmt::print(stderr, "\r\x1b[K{}",
                 so_far->line(bytes, std::chrono::steady_clock::now() - begun));
    };
  }
  auto read = evidence::read_all(files, found.tolerant, threads, reading, sink,
                                 [&](const evidence::Tally& tally) {
                                   file_done(tally);
                                   done = std::min(done + 1, files.size() - 1);
                                   if (so_far) so_far->begin(done);
                                 });
  if (environment.shows_progress) fmt::print(stderr, "\r\x1b[K");
  return read;
}

// Every time at which a connector changed parts what evidence tells of it.
std::vector<UnixTime> changes_of(const policy::Tenant& tenant) {
  std::vector<UnixTime> out;
  for (const policy::InboundConnector& connector : tenant.inbound_connectors) {
    if (connector.when_changed) out.push_back(*connector.when_changed);
  }
  std::sort(out.begin(), out.end());
  return out;
}

bool holds_nothing_but_faults(const impact::Report& report) {
  return report.totals.bad == report.totals.rows;
}

// Who answers in the file of questions need not name it twice.
std::vector<std::string> files_of_answers(const EvidenceOptions& arguments) {
  std::vector<std::string> out;
  if (!arguments.senders.empty()) out.push_back(arguments.senders);
  std::error_code none;
  const bool is_there =
      !arguments.questions.empty() && std::filesystem::exists(arguments.questions, none);
  const bool is_named = is_there && !arguments.senders.empty() &&
                        std::filesystem::equivalent(arguments.senders, arguments.questions, none);
  if (is_there && !is_named) out.push_back(arguments.questions);
  return out;
}

}  // namespace

// Mail that Direct Send may concern; no other results matter.
class OwnMail final : public evidence::MailVerifier {
 public:
  OwnMail(const policy::Policy& policy, Lookups& lookups) : policy_(policy), lookups_(lookups) {}

  [[nodiscard]] bool wants(const evidence::Message& m) const override {
    const bool is_open = impact::is_for_nobody_named(policy_, m);
    return impact::concern_of(policy_, is_open ? impact::without_recipient(m) : m) ==
           impact::Concern::yes;
  }
  std::optional<auth::MessageAuthentication> finish(auth::MessageCheck& check) override {
    return lookups_.finish(check);
  }

 private:
  const policy::Policy& policy_;
  Lookups& lookups_;
};

class Gathering {
 public:
  Gathering(policy::Readings of, const impact::Context& context, const impact::Options& options,
            evidence::Options how)
      : readings(std::move(of)), reading(std::move(how)), collector(readings, context, options) {}

  void verify_with(Lookups& lookups) {
    own_mail.emplace(readings.chosen(), lookups);
    reading.verifier = &*own_mail;
  }
  void file_done(const evidence::Tally& tally) {
    if (files++ == 0) first_file = tally.file;
    collector.file_done(tally);
  }

  policy::Readings readings;
  evidence::Options reading;
  impact::Collector collector;
  std::optional<OwnMail> own_mail;
  std::size_t files = 0;  ///< of its own that were read
  std::string first_file;
};

std::string command_line_of(const EvidenceOptions& options) {
  std::string out = joined(options.paths, shell_word, " ");
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) out += fmt::format(" {} {}", name, shell_word(value));
  };
  const auto add_number = [&](std::string_view name, std::uint64_t value, std::uint64_t usual) {
    if (value != usual) out += fmt::format(" {} {}", name, value);
  };
  const EvidenceOptions usual;
  add("--format", options.format);
  add("--dates", options.dates);
  if (options.sender_address_is_envelope) out += " --sender-address-is-envelope";
  for (const std::string& address : options.relay_addresses)
    add("--relay-ip", address);
  add("--senders", options.senders);
  add("--services", options.services);
  add("--since", options.since);
  add("--until", options.until);
  add("--cluster", options.cluster);
  if (options.resolve) out += " --resolve";
  add("--resolver", options.dns.resolver);
  add("--zone", options.dns.zone);
  if (options.resolve) add_number("--timeout", options.resolve_time, usual.resolve_time);
  add_number("--most-senders", options.most_senders, usual.most_senders);
  add_number("--most-joined", options.most_joined, usual.most_joined);
  return out;
}

Result<EvidenceSource> EvidenceSource::prepare(const EvidenceOptions& arguments,
                                               const Environment& environment) {
  EvidenceSource out;
  out.paths_ = arguments.paths;
  out.most_joined_ = arguments.most_joined;
  out.options_.most_senders = arguments.most_senders;
  out.reading_.sender_address_is_envelope = arguments.sender_address_is_envelope;
  if (!arguments.format.empty()) {
    const auto format = evidence::parse_format(arguments.format);
    if (!format) return tl::unexpected(format.error());
    out.reading_.format = *format;
  }
  // Told before anything is read.
  const bool of_a_cluster =
      std::any_of(arguments.paths.begin(), arguments.paths.end(), ledger::is_cluster_address);
  if (auto fine = check_cluster_file(arguments.cluster, of_a_cluster); !fine)
    return tl::unexpected(fine.error());
  out.reading_.reference_time = environment.now;
  out.reading_.open_cluster = [file = arguments.cluster](const std::string& address) {
    return open_rows(address, file);
  };
  if (arguments.dates == "day-first") out.reading_.dates = DateOrder::day_first;
  if (arguments.dates == "month-first") out.reading_.dates = DateOrder::month_first;
  for (const std::string& text : arguments.relay_addresses) {
    const auto address = IpAddress::parse(text);
    if (!address) {
      return fail(fmt::format("'{}' is no IP address", printable(text)), "--relay-ip",
                  "give the address under which the relay reaches the Internet");
    }
    out.reading_.relay_addresses.push_back(*address);
  }
  if (!arguments.since.empty()) {
    const auto time = parse_moment(arguments.since, "--since", environment.now, false);
    if (!time) return tl::unexpected(time.error());
    out.options_.since = *time;
  }
  if (!arguments.until.empty()) {
    const auto time = parse_moment(arguments.until, "--until", environment.now, true);
    if (!time) return tl::unexpected(time.error());
    out.options_.until = *time;
  }
  if (auto fine = check_period(out.options_.since, out.options_.until); !fine) {
    return tl::unexpected(fine.error());
  }
  if (arguments.resolve) {
    auto lookups = Lookups::open({arguments.dns, std::chrono::seconds(arguments.resolve_time),
                                  environment.now, environment.seed});
    if (!lookups) return tl::unexpected(lookups.error());
    out.lookups_ = std::move(*lookups);
  } else if (!arguments.dns.resolver.empty() || !arguments.dns.zone.empty()) {
    return fail("needs --resolve", arguments.dns.zone.empty() ? "--resolver" : "--zone",
                "add --resolve to look SPF up and to verify mail files");
  }
  if (!arguments.services.empty()) {
    const auto text = read_text(arguments.services);
    if (!text) return tl::unexpected(text.error());
    if (auto added = out.services_.add(*text, arguments.services); !added) {
      return tl::unexpected(added.error());
    }
  }
  if (auto added = out.add_pins(arguments); !added) return tl::unexpected(added.error());
  return out;
}

Result<EvidenceSource> EvidenceSource::of_tenant(const EvidenceOptions& arguments) const {
  EvidenceSource out = *this;
  out.paths_ = arguments.paths;
  if (auto added = out.add_pins(arguments); !added) return tl::unexpected(added.error());
  return out;
}

EvidenceSource EvidenceSource::between(std::optional<UnixTime> since,
                                       std::optional<UnixTime> until) const {
  EvidenceSource out = *this;
  if (since) out.options_.since = since;
  if (until) out.options_.until = until;
  return out;
}

Result<void> EvidenceSource::add_pins(const EvidenceOptions& arguments) {
  for (const std::string& file : files_of_answers(arguments)) {
    const auto text = read_text(file);
    if (!text) return tl::unexpected(text.error());
    auto parsed = impact::parse_pins(*text, file);
    if (!parsed) return tl::unexpected(parsed.error());
    pins_.insert(pins_.end(), parsed->begin(), parsed->end());
  }
  return {};
}

impact::Context EvidenceSource::context_of(const tenant::Configuration& configuration) const {
  return impact::context_of(configuration, services_, pins_);
}

Result<FoundFiles> EvidenceSource::find() const {
  FoundFiles out;
  std::set<std::string> seen;
  for (const std::string& path : paths_) {
    const auto expanded = evidence::expand(path);
    if (!expanded) return tl::unexpected(expanded.error());
    out.tolerant = out.tolerant || expanded->size() > 1;
    // A folder, and a file in it: what is named twice is there once.
    for (const std::string& file : *expanded) {
      std::error_code unknown;
      const auto whole = std::filesystem::canonical(file, unknown);
      if (seen.insert(unknown ? file : whole.string()).second) out.files.push_back(file);
    }
  }
  std::set<std::string> folders;
  for (const std::string& file : out.files) {
    if (file == "-" || ledger::is_cluster_address(file)) continue;
    const std::string folder = std::filesystem::path(file).parent_path().string();
    if (!folders.insert(folder).second) continue;
    if (auto lacks = exchange::unfinished_fetch(folder.empty() ? "." : folder))
      out.unfinished.push_back(std::move(*lacks));
  }
  return out;
}

Result<std::vector<std::string>> EvidenceSource::files() const {
  auto found = find();
  if (!found) return tl::unexpected(found.error());
  return std::move(found->files);
}

Result<impact::Report> EvidenceSource::collect(const policy::Tenant& tenant,
                                               const impact::Context& context,
                                               const Environment& environment,
                                               const impact::Options& extra) const {
  const auto found = find();
  if (!found) return tl::unexpected(found.error());
  const auto begun = begin(tenant, context, environment, extra, found->files.size());
  if (!begun) return tl::unexpected(begun.error());
  if (lookups_) lookups_->renew_time();
  const unsigned threads = reading_threads();
  Gathering& gathering = **begun;
  const auto read = read_files(*found, threads, gathering.reading, environment, gathering.collector,
                               [&](const evidence::Tally& t) { gathering.file_done(t); });
  if (!read) return tl::unexpected(read.error());
  return finish(gathering);
}

Result<GatheringPointer> EvidenceSource::begin(const policy::Tenant& tenant,
                                               const impact::Context& context,
                                               const Environment& environment,
                                               const impact::Options& extra,
                                               std::size_t files) const {
  auto readings = policy::Readings::of(tenant);
  if (!readings) return tl::unexpected(readings.error().front());
  impact::Options options = options_;
  options.most_shapes = extra.most_shapes;
  options.bystanders = extra.bystanders;
  options.seen = extra.seen;
  options.connector_changes = changes_of(tenant);
  options.now = environment.now;
  options.most_joined = most_joined_;
  options.one_source = files == 1;
  options.seed = environment.seed;
  evidence::Options reading = reading_;
  reading.seed = environment.seed;
  if (lookups_) {
    options.published_spf = [lookups = lookups_](const std::vector<impact::SpfQuestion>& asked) {
      return lookups->published_spf(asked);
    };
  }
  GatheringPointer out(new Gathering(std::move(*readings), context, options, std::move(reading)));
  if (lookups_) out->verify_with(*lookups_);
  return out;
}

Result<void> EvidenceSource::read_into(Gathering& gathering) const {
  const auto found = find();
  if (!found) return tl::unexpected(found.error());
  if (lookups_) lookups_->renew_time();
  const auto file_done = [&](const evidence::Tally& tally) { gathering.file_done(tally); };
  tell_unfinished(found->unfinished, gathering.collector, file_done);
  return evidence::read_all(found->files, found->tolerant, 0, gathering.reading,
                            gathering.collector, file_done);
}

Result<impact::SharedRows> EvidenceSource::read_for_all(const policy::Policy& owners,
                                                        const std::vector<Gathering*>& gatherings,
                                                        const Environment& environment) const {
  const auto found = find();
  if (!found) return tl::unexpected(found.error());
  std::vector<impact::Collector*> collectors;
  collectors.reserve(gatherings.size());
  for (Gathering* gathering : gatherings)
    collectors.push_back(&gathering->collector);
  impact::Dispatch dispatch(owners, std::move(collectors));
  evidence::Options reading = reading_;
  reading.seed = environment.seed;
  std::optional<OwnMail> own_mail;
  if (lookups_) {
    lookups_->renew_time();
    own_mail.emplace(owners, *lookups_);
    reading.verifier = &*own_mail;
  }
  const unsigned threads = reading_threads();
  const auto read = read_files(*found, threads, reading, environment, dispatch,
                               [&](const evidence::Tally& tally) { dispatch.file_done(tally); });
  if (!read) return tl::unexpected(read.error());
  return dispatch.rows();
}

Result<impact::Report> EvidenceSource::finish(Gathering& gathering) {
  impact::Report report = gathering.collector.finish();
  const std::size_t files = gathering.files;
  if (files > 0 && report.files_lost.size() >= files && holds_nothing_but_faults(report)) {
    return fail(files == 1 ? "can't be read as evidence"
                           : fmt::format("none of {} files can be read as evidence", files),
                report.bad_rows.empty() ? gathering.first_file : report.bad_rows.front().text(),
                "see docs/evidence.md for what can be");
  }
  return report;
}

void DeleteGathering::operator()(Gathering* gathering) const noexcept {
  delete gathering;
}

void add_questions_option(CLI::App& app, EvidenceOptions& options) {
  app.add_option("--questions", options.questions,
                 "Write what only a person can answer to this file (senders.toml), one word to "
                 "change; answers that are in it count, and stay")
      ->type_name("FILE");
}

void add_most_shapes_option(CLI::App& app, std::size_t& most_shapes) {
  app.add_option("--most-shapes", most_shapes,
                 "Kinds of messages kept for the replay; bounds the memory")
      ->check(CLI::Range(1, 100'000'000))
      ->capture_default_str();
}

void add_evidence_options(CLI::App& app, EvidenceOptions& options) {
  app.add_option(
      "EVIDENCE", options.paths,
      "Files or folders of traces, reports, logs or mail (docs/evidence.md); - reads standard "
      "input, nats://HOST:PORT/TENANT what gates sent to a cluster");
  add_cluster_option(app, options.cluster);
  app.add_option("--format", options.format,
                 "Take evidence to be in this format instead of detecting it")
      ->type_name("FORMAT:{" + names_of_formats() + "}");
  app.add_option(
         "--dates", options.dates,
         "What comes first in dates such as 01/10/2026, where a file does not tell it itself")
      ->check(CLI::IsMember({"day-first", "month-first"}));
  app.add_flag("--sender-address-is-envelope", options.sender_address_is_envelope,
               "Take the sender address of a summary report or a trace as the envelope sender");
  app.add_option("--relay-ip", options.relay_addresses,
                 "Address under which an own relay reaches Exchange Online, for its log and for "
                 "mail files; one each")
      ->type_name("ADDRESS")
      ->allow_extra_args(false);
  app.add_option("--senders", options.senders,
                 "What you know of senders (senders.toml); wins over every reading of the evidence")
      ->type_name("FILE");
  app.add_option("--services", options.services, "Names of services of your own")
      ->type_name("FILE");
  app.add_option("--since", options.since,
                 "Leave earlier messages aside: 2026-10-01, a time, or 30d")
      ->type_name("TIME");
  app.add_option("--until", options.until, "Leave messages after that day or time aside")
      ->type_name("TIME");
  app.add_flag("--resolve", options.resolve,
               "Ask DNS: verify mail files, and look up SPF now where no evidence tells it");
  add_dns_options(app, options.dns, ", with --resolve");
  app.add_option("--timeout,--resolve-time", options.resolve_time,
                 "Seconds to wait for DNS in all, with --resolve")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  app.add_option("--most-senders", options.most_senders, "Senders kept apart; bounds the memory")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  app.add_option("--most-joined", options.most_joined,
                 "Messages remembered to find them again in another source; bounds the memory")
      ->capture_default_str();
}

}  // namespace postern::cli
