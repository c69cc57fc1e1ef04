#include "impact/coverage.hpp"

namespace postern::impact {
namespace {

using evidence::View;

// Who sees most comes first.
constexpr std::array views = {View::whole, View::reports, View::servers, View::mailboxes};

}  // namespace

std::size_t Coverage::list_of(View seen) noexcept {
  for (std::size_t i = 0; i < views.size(); ++i) {
    if (has_any(seen, views[i])) return i;
  }
  return lists - 1;
}

bool Coverage::is_within(View of) const {
  bool any = false;
  for (std::size_t seen = 0; seen < arrivals_.size(); ++seen) {
    if (arrivals_[seen] == 0) continue;
    if (!are_within(static_cast<View>(seen), of)) return false;
    any = true;
  }
  return any;
}

Coverage::Days Coverage::days(View see_all) const {
  Days out;
  DayCounts narrow;
  for (std::size_t i = 0; i < views.size(); ++i) {
    const bool sees_all = has_any(View::whole | see_all, views[i]);
    (sees_all ? out.judged : narrow).merge(days_[i]);
  }
  out.is_part = out.judged.count() > 0 && narrow.count() > 0;
  if (out.judged.count() == 0) out.judged = narrow;
  if (out.judged.count() == 0) out.judged = days_[lists - 1];
  return out;
}

}  // namespace postern::impact
