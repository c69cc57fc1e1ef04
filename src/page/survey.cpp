#include "page/survey.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/domain.hpp"
#include "evidence/ledger_rows.hpp"
#include "evidence/reader.hpp"
#include "gate/page_state.hpp"
#include "impact/context.hpp"
#include "policy/readings.hpp"

namespace postern::page {
namespace {

using impact::Looks;
using impact::Sender;

// One question to impact, and what was told of it.
struct Asked {
  Asked(const policy::Readings& readings, const impact::Context& context,
        const impact::Options& options)
      : collector(readings, context, options) {}

  void bad(std::string_view column) {
    ++tally.rows;
    ++tally.bad;
    collector.bad({tally.file, tally.rows, 0, column, "can't be understood"});
  }
  void message(const evidence::Message& message) {
    ++tally.rows;
    ++tally.messages;
    collector.message(message);
  }
  impact::Report finish() {
    collector.file_done(tally);
    return collector.finish();
  }

  impact::Collector collector;
  evidence::Tally tally;
};

std::uint64_t at_stake(const Sender& sender) {
  return sender.with_rejection.reject + sender.with_rejection.undetermined;
}

// 0: legitimate and refused; 1: unclear; 2: the rest.
int urgency(const Sender& sender) {
  if (sender.looks == Looks::legitimate && sender.with_rejection.reject > 0) return 0;
  return sender.looks == Looks::forged ? 2 : 1;
}

void pile_up(const Sender& sender, DomainSurvey& domain) {
  const auto& counts = sender.with_rejection;
  if (sender.loss_accepted) {
    domain.let_it_break.add(at_stake(sender));
  } else if (sender.looks == Looks::legitimate) {
    domain.legitimate.add(counts.reject);
    domain.unclear.add(counts.undetermined);
  } else if (sender.looks == Looks::forged) {
    domain.forged.add(at_stake(sender));
  } else {
    domain.unclear.add(at_stake(sender));
  }
}

void conclude(impact::Report&& report, DomainSurvey& domain) {
  constexpr std::size_t most_shown = 200;
  for (const Sender& sender : report.senders)
    pile_up(sender, domain);
  domain.answer = std::move(report.conclusion.sentence);
  std::erase_if(report.senders, [](const Sender& s) { return at_stake(s) == 0; });
  std::stable_sort(
      report.senders.begin(), report.senders.end(), [](const Sender& a, const Sender& b) {
        return std::pair(urgency(a), ~at_stake(a)) < std::pair(urgency(b), ~at_stake(b));
      });
  if (report.senders.size() > most_shown) {
    for (auto each = report.senders.begin() + most_shown; each != report.senders.end(); ++each)
      ++(each->looks == Looks::forged ? domain.left_out.forged : domain.left_out.others);
    report.senders.resize(most_shown);
  }
  domain.senders = std::move(report.senders);
}

// A domain that enforces is asked about what it refused since it does; one that does not about all
// that it was sent.
bool concerns(const gate::DomainMode& domain, const ledger::Record& record) {
  if (domain.mode != ledger::Mode::enforce) return true;
  return record.outcome == ledger::Outcome::refused &&
         (domain.set == nullptr || record.time >= domain.set->since);
}

}  // namespace

class SurveyMaker {
 public:
  SurveyMaker(const Snapshot& snapshot, UnixTime now, HashSeed seed)
      : snapshot_(snapshot), survey_(std::make_shared<Survey>()) {
    survey_->made = now;
    survey_->snapshot = snapshot.number;
    options_.seed = seed;
    options_.now = now;
    options_.one_source = true;
    options_.most_senders = 20'000;
    options_.most_shapes = 20'000;
  }

  Result<void> prepare() {
    for (const tenant::Configuration& each : snapshot_.tenants) {
      const auto compiled = policy::Readings::of(each.tenant);
      if (!compiled) return tl::unexpected(compiled.error().front());
      readings_.push_back(std::make_unique<policy::Readings>(*compiled));
      contexts_.push_back(
          std::make_unique<impact::Context>(impact::context_of(each, {}, snapshot_.pins)));
      tenants_.push_back(std::make_unique<Asked>(*readings_.back(), *contexts_.back(), options_));
      index_[each.tenant.name] = tenants_.size() - 1;
    }
    for (const gate::DomainMode& each : snapshot_.domains) {
      DomainSurvey domain;
      domain.domain = each.domain;
      domain.tenant = each.tenant;
      survey_->domains.push_back(std::move(domain));
      domains_.push_back(nullptr);
    }
    return {};
  }

  void take(const ledger::Row& row) {
    ++survey_->rows;
    survey_->up_to = std::max(survey_->up_to, row.id);
    if (!survey_->first || row.record.time < *survey_->first) survey_->first = row.record.time;
    evidence::Message message;
    if (const std::string_view wrong = rows_.read(row, message); !wrong.empty()) {
      ++survey_->bad;
      bad(row.record);
      return;
    }
    const gate::DomainMode* owner = snapshot_.domain_of(*message.submission.recipient_domain);
    const auto tenant = owner == nullptr ? index_.end() : index_.find(owner->tenant);
    if (tenant == index_.end()) {
      ++survey_->of_others;
      return;
    }
    // What the rule and a protection both object to has two rows, and breaks once.
    if (rows_.tells_again(row)) return;
    const auto at = static_cast<std::size_t>(owner - snapshot_.domains.data());
    DomainSurvey& domain = survey_->domains[at];
    ++domain.rows;
    // Where its mode was another, what was seen before tells of another time.
    if (row.record.mode != owner->mode) {
      domain.first.reset();
    } else if (!domain.first) {
      domain.first = row.record.time;
    }
    // What an exception lets through, enforcing lets through.
    if (row.record.outcome == ledger::Outcome::exception) {
      ++domain.by_exception;
      return;
    }
    tenants_[tenant->second]->message(message);
    if (!concerns(*owner, row.record)) return;
    auto& asked = domains_[at];
    if (!asked) {
      asked =
          std::make_unique<Asked>(*readings_[tenant->second], *contexts_[tenant->second], options_);
    }
    asked->message(message);
  }

  std::shared_ptr<const Survey> finish() {
    for (std::size_t i = 0; i < tenants_.size(); ++i) {
      survey_->tenants.push_back({snapshot_.tenants[i].tenant.name, tenants_[i]->finish()});
      for (const Sender& sender : survey_->tenants.back().report.senders)
        remember(sender);
    }
    for (std::size_t i = 0; i < domains_.size(); ++i) {
      DomainSurvey& domain = survey_->domains[i];
      domain.bad += bad_of_anybody_;
      domain.is_cut = survey_->is_cut;
      if (domains_[i]) conclude(domains_[i]->finish(), domain);
    }
    return survey_;
  }

  Survey& survey() noexcept { return *survey_; }

 private:
  // A row whose recipient can be read is that domain's; of any other nobody knows whose it is.
  void bad(const ledger::Record& record) {
    const auto name = normalise_domain(domain_of_address(record.recipient));
    if (!name || name->empty()) {
      ++bad_of_anybody_;
    } else if (const gate::DomainMode* owner = snapshot_.domain_of(*name)) {
      ++survey_->domains[static_cast<std::size_t>(owner - snapshot_.domains.data())].bad;
    }
  }

  void remember(const Sender& sender) {
    for (const IpAddress& address : sender.addresses) {
      const auto [at, is_new] = survey_->looks_.emplace(address.text(), sender.looks);
      if (!is_new && at->second != sender.looks) at->second = Looks::unclear;
    }
  }

  const Snapshot& snapshot_;
  std::shared_ptr<Survey> survey_;
  impact::Options options_;
  evidence::LedgerRows rows_;
  std::vector<std::unique_ptr<policy::Readings>> readings_;
  std::vector<std::unique_ptr<impact::Context>> contexts_;
  std::vector<std::unique_ptr<Asked>> tenants_, domains_;
  std::map<std::string, std::size_t, std::less<>> index_;
  std::uint64_t bad_of_anybody_ = 0;
};

const DomainSurvey* Survey::of(std::string_view domain) const noexcept {
  const auto found = std::find_if(domains.begin(), domains.end(),
                                  [&](const DomainSurvey& each) { return each.domain == domain; });
  return found == domains.end() ? nullptr : &*found;
}

Looks Survey::looks_of(const std::optional<IpAddress>& client) const {
  const auto found = client ? looks_.find(client->text()) : looks_.end();
  return found == looks_.end() ? Looks::unclear : found->second;
}

Result<std::shared_ptr<const Survey>> survey_of(ledger::Reader& ledger, const Snapshot& snapshot,
                                                UnixTime now, HashSeed seed,
                                                const std::atomic<bool>& stop) {
  SurveyMaker maker(snapshot, now, seed);
  if (auto prepared = maker.prepare(); !prepared) return tl::unexpected(prepared.error());
  const auto oldest = ledger.oldest_time();
  if (!oldest) return tl::unexpected(oldest.error());
  const auto newest = ledger.newest();
  if (!newest) return tl::unexpected(newest.error());
  ledger::Filter filter;
  filter.since = now - Survey::days * 86400;
  const std::int64_t after = std::max<std::int64_t>(*newest - Survey::most_rows, 0);
  auto read = ledger.read_facts(filter, after, [&](const ledger::Row& row) {
    maker.take(row);
    return !stop;
  });
  if (!read) return tl::unexpected(read.error());
  if (stop) return std::shared_ptr<const Survey>{};
  Survey& survey = maker.survey();
  survey.oldest = *oldest;
  const bool has_older = survey.first && survey.oldest && *survey.oldest < *survey.first;
  survey.is_cut = after > 0 && has_older && (*survey.first > *filter.since);
  return maker.finish();
}

}  // namespace postern::page
