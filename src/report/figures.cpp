#include "report/figures.hpp"

#include <algorithm>

namespace postern::report {
namespace {

using impact::Looks;
using impact::Sender;
using impact::Standing;

std::uint64_t& part(Courses& courses, Course course) {
  return courses[static_cast<std::size_t>(course)];
}
std::uint64_t part(const Courses& courses, Course course) {
  return courses[static_cast<std::size_t>(course)];
}

// What nothing decided can't be told.
void settle(Courses& courses, std::uint64_t messages) {
  const std::uint64_t told = part(courses, Course::accepted) +
                             part(courses, Course::if_certificate) + part(courses, Course::refused);
  part(courses, Course::cant_tell) = messages > told ? messages - told : 0;
}

Courses courses_of(const impact::Counts& counts, std::uint64_t messages) {
  Courses out{};
  part(out, Course::accepted) = counts.accept;
  part(out, Course::refused) = counts.reject;
  settle(out, messages);
  return out;
}

Courses courses_of(const plan::SenderOutcome& outcome, std::uint64_t messages) {
  Courses out{};
  part(out, Course::if_certificate) = outcome.on_presumption;
  part(out, Course::accepted) = outcome.accepted - outcome.on_presumption;
  part(out, Course::refused) = outcome.refused;
  settle(out, messages);
  return out;
}

Group group_of(const Judged& judged, std::uint64_t let_in) {
  const Courses& last = judged.planned ? *judged.planned : judged.switched;
  const auto at_risk = [](const Courses& courses) {
    return part(courses, Course::refused) + part(courses, Course::cant_tell) +
           part(courses, Course::if_certificate);
  };
  const bool ever = at_risk(judged.switched) > 0 || at_risk(last) > 0;
  if (let_in > 0) return Group::let_in;
  switch (judged.side) {
    case Side::yours:
      if (part(last, Course::refused) > 0) return Group::lost;
      if (part(last, Course::cant_tell) > 0) return Group::cant_tell;
      if (part(last, Course::if_certificate) > 0) return Group::conditional;
      return ever ? Group::saved : Group::unaffected;
    case Side::let_break:
      return ever ? Group::let_break : Group::unaffected;
    case Side::looks_yours:
      return ever ? Group::looks_yours : Group::unaffected;
    case Side::either:
      return ever ? Group::either : Group::unaffected;
    case Side::looks_forged:
      return ever ? Group::looks_forged : Group::unaffected;
    case Side::forged:
      break;
  }
  return part(last, Course::refused) > 0 ? Group::stopped : Group::unaffected;
}

}  // namespace

Side side_of(const Sender& sender) noexcept {
  if (sender.standing == Standing::open || sender.looks == Looks::unclear) return Side::either;
  const bool certain = sender.standing == Standing::certain;
  if (sender.looks == Looks::forged) return certain ? Side::forged : Side::looks_forged;
  if (!certain) return Side::looks_yours;
  return sender.loss_accepted ? Side::let_break : Side::yours;
}

Tone tone_of(Side side, Course course) noexcept {
  switch (side) {
    case Side::yours:
      return course == Course::accepted  ? Tone::good
             : course == Course::refused ? Tone::bad
                                         : Tone::ask;
    case Side::let_break:
      return course == Course::accepted ? Tone::good : Tone::calm;
    case Side::looks_yours:
      return course == Course::accepted ? Tone::good : Tone::ask;
    case Side::either:
    case Side::looks_forged:
      return Tone::ask;
    case Side::forged:
      break;
  }
  return course == Course::refused    ? Tone::calm
         : course == Course::accepted ? Tone::bad
                                      : Tone::ask;
}

std::string_view name_of(Side side, Course course) noexcept {
  static constexpr std::array<std::array<std::string_view, courses>, sides> names = {{
      {"yours, accepted", "yours, accepted if a certificate is shown", "yours, can’t tell",
       "yours, refused"},
      {"yours, accepted", "yours, let break, if no certificate is shown",
       "yours, let break, can’t tell", "yours, refused as you allow"},
      {"look legitimate, accepted", "look legitimate, accepted if a certificate is shown",
       "look legitimate, can’t tell", "look legitimate, refused"},
      {"may be either, accepted", "may be either, accepted if a certificate is shown",
       "may be either, can’t tell", "may be either, refused"},
      {"look forged, accepted", "look forged, accepted if a certificate is shown",
       "look forged, can’t tell", "look forged, refused"},
      {"forged, through the door", "forged, accepted if a certificate is shown",
       "forged, can’t tell", "forged, stopped"},
  }};
  return names[static_cast<std::size_t>(side)][static_cast<std::size_t>(course)];
}

void Bar::add(Side side, const Courses& messages) {
  for (std::size_t i = 0; i < courses; ++i)
    cells_[static_cast<std::size_t>(side)][i].add(messages[i]);
}

std::uint64_t Bar::total() const noexcept {
  std::uint64_t out = 0;
  for (const auto& row : cells_) {
    for (const impact::Pile& cell : row)
      out += cell.messages;
  }
  return out;
}

Figures::Figures(const impact::Report& report, const plan::Proof* proof) {
  const bool with_plan = proof != nullptr && proof->senders.size() == report.senders.size();
  if (with_plan) planned_.emplace();
  judged_.reserve(report.senders.size());
  for (std::size_t i = 0; i < report.senders.size(); ++i) {
    const Sender& sender = report.senders[i];
    Judged& judged = judged_.emplace_back();
    judged.index = i;
    judged.side = side_of(sender);
    judged.now = courses_of(sender.now, sender.messages);
    judged.switched = courses_of(sender.with_rejection, sender.messages);
    if (with_plan) judged.planned = courses_of(proof->senders[i], sender.messages);
    judged.group = group_of(judged, with_plan ? proof->senders[i].let_in : 0);
    today_.add(judged.side, judged.now);
    switched_.add(judged.side, judged.switched);
    if (planned_) planned_->add(judged.side, *judged.planned);
    piles_[static_cast<std::size_t>(judged.group)].add(sender.messages);
    if (judged.side != Side::forged && judged.side != Side::looks_forged) continue;
    for (std::size_t d = 0; d < delivery_.size(); ++d)
      delivery_[d] += sender.delivery[d];
  }
  std::stable_sort(judged_.begin(), judged_.end(), [&](const Judged& a, const Judged& b) {
    if (a.group != b.group) return a.group < b.group;
    return report.senders[a.index].messages > report.senders[b.index].messages;
  });
  for (const Judged& judged : judged_)
    ++begins_[static_cast<std::size_t>(judged.group) + 1];
  for (std::size_t i = 1; i <= groups; ++i)
    begins_[i] += begins_[i - 1];
}

std::span<const Judged> Figures::members(Group group) const noexcept {
  const auto number = static_cast<std::size_t>(group);
  return std::span(judged_).subspan(begins_[number], begins_[number + 1] - begins_[number]);
}

}  // namespace postern::report
