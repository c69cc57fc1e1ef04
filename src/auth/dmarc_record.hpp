// The DMARC policy record (RFC 9989, 4.7 and 4.8): read as receivers do, and linted as its
// publisher would want.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern::auth {

enum class DmarcPolicy : std::uint8_t { none, quarantine, reject };
std::string_view word_of(DmarcPolicy) noexcept;

struct DmarcRecord {
  std::optional<DmarcPolicy> p;
  std::optional<DmarcPolicy> sp;
  std::optional<DmarcPolicy> np;
  /// p=, sp= or np= holds a word that is no policy (RFC 9989, 4.10.1).
  bool invalid_policy = false;
  bool strict_dkim = false;      ///< adkim=s
  bool strict_spf = false;       ///< aspf=s
  bool testing = false;          ///< t=y
  char psd = 'u';                ///< 'y', 'n' or 'u'
  std::vector<std::string> rua;  ///< syntactically valid URIs
  std::vector<std::string> ruf;
};

/// True for "v=DMARC1", in that case, first and followed by ';' or the end (RFC 9989, 4.8).
bool is_dmarc_record(std::string_view text) noexcept;

/// nullopt where it is no DMARC record. Unknown tags and faults after v= are passed over
/// (RFC 9989, 4.7). Where a tag repeats, the first counts.
std::optional<DmarcRecord> parse_dmarc_record(std::string_view text);

struct LintFinding {
  enum class Severity : std::uint8_t { error, warning, note };
  Severity severity = Severity::warning;
  std::size_t at = 0;      ///< octet in the record, counts from 0
  std::size_t length = 0;  ///< of the part meant
  std::string tag;         ///< name of the tag meant; empty for the whole
  std::string what;        ///< one clause
  std::string remedy;
};
std::string_view word_of(LintFinding::Severity) noexcept;

/// What a publisher should know about the record, in the order of the text. Empty: nothing.
std::vector<LintFinding> lint_dmarc_record(std::string_view text);

}  // namespace postern::auth
