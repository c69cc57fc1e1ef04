// What the forms of the impact report that people read say of a sender and of the evidence, in the
// same words. Plain text: who writes it escapes it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "impact/impact.hpp"

namespace postern::report {

/// "pass", "pass 98%", or "-" where nothing is recorded.
std::string result_cell(const impact::ResultCounts&);
/// The same; in brackets where it was looked up, not seen.
std::string spf_cell(const impact::Sender&);
std::string kind_cell(const impact::Sender&);
/// How sure, as people say it: "certain", "pinned", "91%", "-".
std::string confidence_cell(const impact::Sender&);
/// "legitimate for certain", "looks forged", "may be either".
std::string standing_words(const impact::Sender&);
/// What the rows are that are not relevant, with their numbers.
std::string aside_sentence(const impact::Totals&);

/// Files of one format that lie in one folder: a folder may hold thousands.
struct EvidenceFiles {
  std::string file;  ///< or the folder, where there are more than one
  std::string format;
  std::uint64_t files = 0, rows = 0, bad = 0;
};
std::vector<EvidenceFiles> evidence_files(const impact::Report&);

}  // namespace postern::report
