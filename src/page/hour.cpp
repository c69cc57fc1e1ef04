#include "page/hour.hpp"

#include <cstddef>
#include <memory>
#include <utility>

namespace postern::page {
namespace {

constexpr std::int64_t minute_of(UnixTime time) noexcept {
  return time / 60;
}

}  // namespace

Part Hour::part_of(ledger::Outcome outcome, const std::optional<IpAddress>& client) const {
  switch (outcome) {
    case ledger::Outcome::refused:
      return survey_ && survey_->looks_of(client) == impact::Looks::legitimate
                 ? Part::refused_legitimate
                 : Part::refused;
    case ledger::Outcome::would_refuse:
      return Part::would_refuse;
    case ledger::Outcome::exception:
      return Part::exception;
    case ledger::Outcome::undetermined:
      break;
  }
  return Part::undetermined;
}

Hour::Minute& Hour::slot(std::int64_t minute) {
  Minute& slot = ring_[static_cast<std::size_t>(minute) % minutes];
  if (slot.number < minute) slot = {minute, {}};
  return slot;
}

void Hour::add(const ledger::Record& record, UnixTime now) {
  const std::int64_t minute = minute_of(record.time);
  const std::int64_t oldest = minute_of(now) - static_cast<std::int64_t>(minutes) + 1;
  if (minute < oldest || minute > minute_of(now)) return;
  Minute& into = slot(minute);
  if (into.number != minute) return;
  // What the rule and a protection both refuse is one message.
  if (told_.add(record) == record.outcome) return;
  ++into.counts[static_cast<std::size_t>(part_of(record.outcome, record.client))];
  if (record.outcome != ledger::Outcome::refused) return;
  kept_.push_back({minute, record.outcome, record.client});
  while (!kept_.empty() && (kept_.size() > most_kept || kept_.front().minute < oldest))
    kept_.pop_front();
}

void Hour::look_again(std::shared_ptr<const Survey> survey) {
  if (survey == survey_) return;
  const auto before = std::exchange(survey_, std::move(survey));
  const auto now = survey_;
  for (const Kept& each : kept_) {
    Minute& minute = ring_[static_cast<std::size_t>(each.minute) % minutes];
    if (minute.number != each.minute) continue;
    survey_ = before;
    --minute.counts[static_cast<std::size_t>(part_of(each.outcome, each.client))];
    survey_ = now;
    ++minute.counts[static_cast<std::size_t>(part_of(each.outcome, each.client))];
  }
}

std::array<Hour::Counts, Hour::minutes> Hour::by_minute(UnixTime now) const {
  std::array<Counts, minutes> out{};
  const std::int64_t last = minute_of(now);
  for (std::size_t i = 0; i < minutes; ++i) {
    const std::int64_t minute = last - static_cast<std::int64_t>(minutes - 1 - i);
    const Minute& slot = ring_[static_cast<std::size_t>(minute) % minutes];
    if (slot.number == minute) out[i] = slot.counts;
  }
  return out;
}

}  // namespace postern::page
