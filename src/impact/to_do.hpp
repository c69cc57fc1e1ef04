// What is to be done about a sender, in words: the one place for every form of output. What is
// right only if the sender is the tenant's own says so, wherever it is read.
#pragma once

#include <string>

#include "impact/impact.hpp"

namespace postern::impact {

struct ToDo {
  /// One sentence: "if it is yours (device or application): An OnPremises connector ..."; may be
  /// empty.
  std::string what;
  std::string command;  ///< beside `what`, as it is; may be empty
  std::string risk;     ///< may be empty
  bool if_yours = false;

  /// `what` for a place of its own, apart from the sender's doubts.
  [[nodiscard]] std::string what_alone() const;
  /// The command for a place of its own, apart from `what`: where it hangs on the sender being the
  /// tenant's own, with a comment of PowerShell that says so.
  [[nodiscard]] std::string command_alone() const;
};

/// Of what is not certain: what it takes if it is legitimate, where that is known.
ToDo to_do_about(const Sender&);

/// "if it is yours (device or application)".
std::string if_it_is_yours(const Sender&);

}  // namespace postern::impact
