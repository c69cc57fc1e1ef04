// From the EVIDENCE arguments and what stands beside them to an impact report, the same way in
// every command.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/dns_source.hpp"
#include "evidence/reader.hpp"
#include "impact/dispatch.hpp"
#include "impact/impact.hpp"

namespace postern::cli {

class Lookups;

struct EvidenceOptions {
  std::vector<std::string> paths;
  std::string format, senders, services, since, until;
  std::vector<std::string> relay_addresses;
  std::string questions;  ///< where questions are written, and the answers in it count
  std::string dates;      ///< "day-first", "month-first"; empty: the files tell
  bool sender_address_is_envelope = false;
  std::size_t most_senders = 100'000;
  std::size_t most_joined = 8'000'000;
  std::string cluster;  ///< the file whose [cluster] signs in at nats:// servers
  bool resolve = false;
  DnsOptions dns;
  unsigned resolve_time = 120;  ///< seconds of asking, for one report
};

/// Adds EVIDENCE and its options.
void add_evidence_options(CLI::App&, EvidenceOptions&);
/// Adds --questions.
void add_questions_option(CLI::App&, EvidenceOptions&);
/// Adds --most-shapes.
void add_most_shapes_option(CLI::App&, std::size_t& most_shapes);

/// What these options are on a command line: "evidence/ --since 30d".
std::string command_line_of(const EvidenceOptions&);

/// One tenant's evidence while it is read. Stays where it was made.
class Gathering;
struct DeleteGathering {
  void operator()(Gathering*) const noexcept;
};
using GatheringPointer = std::unique_ptr<Gathering, DeleteGathering>;

/// What the paths of a command come to.
struct FoundFiles {
  std::vector<std::string> files;
  bool tolerant = false;          ///< what is found in a folder need not all be evidence
  std::vector<Error> unfinished;  ///< folders into which a fetch has not come to its end
};

class EvidenceSource {
 public:
  /// Reads pins and services, and checks every option; the evidence itself is not touched yet.
  static Result<EvidenceSource> prepare(const EvidenceOptions&, const Environment&);
  /// The same for one tenant of many, by the paths, --senders and --questions of its own. What
  /// holds for all is not read again.
  [[nodiscard]] Result<EvidenceSource> of_tenant(const EvidenceOptions&) const;

  /// The same with another beginning, or another end; what is not given stays.
  [[nodiscard]] EvidenceSource between(std::optional<UnixTime> since,
                                       std::optional<UnixTime> until) const;

  [[nodiscard]] impact::Context context_of(const tenant::Configuration&) const;
  [[nodiscard]] const std::vector<impact::Pin>& pins() const noexcept { return pins_; }
  [[nodiscard]] const impact::Services& services() const noexcept { return services_; }
  /// From when on evidence counts, and up to when.
  [[nodiscard]] std::optional<UnixTime> since() const noexcept { return options_.since; }
  [[nodiscard]] std::optional<UnixTime> until() const noexcept { return options_.until; }

  /// Reads all of the evidence, with progress on a terminal. `extra` tells what else to keep.
  /// Errors: the tenant does not compile, a file that was named can't be read, none is evidence.
  [[nodiscard]] Result<impact::Report> collect(const policy::Tenant&, const impact::Context&,
                                               const Environment&,
                                               const impact::Options& extra = {}) const;

  // The same in steps, for evidence that is read for several tenants at once. Nothing is shown.

  /// Error: the tenant does not compile. `files` is how many will be read into it.
  [[nodiscard]] Result<GatheringPointer> begin(const policy::Tenant&, const impact::Context&,
                                               const Environment&, const impact::Options& extra,
                                               std::size_t files) const;
  /// Reads this source's own files. Errors as above.
  [[nodiscard]] Result<void> read_into(Gathering&) const;
  /// Reads this source's files for the tenants of `owners`, in their order.
  [[nodiscard]] Result<impact::SharedRows> read_for_all(const policy::Policy& owners,
                                                        const std::vector<Gathering*>&,
                                                        const Environment&) const;
  [[nodiscard]] static Result<impact::Report> finish(Gathering&);
  /// The files of the paths; errors: a path that is not there.
  [[nodiscard]] Result<std::vector<std::string>> files() const;

 private:
  [[nodiscard]] Result<FoundFiles> find() const;
  Result<void> add_pins(const EvidenceOptions&);

  std::vector<std::string> paths_;
  impact::Services services_;
  std::vector<impact::Pin> pins_;
  evidence::Options reading_;
  impact::Options options_;
  std::shared_ptr<Lookups> lookups_;  ///< null: nothing is looked up
  std::size_t most_joined_ = 0;
};

}  // namespace postern::cli
