#include <cstddef>
#include <string>
#include <string_view>

#include "base/join.hpp"
#include "impact/to_do.hpp"
#include "report/csv.hpp"
#include "report/impact_report.hpp"

namespace postern::report {

using evidence::AuthResult;
using impact::Sender;

std::string impact_csv(const ImpactDocument& impact, const Style& style) {
  std::string out;
  impact_csv_pieces(impact, style, [&out](std::string_view piece) { out += piece; });
  return out;
}

void impact_csv_pieces(const ImpactDocument& impact, const Style& style, const TakePiece& take) {
  take(csv_line({"tenant",           "name",       "looks",        "kind",          "confidence",
                 "messages",         "days",       "first",        "last",          "recipients",
                 "spf_pass",         "dkim_pass",  "dmarc_pass",   "compauth_fail", "now_rejected",
                 "rejected",         "accepted",   "undetermined", "missing",       "addresses",
                 "envelope_senders", "connectors", "reasons",      "doubts",        "remedy",
                 "command",          "risk",       "standing",     "fact",          "hanging",
                 "hangs_on"},
                style));
  for (const Sender& s : impact.report.senders) {
    const auto passes = [](const impact::ResultCounts& counts, AuthResult result) {
      return std::to_string(counts[static_cast<std::size_t>(result)]);
    };
    const impact::ToDo to_do = impact::to_do_about(s);
    const auto text_of = [](IpAddress address) { return address.text(); };
    take(csv_line({impact.heading.tenant,
                   s.name,
                   std::string(impact::name_of(s.looks)),
                   std::string(impact::name_of(s.kind)),
                   csv_number(s.confidence, 3, style),
                   std::to_string(s.messages),
                   std::to_string(s.days),
                   s.first ? format_time(*s.first) : "",
                   s.last ? format_time(*s.last) : "",
                   std::to_string(s.recipients),
                   passes(s.spf, AuthResult::pass),
                   passes(s.dkim, AuthResult::pass),
                   passes(s.dmarc, AuthResult::pass),
                   passes(s.compauth, AuthResult::fail),
                   std::to_string(s.now.reject),
                   std::to_string(s.with_rejection.reject),
                   std::to_string(s.with_rejection.accept),
                   std::to_string(s.with_rejection.undetermined),
                   joined(policy::names_of(s.missing)),
                   joined(s.addresses, text_of, "; "),
                   joined(s.reverse_paths, "; "),
                   joined(s.connectors, "; "),
                   joined(s.reasons, "; "),
                   joined(s.doubts, "; "),
                   to_do.what_alone(),
                   to_do.command_alone(),
                   to_do.risk,
                   std::string(impact::name_of(s.standing)),
                   s.fact,
                   std::to_string(s.hanging),
                   postern::joined(policy::keys_of(s.hangs_on), "; ")},
                  style));
  }
}

}  // namespace postern::report
