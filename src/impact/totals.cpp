#include "impact/totals.hpp"

#include <algorithm>
#include <cstdint>

namespace postern::impact {
namespace {

int rank(const Sender& sender) {
  if (sender.with_rejection.reject > 0) {
    return sender.looks == Looks::legitimate ? 0 : sender.looks == Looks::unclear ? 1 : 3;
  }
  return sender.with_rejection.undetermined > 0 ? 2 : 4;
}

}  // namespace

void sum_up(Report& report) {
  Totals& t = report.totals;
  t.rows = t.used + t.not_relevant + t.bad;
  for (const Sender& sender : report.senders) {
    const Counts& c = sender.with_rejection;
    t.undetermined += c.undetermined;
    t.accepted += c.accept;
    t.senders_undetermined += c.undetermined > 0 ? 1 : 0;
    t.senders_accepted += c.accept == sender.messages ? 1 : 0;
    t.missing |= sender.missing;
    if (c.reject == 0) continue;
    switch (sender.looks) {
      case Looks::legitimate:
        t.rejected_legitimate += c.reject;
        ++t.senders_legitimate;
        break;
      case Looks::forged:
        t.rejected_forged += c.reject;
        ++t.senders_forged;
        break;
      case Looks::unclear:
        t.rejected_unclear += c.reject;
        ++t.senders_unclear;
        break;
    }
  }
}

void sort_senders(Report& report) {
  std::sort(report.senders.begin(), report.senders.end(), [](const Sender& a, const Sender& b) {
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    if (a.messages != b.messages) return a.messages > b.messages;
    return a.name < b.name;
  });
}

}  // namespace postern::impact
