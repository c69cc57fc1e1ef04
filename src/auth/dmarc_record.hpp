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
  bool strict_dkim = false;  ///< adkim=s
  bool strict_spf = false;   ///< aspf=s
  bool testing = false;      ///< t=y
  char psd = 'u';            ///< 'y', 'n' or 'u'
  /// pct= of RFC 7489, 6.3, which RFC 9989 took away; some receivers still go by it.
  std::optional<unsigned> percentage;
  std::vector<std::string> rua;  ///< syntactically valid URIs
  std::vector<std::string> ruf;
};

/// True for "v=DMARC1" first and followed by ';' or the end. Only the value has a case: "V=DMARC1"
/// is a record, "v=dmarc1" is none (RFC 9989, 4.7 and 4.8).
bool is_dmarc_record(std::string_view text) noexcept;

/// No record, but its writer took it for one: it begins with something like v=DMARC, or holds a
/// policy in p=. What stands at _dmarc for other reasons is not meant.
bool is_meant_as_dmarc(std::string_view text);

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
