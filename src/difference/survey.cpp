#include "difference/survey.hpp"

#include <algorithm>
#include <utility>

namespace postern::difference {
namespace {

std::vector<std::uint64_t> sizes_of(const Grouping& grouping) {
  std::vector<std::uint64_t> out;
  for (const auto& parts : grouping.parts)
    out.push_back(parts.size());
  return out;
}

// A domain itself before what is below it.
std::size_t plainest_name(const NameAtoms& names, const std::vector<std::size_t>& parts) {
  const auto rank = [&](std::size_t part) {
    if (part >= names.size()) return 3;  // <>
    return names[part].kind == NameAtoms::Kind::exact   ? 0
           : names[part].kind == NameAtoms::Kind::other ? 1
                                                        : 2;
  };
  return *std::min_element(parts.begin(), parts.end(),
                           [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
}

}  // namespace

Survey::Survey(const Space& space, std::vector<Variant> variants)
    : space_(&space),
      variants_(std::move(variants)),
      classes_(space, variants_),
      grid_(classes_, space.addresses.class_count()),
      meanings_(2) {
  weights_[by_sender] = sizes_of(classes_.senders);
  weights_[by_recipient] = sizes_of(classes_.recipients);
  weights_[by_session] = sizes_of(classes_.sessions);
  weights_[by_address].resize(space.addresses.class_count());
  for (const AddressAtoms::Interval& interval : space.addresses.intervals())
    ++weights_[by_address][interval.of_class];
}

Result<Survey> Survey::over(const Space& space, std::vector<Variant> variants, const Coder& coded) {
  Survey out(space, std::move(variants));
  if (auto ran = out.run(coded); !ran) return tl::unexpected(std::move(ran.error()));
  return out;
}

Result<void> Survey::run(const Coder& coded) {
  const Planes planes(*space_, classes_, variants_);
  const auto decided = planes.visit([&](const Block& block) {
    const Code code = code_of(block.outcomes, coded);
    grid_.add(block, code);
    if (code > taken_as_before) add_cause(block, code, planes);
  });
  if (!decided) return tl::unexpected(decided.error());
  decisions_ = *decided;
  has_grid_ = grid_.finish(planes.all());
  return {};
}

Code Survey::code_of(std::span<const Outcome> outcomes, const Coder& coded) {
  code_key_.clear();
  for (const Outcome& outcome : outcomes) {
    code_key_.push_back(std::uint64_t{static_cast<std::uint8_t>(outcome.effect)} << 8 |
                        static_cast<std::uint8_t>(outcome.effect_acs));
  }
  const auto known = known_codes_.find(code_key_);
  if (known != known_codes_.end()) return known->second;
  std::vector<Meaning> meanings = coded(outcomes);
  Code code = nothing;
  if (meanings.empty()) {
    const bool alike = std::all_of(outcomes.begin(), outcomes.end(), [&](const Outcome& each) {
      return each.same_effects(outcomes.front());
    });
    const bool taken =
        is_by_connector(outcomes.front().effect) && is_by_connector(outcomes.front().effect_acs);
    code = alike && taken ? taken_as_before : nothing;
  } else {
    code = static_cast<Code>(meanings_.size());
    meanings_.push_back(std::move(meanings));
  }
  known_codes_.emplace(code_key_, code);
  return code;
}

std::uint64_t Survey::weight(Dimension d, const Bits& classes) const {
  std::uint64_t out = 0;
  classes.for_each([&](std::size_t i) { out += weights_[d][i]; });
  return out;
}

std::uint32_t Survey::connector_of(const Block& block, std::size_t variant,
                                   const Planes& planes) const {
  if (!block.outcomes[variant].has_connector) return policy::no_connector;
  return policy::decide(variants_[variant].policy, planes.example_of(block)).connector;
}

void Survey::add_cause(const Block& block, Code code, const Planes& planes) {
  const Plane& plane = planes.all()[block.plane];
  const Outcome& before = block.outcomes[block.outcomes.size() - 2];
  const Outcome& after = block.outcomes.back();
  const std::uint32_t connector_before = connector_of(block, variants_.size() - 2, planes);
  const std::uint32_t connector_after = connector_of(block, variants_.size() - 1, planes);
  const auto [found, added] = cause_of_.emplace(
      CauseKey{code, before.reason, after.reason, connector_before, connector_after},
      causes_.size());
  if (added) {
    Cause& fresh = causes_.emplace_back();
    fresh.code = code;
    fresh.reason_before = before.reason;
    fresh.reason_after = after.reason;
    fresh.connector_before = connector_before;
    fresh.connector_after = connector_after;
    fresh.frame = {Bits(classes_.senders.size()), Bits(classes_.recipients.size()),
                   Bits(classes_.sessions.size()), Bits(space_->addresses.class_count())};
  }
  Cause& cause = causes_[found->second];
  std::uint64_t pairs = 0;
  for (const auto& [sender, recipient] : plane.pairs) {
    cause.frame[by_sender].set(sender);
    cause.frame[by_recipient].set(recipient);
    pairs += weights_[by_sender][sender] * weights_[by_recipient][recipient];
  }
  cause.frame[by_session] |= *block.sessions;
  cause.frame[by_address] |= *block.addresses;
  cause.kinds += pairs * weight(by_session, *block.sessions) * weight(by_address, *block.addresses);
  // The first few show it plainly enough.
  if (++cause.blocks > 64) return;
  const CellIndex example = {plane.pairs.front().first, plane.pairs.front().second,
                             block.sessions->first(), block.addresses->first()};
  const unsigned plain = plainness(*space_, classes_, example);
  if (added || plain < cause.plain) {
    cause.example = example;
    cause.plain = plain;
  }
}

unsigned plainness(const Space& space, const Classes& classes, const CellIndex& cell) {
  const auto& sessions = classes.sessions.parts[cell[by_session]];
  unsigned out = sessions.front() == Space::without_tls ? 0u
                 : sessions.front() == Space::with_tls  ? 1u
                                                        : 8u;
  const auto rank = [&](const std::vector<std::size_t>& parts) {
    const std::size_t part = plainest_name(space.domains, parts);
    if (part >= space.domains.size()) return 3u;
    return space.domains[part].kind == NameAtoms::Kind::exact ? 0u : 1u;
  };
  out += rank(classes.senders.parts[cell[by_sender]]);
  out += rank(classes.recipients.parts[cell[by_recipient]]);
  const bool anywhere =
      space.addresses.class_of(IpAddress::from_v4(0xc0000201)) == cell[by_address];
  return out + (anywhere ? 0u : 4u);
}

policy::Submission plainest_in(const Space& space, const Classes& classes, const CellIndex& cell) {
  const auto& sessions = classes.sessions.parts[cell[by_session]];
  return space.submission(
      plainest_name(space.domains, classes.senders.parts[cell[by_sender]]),
      plainest_name(space.domains, classes.recipients.parts[cell[by_recipient]]), sessions.front(),
      space.addresses.representative(cell[by_address]));
}

}  // namespace postern::difference
