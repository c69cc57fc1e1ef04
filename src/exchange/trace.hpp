// Message trace through the admin interface: Get-MessageTraceV2 with its own way of going on, and
// the details of single messages.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "exchange/admin.hpp"

namespace postern::exchange {

/// The last row of a page, from which the next goes on. As the service wrote it.
struct TracePoint {
  std::string received;
  std::string recipient;
};

struct TracePage {
  std::string objects = "[]";  ///< rows that no earlier page held, a JSON array
  std::size_t count = 0;
  std::optional<TracePoint> next;  ///< set where the service says that there is more
};

/// One stretch of at most ten days, newest first. A page that the service cut has no link to the
/// next, only a warning; the next asks for the same start, up to the last row's time, from its
/// recipient on, and repeats the rows at the seam.
class TraceWindow {
 public:
  /// `start` and `end` as "2026-10-01T00:00:00Z".
  TraceWindow(AdminInterface& admin, std::string start, std::string end, unsigned page_size)
      : admin_(admin), start_(std::move(start)), end_(std::move(end)), page_size_(page_size) {}

  /// Goes on where an earlier run stopped; `seen` are the rows of its last page.
  Result<void> go_on(const TracePoint&, std::string_view seen);

  /// Errors: those of invoke(), rows without the properties of a trace, and a service that does not
  /// get past a row, since then the rest would be missing.
  Result<TracePage> next();

 private:
  Result<std::size_t> keep_new(std::string_view objects, TracePage& page);

  AdminInterface& admin_;
  std::string start_;
  std::string end_;
  unsigned page_size_;
  std::optional<TracePoint> from_;
  /// (MessageTraceId, recipient) of the latest pages; older rows can't come again.
  std::deque<std::unordered_set<std::string>> seen_;
};

/// Which rows of a page, of Get-MessageTraceV2 or of Graph, are worth their details: sent under one
/// of `domains`, from outside, and fewer than `each` so far of the same address and sender.
struct TraceCandidate {
  std::string trace_id;
  std::string recipient;
};
class CandidateChoice {
 public:
  /// "*.contoso.com" is what lies below contoso.com.
  CandidateChoice(std::vector<std::string> domains, unsigned each);
  /// In the order of the rows.
  Result<std::vector<TraceCandidate>> choose(std::string_view objects);

 private:
  [[nodiscard]] bool is_own(const std::string& domain) const;
  std::vector<std::string> domains_;
  unsigned each_;
  std::unordered_map<std::string, unsigned> counts_;
};

/// Get-MessageTraceDetailV2 of one message and recipient; rows that do not name them are given
/// both, so that they can be joined. A JSON array.
Result<std::string> trace_details(AdminInterface&, const TraceCandidate&);

}  // namespace postern::exchange
