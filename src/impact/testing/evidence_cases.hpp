// Reads tests/senders/*.txt (format: tests/senders/README.md): a tenant, mail as evidence tells of
// it, and what must come out. For tests only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "evidence/reader.hpp"
#include "impact/impact.hpp"
#include "tenant/configuration.hpp"

namespace postern::impact::testing {

/// A message that owns its texts.
struct OwnedMessage {
  evidence::Message facts;  ///< all but the texts
  std::string source;       ///< name of the file it is in
  std::string from, header_from, to, helo, client_hostname, message_id, network_message_id;
  std::string subject, connector, certificate, received_by, reported_domain, upstream_hostname;
  /// Views of the texts; valid as long as this is neither moved nor changed.
  [[nodiscard]] evidence::Message view() const;
};

/// What was not a message.
struct OtherRow {
  enum class Kind : std::uint8_t { lost, unread_file, incomplete_file, not_relevant };
  Kind kind = Kind::lost;
  std::string source;
  std::uint64_t count = 1;
};

/// Words after "=>", quoted ones whole.
struct Expectation {
  int line = 0;
  std::vector<std::string> words;
};

struct EvidenceCase {
  std::string file;
  int line = 0;
  std::string title;
  tenant::Configuration configuration;
  std::vector<Pin> pins;
  Options options;
  std::vector<OwnedMessage> messages;
  std::vector<OtherRow> others;
  std::vector<Expectation> expected;

  /// Reads the messages as evidence, source by source in the order in which they are first named.
  [[nodiscard]] Report report() const;
};

/// All cases of a file. An error names file and line.
Result<std::vector<EvidenceCase>> read_evidence_cases(const std::string& path);

/// The cases of every .txt file of tests/`folder`; what can't be read fails the running test.
std::vector<EvidenceCase> cases_of(const std::string& folder);

}  // namespace postern::impact::testing
