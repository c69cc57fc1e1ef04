// --questions: what only a person can answer, as a file to answer it in.
#pragma once

#include <string>

#include "base/result.hpp"
#include "cli/evidence_source.hpp"
#include "cli/live_session.hpp"
#include "impact/impact.hpp"

namespace postern::cli {

/// Renews the file of --questions, where one was given, and says on standard error what is in it.
/// What was answered stays; a failure leaves the file as it was.
Result<void> write_questions(const EvidenceOptions&, const impact::Report&,
                             const std::string& tenant);

/// "TENANT EVIDENCE…" with every option that says what is read, to run another command on the same.
std::string command_line_of(const std::string& tenant, const LiveOptions&, const EvidenceOptions&);

}  // namespace postern::cli
