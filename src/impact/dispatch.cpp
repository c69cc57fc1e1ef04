#include "impact/dispatch.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace postern::impact {
namespace {

constexpr std::string_view may_be_anybodys =
    "can't be read; the source holds several tenants' mail, and the row may be of any of them";

// What one tenant is told of a file: the rows that it was given, and those that nobody could read.
evidence::Tally share_of(const evidence::Tally& whole, std::uint64_t messages, std::uint64_t bad) {
  evidence::Tally out = whole;
  out.messages = messages;
  out.bad = bad;
  out.rows = messages + bad;
  std::fill(std::begin(out.not_relevant), std::end(out.not_relevant), 0);
  // They may quote what is another's; whoever reads for all of them is told.
  out.remarks.clear();
  out.of_the_future = 0;
  return out;
}

}  // namespace

Dispatch::Dispatch(const policy::Policy& owners, std::vector<Collector*> collectors)
    : owners_(owners), collectors_(std::move(collectors)) {
  begin_level();
}

void Dispatch::begin_level() {
  levels_.push_back({std::vector<std::uint64_t>(collectors_.size(), 0), 0});
}

void Dispatch::give(std::uint32_t tenant, const evidence::Message& m) {
  ++levels_.back().messages[tenant];
  collectors_[tenant]->message(m);
}

void Dispatch::message(const evidence::Message& m) {
  ++rows_.rows;
  const policy::Submission& s = m.submission;
  const bool is_told_for_whom = s.recipient_domain || !m.received_by.empty();
  const std::uint32_t to = s.recipient_domain ? owners_.owner_of(*s.recipient_domain)
                           : is_told_for_whom ? owners_.owner_of(m.received_by)
                                              : policy::no_tenant;
  std::uint32_t from = owners_.owner_of(m.sender_domain());
  // A report of mail that a service sent names its author alone. A message to somebody is theirs.
  if (from == policy::no_tenant && m.recipient.empty()) {
    from =
        owners_.owner_of(m.header_from_domain.empty() ? m.reported_domain : m.header_from_domain);
  }
  if (to != policy::no_tenant) give(to, m);
  if (from != policy::no_tenant && from != to) {
    evidence::Message sent = m;
    sent.taken_in = m.taken_in && to == policy::no_tenant;
    give(from, sent);
  }
  if (to != policy::no_tenant || from != policy::no_tenant) return;
  if (is_told_for_whom) {
    ++rows_.of_no_tenant;
    return;
  }
  for (std::uint32_t i = 0; i < collectors_.size(); ++i)
    give(i, m);
}

void Dispatch::not_relevant(evidence::NotRelevant /*why*/) {
  ++rows_.rows;
  ++rows_.not_relevant;
}

void Dispatch::bad(const evidence::BadRow& row) {
  ++rows_.rows;
  ++rows_.bad;
  ++levels_.back().bad;
  evidence::BadRow theirs = row;
  theirs.what = may_be_anybodys;
  for (Collector* collector : collectors_)
    collector->bad(theirs);
}

void Dispatch::member_begins() {
  begin_level();
  for (Collector* collector : collectors_)
    collector->member_begins();
}

void Dispatch::member_done(const evidence::Tally& whole) {
  const Level level = std::move(levels_.back());
  levels_.pop_back();
  rows_.remarks.insert(rows_.remarks.end(), whole.remarks.begin(), whole.remarks.end());
  // Each began it, so each must end it.
  for (std::size_t i = 0; i < collectors_.size(); ++i)
    collectors_[i]->member_done(share_of(whole, level.messages[i], level.bad));
}

void Dispatch::file_done(const evidence::Tally& whole) {
  const Level level = std::move(levels_.back());
  levels_.clear();
  begin_level();
  rows_.remarks.insert(rows_.remarks.end(), whole.remarks.begin(), whole.remarks.end());
  // Who was given nothing of it, and misses nothing of it, need not be told.
  const bool lacks = level.bad > 0 || whole.incomplete || whole.forgotten > 0;
  for (std::size_t i = 0; i < collectors_.size(); ++i) {
    if (!lacks && level.messages[i] == 0) continue;
    collectors_[i]->file_done(share_of(whole, level.messages[i], level.bad));
  }
}

}  // namespace postern::impact
