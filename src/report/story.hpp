// The argument of a report, in order: the answer as one sentence with its numbers, what limits it,
// and what to do. Plain text; who writes it escapes it. All numbers are Figures' own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "report/figures.hpp"
#include "report/impact_report.hpp"

namespace postern::report {

struct Headline {
  Tone tone = Tone::ask;
  std::string word;      ///< "Not yet."
  std::string sentence;  ///< with a stop
};

struct Phrase {
  std::string text;
  bool strong = false;
};

struct Task {
  enum class Kind : std::uint8_t { ask, change, check };
  Kind kind = Kind::ask;
  std::string title;
  std::string text;
  std::string command;            ///< may be empty
  std::string undo;               ///< the way back; may be empty
  std::vector<std::string> mind;  ///< what a reviewer must know
  /// The proof can't hold before it is settled.
  bool decides = false;
};

struct Story {
  Headline headline;
  std::vector<Phrase> lead;
  std::vector<Task> tasks;
  /// There was evidence about the tenant's domains: else there are no bars.
  bool has_evidence = false;
};

/// `plan` may be null: then none was made.
Story tell(const ImpactDocument&, const plan::Plan* plan, const Figures&);

/// "Make the connector …", "Turn RejectDirectSend on", with the command and the way back.
std::vector<Task> tasks_of(const plan::Plan&);

/// "ask", "change", "check".
std::string_view name_of(Task::Kind) noexcept;

}  // namespace postern::report
