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
  bool resolve = false;
  DnsOptions dns;
  unsigned resolve_time = 120;  ///< seconds of asking, for one report
};

/// Adds EVIDENCE and its options.
void add_evidence_options(CLI::App&, EvidenceOptions&);
/// Adds --questions.
void add_questions_option(CLI::App&, EvidenceOptions&);

/// What these options are on a command line: "evidence/ --since 30d".
std::string command_line_of(const EvidenceOptions&);

class EvidenceSource {
 public:
  /// Reads pins and services, and checks every option; the evidence itself is not touched yet.
  static Result<EvidenceSource> prepare(const EvidenceOptions&, const Environment&);

  [[nodiscard]] impact::Context context_of(const tenant::Configuration&) const;
  [[nodiscard]] const std::vector<impact::Pin>& pins() const noexcept { return pins_; }

  /// Reads all of the evidence, with progress on a terminal. `extra` tells what else to keep.
  /// Errors: the tenant does not compile, a file that was named can't be read, none is evidence.
  [[nodiscard]] Result<impact::Report> collect(const policy::Tenant&, const impact::Context&,
                                               const Environment&,
                                               const impact::Options& extra = {}) const;

 private:
  std::vector<std::string> paths_;
  impact::Services services_;
  std::vector<impact::Pin> pins_;
  evidence::Options reading_;
  impact::Options options_;
  std::shared_ptr<Lookups> lookups_;  ///< null: nothing is looked up
  std::size_t most_joined_ = 0;
};

}  // namespace postern::cli
