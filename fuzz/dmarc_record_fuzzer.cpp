#include <cstddef>
#include <string>
#include <string_view>

#include "auth/dmarc_record.hpp"
#include "fuzz.hpp"

void postern::fuzz::run(std::string_view input) {
  const auto record = auth::parse_dmarc_record(input);
  require(record.has_value() == auth::is_dmarc_record(input), "one answer to what a record is");
  const auto findings = auth::lint_dmarc_record(input);
  require(record || !findings.empty(), "what is no record is told");
  std::size_t last = 0;
  for (const auth::LintFinding& finding : findings) {
    require(finding.at >= last, "findings come in the order of the text");
    require(finding.at + finding.length <= input.size(), "findings lie within the text");
    require(!finding.what.empty() && !finding.remedy.empty(), "findings say what and what to do");
    last = finding.at;
  }
  if (!record) return;
  require(!(record->p && record->sp && record->np && record->invalid_policy),
          "three valid policies are valid");
  for (const std::string& uri : record->rua)
    require(uri.find(',') == std::string::npos && uri.find(';') == std::string::npos,
            "a URI is one");
}
