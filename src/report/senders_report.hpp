// What each entry of senders.toml does, as text and JSON ("postern/senders/1",
// docs/schema/senders-1.json).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "impact/answers.hpp"
#include "report/style.hpp"

namespace postern::report {

struct SendersDocument {
  const std::string& file;
  const std::string& tenant;
  bool with_evidence = false;
  const std::vector<impact::AnswerEffect>& entries;
  std::string period_asked = {};  ///< as of impact::Report
};

/// Entries that are not answered, and those with a fault.
struct SendersSummary {
  std::size_t open = 0, faulty = 0;
};
SendersSummary summary_of(const std::vector<impact::AnswerEffect>&);

std::string senders_text(const SendersDocument&, const Style&);
std::string senders_json(const SendersDocument&, const Style&);

}  // namespace postern::report
