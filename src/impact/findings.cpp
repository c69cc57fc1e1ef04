#include "impact/findings.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "base/numbers.hpp"
#include "impact/answers.hpp"

namespace postern::impact {
namespace {

using evidence::View;

std::string some_of(const std::vector<std::string>& names, std::size_t most) {
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < most; ++i)
    out += (i == 0 ? "" : ", ") + printable(names[i]);
  return names.size() > most ? out + ", …" : out;
}

void add_no_evidence(std::vector<Missing>& out, const Report& report, const Context& context) {
  const Totals& t = report.totals;
  if (t.arrivals > 0) return;
  if (t.of_the_tenant > 0) {
    out.push_back(
        {Missing::Kind::no_evidence, t.of_the_tenant,
         fmt::format("of {} of the tenant none came in without a sign-in: all were signed "
                     "in or sent elsewhere (is the export filtered, or another tenant's?)",
                     counted(t.of_the_tenant, "message"))});
    return;
  }
  const std::uint64_t read = t.rows - t.bad;
  const std::string domains = some_of(context.domains, 3);
  const std::uint64_t elsewhere = t.aside.other_period;
  const std::string subject = domains.empty() ? "an accepted domain" : domains;
  std::string text = "it holds no row";
  if (read > 0 && elsewhere == read) {
    text = read == 1 ? "the only row is of another time"
                     : fmt::format("all {} are of another time", counted(read, "row"));
  } else if (elsewhere > 0) {
    text = fmt::format(
        "{} of {} {} of another time, and none of the other {} tells of mail from "
        "or to {}",
        grouped(elsewhere), counted(read, "row"), elsewhere == 1 ? "is" : "are",
        grouped(read - elsewhere), subject);
  } else if (read > 0) {
    text = fmt::format("none of {} tells of mail from or to {}", counted(read, "row"), subject);
  } else if (t.bad > 0) {
    text = "no row could be read";
  }
  out.push_back({Missing::Kind::no_evidence, read, std::move(text), elsewhere > 0});
}

void add_lost(std::vector<Missing>& out, const Report& report) {
  const Totals& t = report.totals;
  const std::uint64_t files = report.files_lost.size();
  const std::uint64_t rows = t.bad - files;
  if (rows > 0) {
    out.push_back(
        {Missing::Kind::rows_lost, rows,
         fmt::format("{} of {} could not be read", grouped(rows), counted(t.rows - files, "row"))});
  }
  if (files > 0) {
    out.push_back({Missing::Kind::files_lost, files,
                   fmt::format("{} could not be read, or not to the end ({})",
                               counted(files, "file"), some_of(report.files_lost, 2))});
  }
}

void add_undated(std::vector<Missing>& out, const Report& report) {
  const std::uint64_t undated = report.totals.aside.undated;
  if (undated == 0) return;
  out.push_back({Missing::Kind::undated, undated,
                 fmt::format("{} {} no time, and may be of the period asked for",
                             counted(undated, "message"), undated == 1 ? "tells" : "tell")});
}

// Mail that tells no time may all be of one day.
void add_timeless(std::vector<Missing>& out, const Report& report) {
  if (report.totals.of_the_tenant == 0 || report.totals.first) return;
  out.push_back({Missing::Kind::short_period, 0,
                 "no message tells its time, so what time it covers is not known"});
}

void add_cut(std::vector<Missing>& out, const Report& report) {
  std::vector<std::string> cut;
  std::uint64_t let_go = 0;
  for (const evidence::Tally& file : report.files) {
    if (file.incomplete) cut.push_back(file.file);
    let_go += file.forgotten;
  }
  if (!cut.empty()) {
    out.push_back({Missing::Kind::list_cut, cut.size(),
                   fmt::format("{} of the answer alone ({})",
                               cut.size() == 1 ? "a file holds a part"
                                               : counted(cut.size(), "file") + " hold parts",
                               some_of(cut, 2))});
  }
  if (let_go > 0) {
    out.push_back(
        {Missing::Kind::messages_let_go, let_go,
         fmt::format("{} of a log were let go before their end", counted(let_go, "message"))});
  }
}

void add_untold(std::vector<Missing>& out, const Report& report) {
  const std::uint64_t untold = report.totals.aside.sender_untold;
  if (untold == 0) return;
  out.push_back({Missing::Kind::sender_untold, untold,
                 fmt::format("{} {} told of without any sender", counted(untold, "message"),
                             untold == 1 ? "is" : "are")});
}

void add_without_arrival(std::vector<Missing>& out, const Report& report) {
  if (const std::uint64_t untold = report.arrivals_untold; untold > 0) {
    out.push_back({Missing::Kind::arrival_untold, untold,
                   fmt::format("{} {} told of without {} arrival", counted(untold, "message"),
                               untold == 1 ? "is" : "are", untold == 1 ? "its" : "their")});
  }
  if (const std::uint64_t let_go = report.later_events_let_go; let_go > 0) {
    out.push_back({Missing::Kind::messages_let_go, let_go,
                   fmt::format("of {} there was no room to look for the arrival",
                               counted(let_go, "message"))});
  }
}

// A DMARC report comes only where the domain's record asks for one: where nothing but reports would
// tell of all mail, silence about a domain says nothing of its mail. What passed one's own server
// on its way to Exchange Online, or lies in one mailbox, is a part of it.
void add_unreported(std::vector<Missing>& out, const Coverage& coverage,
                    const ReportedDomains& reported, const Context& context) {
  const std::vector<std::string> silent = reported.silent();
  if (silent.empty()) return;
  const bool reports_alone = coverage.is_within(View::reports);
  const bool servers_see_all =
      !context.at_exchange && !coverage.is_within(View::reports | View::mailboxes);
  if (servers_see_all || !coverage.is_within(View::reports | View::servers | View::mailboxes))
    return;
  // Without any report, what there is instead is what is said (add_narrow_view).
  if (coverage.is_within(View::servers | View::mailboxes)) return;
  out.push_back(
      {Missing::Kind::domains_unreported, silent.size(),
       fmt::format("no DMARC report tells of {}, and there is no other evidence{}",
                   some_of(silent, 3), reports_alone ? "" : " of all the mail as it came")});
}

// Others send to Exchange Online without passing one's own server, and to other mailboxes than
// those that were looked into.
void add_narrow_view(std::vector<Missing>& out, const Report& report, const Coverage& coverage,
                     const Context& context) {
  const auto files_of = [&](View views) {
    return static_cast<std::uint64_t>(
        std::count_if(report.files.begin(), report.files.end(), [&](const evidence::Tally& file) {
          return file.messages > 0 && are_within(file.format.view(), views);
        }));
  };
  // What other files tell is of mail that came in elsewhere, or that somebody signed in for.
  const std::string_view what =
      files_of(View::servers | View::mailboxes) ==
              files_of(View::whole | View::reports | View::servers | View::mailboxes)
          ? "the evidence is"
          : "all that tells of mail which came in is";
  if (coverage.is_within(View::mailboxes)) {
    out.push_back({Missing::Kind::mailboxes_alone, files_of(View::mailboxes),
                   fmt::format("{} kept messages alone, which tell of no mail to other mailboxes "
                               "and of none that was deleted",
                               what)});
    return;
  }
  if (!context.at_exchange || !coverage.is_within(View::servers | View::mailboxes)) return;
  const bool kept_too = !coverage.is_within(View::servers);
  out.push_back({Missing::Kind::servers_alone, files_of(View::servers | View::mailboxes),
                 fmt::format("{} logs of your own servers{} alone, which tell of nobody who sends "
                             "to Exchange Online past them",
                             what, kept_too ? " and kept messages" : "")});
}

void add_faulty_answers(std::vector<Missing>& out, const Report& report, const Context& context) {
  const std::uint64_t faulty = faulty_answers(context.pins, report);
  if (faulty == 0) return;
  out.push_back(
      {Missing::Kind::answers_faulty, faulty,
       fmt::format("{} of senders.toml must be mended (postern senders check tells which)",
                   counted(faulty, "answer"))});
}

void add_assumed(std::vector<Missing>& out, const Context& context) {
  if (context.assumed.empty()) return;
  out.push_back({Missing::Kind::settings_assumed, context.assumed.size(),
                 "properties of the tenant are assumed (" + joined(context.assumed, "; ") + ")"});
}

// The reply that most of what is refused today gets.
std::string refused_already_with(const Report& report) {
  std::array<std::uint64_t, reason_count> reasons{};
  for (const Sender& sender : report.senders) {
    for (std::size_t i = 0; i < reasons.size(); ++i)
      reasons[i] += sender.refused_already_by[i];
  }
  const auto most = std::max_element(reasons.begin(), reasons.end());
  if (*most == 0) return {};
  const policy::Reply* reply =
      policy::reply_for(static_cast<policy::Reason>(most - reasons.begin()));
  return reply == nullptr ? std::string{} : std::string(reply->enhanced_status);
}

}  // namespace

Outlook outlook_of(const Sender& sender, const Counts& counts, std::uint64_t hanging) {
  Outlook out;
  out.standing = sender.standing;
  out.looks = sender.looks;
  out.loss_accepted = sender.loss_accepted;
  out.messages = sender.messages;
  out.refused = counts.reject;
  out.hanging = hanging;
  out.undetermined = counts.undetermined - hanging;
  return out;
}

Coverage::Days days_judged(const Coverage& coverage, const ReportedDomains& reported,
                           const Context& context) {
  View see_all = View::whole;
  // Nobody reports on a domain that does not ask for it.
  if (reported.silent().empty()) see_all |= View::reports;
  if (!context.at_exchange) see_all |= View::servers;
  return coverage.days(see_all);
}

std::vector<Missing> missing_of(const Report& report, const Coverage& coverage,
                                const Coverage::Days& days, const ReportedDomains& reported,
                                const Options& options, const Context& context) {
  std::vector<Missing> out;
  add_no_evidence(out, report, context);
  add_lost(out, report);
  add_undated(out, report);
  add_timeless(out, report);
  add_cut(out, report);
  add_untold(out, report);
  add_without_arrival(out, report);
  add_unreported(out, coverage, reported, context);
  DaysCovered covered;
  covered.days = days.judged.days();
  covered.is_part = days.is_part;
  if (options.since) covered.asked_first = day_of(*options.since);
  if (options.until || options.now)
    covered.asked_last = day_of(options.until ? *options.until - 1 : *options.now);
  const std::vector<Missing> of_days = missing_days(covered);
  out.insert(out.end(), of_days.begin(), of_days.end());
  add_narrow_view(out, report, coverage, context);
  add_faulty_answers(out, report, context);
  add_assumed(out, context);
  return out;
}

Findings findings_of(const Report& report) {
  Findings out;
  out.days = report.totals.days;
  out.missing = report.missing;
  out.certified_by_answer = report.certified_by_answer;
  out.lack_of_switch = report.lack_of_switch;
  for (const Sender& sender : report.senders) {
    Outlook& outlook =
        out.senders.emplace_back(outlook_of(sender, sender.with_rejection, sender.hanging));
    outlook.refused_already = sender.refused_already;
    outlook.unguarded = sender.unguarded;
    if (!report.at_exchange) {
      out.seen_refused += sender.delivery[static_cast<std::size_t>(evidence::Delivery::blocked)];
    }
    out.facts |= sender.missing;
    out.choices |= sender.hangs_on;
  }
  out.refused_already_with = refused_already_with(report);
  return out;
}

}  // namespace postern::impact
