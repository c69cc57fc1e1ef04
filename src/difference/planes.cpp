#include "difference/planes.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

#include <fmt/format.h>

#include "policy/matching.hpp"
#include "policy/tables.hpp"

namespace postern::difference {
namespace {

using policy::Answer;
using policy::Facts;

/// Splits a set by others: into those parts that no other tells apart.
std::vector<Bits> split(Bits whole, const std::vector<Bits>& by) {
  std::vector<Bits> out;
  out.push_back(std::move(whole));
  for (const Bits& splitter : by) {
    const std::size_t before = out.size();
    for (std::size_t i = 0; i < before; ++i) {
      if (!out[i].intersects(splitter)) continue;
      Bits outside = out[i] - splitter;
      if (!outside.any()) continue;
      out[i] &= splitter;
      out.push_back(std::move(outside));
    }
  }
  return out;
}

// What one policy can ask of mail, a bit for each. The first are of sender and recipient.
constexpr unsigned of_pairs = 12;
constexpr unsigned of_sessions = 5;

/// Of sessions.
enum SessionBit : std::uint32_t {
  with_tls = 1u << of_pairs,
  with_originating_certificate = 2u << of_pairs,
  with_on_premises_certificate = 4u << of_pairs,
  with_partner_certificate = 8u << of_pairs,   ///< of a connector that needs no address
  with_waiting_certificate = 16u << of_pairs,  ///< of one that needs its address too
};
/// Of addresses.
enum AddressBit : std::uint32_t {
  from_on_premises = 1u << (of_pairs + of_sessions),
  from_lenient = 2u << (of_pairs + of_sessions),  ///< of a Partner connector
  from_strict = 4u << (of_pairs + of_sessions),   ///< of one that demands TLS
};

std::uint64_t hash_of(std::span<const std::uint64_t> words) {
  std::uint64_t out = 0x9e3779b97f4a7c15u;
  for (const std::uint64_t word : words) {
    out = (out ^ word) * 0xff51afd7ed558ccdu;
    out ^= out >> 32;
  }
  return out;
}

}  // namespace

Planes::Planes(const Space& space, const Classes& classes, std::span<const Variant> variants)
    : space_(space), classes_(classes), variants_(variants) {
  for (const Variant& variant : variants_)
    ways_.emplace_back(space_, variant);
  group();
}

void Planes::group() {
  if (classes_.senders.size() * classes_.recipients.size() > most_pairs) return;
  std::unordered_map<Key, std::size_t, WordsHash> by_key;
  const IpAddress anywhere = space_.addresses.representative(0);
  Key key;
  std::vector<std::uint32_t> patterns(variants_.size());
  for (std::size_t sender = 0; sender < classes_.senders.size(); ++sender) {
    for (std::size_t recipient = 0; recipient < classes_.recipients.size(); ++recipient) {
      const policy::Submission s = space_.submission(classes_.senders.representative(sender),
                                                     classes_.recipients.representative(recipient),
                                                     Space::without_tls, anywhere);
      key.clear();
      for (std::size_t v = 0; v < variants_.size(); ++v) {
        const Says& says = classes_.says[v];
        const Ways& ways = ways_[v];
        std::uint32_t pattern = says.owned[sender];
        if (says.ours[recipient] != 0) {
          const Bits relevant = says.covers[sender] & says.concerns[recipient];
          pattern |= 4;
          std::uint32_t bit = 8;
          for (const Bits* kind :
               {&ways.certificate_alone, &ways.certificate_and_address, &ways.address_alone,
                &ways.demands_tls, &ways.restricts, &ways.domain_only}) {
            if (relevant.intersects(*kind)) pattern |= bit;
            bit <<= 1;
          }
          // Only such a connector can say so.
          if (relevant.intersects(ways.restricts) || relevant.intersects(ways.domain_only)) {
            const Facts facts(policy::tables_of(variants_[v].policy), s);
            if (policy::restriction(facts).answer == Answer::yes) pattern |= bit;
            if (policy::domain_only_tls(facts).answer == Answer::yes) pattern |= bit << 1;
          }
          append(key, relevant);
        }
        patterns[v] = pattern;
        key.push_back(pattern);
      }
      const auto [found, added] = by_key.try_emplace(key, planes_.size());
      if (added) planes_.push_back({{}, patterns});
      planes_[found->second].pairs.emplace_back(sender, recipient);
    }
  }
}

policy::Submission Planes::example_of(const Block& block) const {
  const auto [sender, recipient] = planes_[block.plane].pairs.front();
  return space_.submission(classes_.senders.representative(sender),
                           classes_.recipients.representative(recipient),
                           classes_.sessions.representative(block.sessions->first()),
                           space_.addresses.representative(block.addresses->first()));
}

/// One pass over the planes.
class Planes::Visit {
 public:
  Visit(const Planes& planes, const std::function<void(const Block&)>& hand_on, std::uint64_t limit)
      : p_(planes),
        hand_on_(hand_on),
        limit_(limit),
        every_address_(Bits::full(planes.space_.addresses.class_count())),
        relevant_(planes.variants_.size()),
        by_address_(planes.variants_.size()),
        waiting_(planes.variants_.size()),
        known_(planes.variants_.size()),
        outcomes_(planes.variants_.size()) {
    note_sessions();
  }

  Result<std::uint64_t> run() {
    for (plane_ = 0; plane_ < p_.planes_.size(); ++plane_) {
      enter();
      group_sessions();
      for (const SessionGroup& group : groups_)
        decide_all(group);
      if (handed_on_ > limit_) {
        return fail(
            fmt::format("the two are too large to compare: over {} kinds of mail would "
                        "have to be decided",
                        limit_));
      }
    }
    return handed_on_;
  }

 private:
  using AddressSets = std::pair<Bits, Bits>;  // of connectors without and with a demand of TLS

  struct SessionGroup {
    Bits sessions;
    std::uint64_t hash = 0;
    std::size_t key = 0, key_size = 0;  // in keys_
    bool tls = false;
    bool waits = false;
    std::vector<std::uint32_t> patterns;  // by variant
  };

  // The Partner connectors that can take mail of this plane.
  void enter() {
    const auto [sender, recipient] = p_.planes_[plane_].pairs.front();
    for (std::size_t v = 0; v < p_.variants_.size(); ++v) {
      const Says& says = p_.classes_.says[v];
      relevant_[v] = says.covers[sender] & says.concerns[recipient];
      if (says.ours[recipient] == 0) relevant_[v] -= relevant_[v];
      by_address_[v] = lenient_and_strict(v, relevant_[v] & p_.ways_[v].address_alone);
    }
    for (auto& parts : usual_parts_)
      parts.reset();
  }

  [[nodiscard]] AddressSets lenient_and_strict(std::size_t v, const Bits& connectors) const {
    const std::size_t bound = p_.space_.addresses.class_count();
    AddressSets out{Bits(bound), Bits(bound)};
    connectors.for_each([&](std::size_t index) {
      const bool strict = p_.ways_[v].demands_tls.test(index);
      (strict ? out.second : out.first) |= p_.space_.addresses.held_by(p_.variants_[v].side, index);
    });
    return out;
  }

  // What holds of a session in every plane; few connectors have one name.
  void note_sessions() {
    const Grouping& sessions = p_.classes_.sessions;
    certified_partners_.resize(p_.variants_.size());
    session_patterns_.resize(p_.variants_.size());
    for (std::size_t v = 0; v < p_.variants_.size(); ++v) {
      const Says& says = p_.classes_.says[v];
      for (std::size_t session = 0; session < sessions.size(); ++session) {
        const Bits& certified = says.certified[session];
        auto& list = certified_partners_[v].emplace_back();
        (certified - p_.ways_[v].on_premises).for_each([&](std::size_t index) {
          list.push_back(static_cast<std::uint32_t>(index));
        });
        std::uint32_t pattern = 0;
        if (sessions.representative(session) != Space::without_tls) pattern |= with_tls;
        if (says.originating[session] != 0) pattern |= with_originating_certificate;
        if (certified.intersects(p_.ways_[v].on_premises)) pattern |= with_on_premises_certificate;
        session_patterns_[v].push_back(pattern);
      }
    }
  }

  // What the certificates of a session can do in this plane, behind the keys that are there.
  void add_session_key(std::size_t session) {
    for (std::size_t v = 0; v < p_.variants_.size(); ++v) {
      std::uint32_t pattern = session_patterns_[v][session];
      const std::size_t at = keys_.size();
      keys_.push_back(0);
      for (const std::uint32_t index : certified_partners_[v][session]) {
        if (!relevant_[v].test(index)) continue;
        if (p_.ways_[v].certificate_alone.test(index)) pattern |= with_partner_certificate;
        if (!p_.ways_[v].certificate_and_address.test(index)) continue;
        pattern |= with_waiting_certificate;
        keys_.push_back(index);
      }
      keys_[at] = pattern | std::uint64_t{keys_.size() - at} << 32;
      patterns_[v] = pattern;
    }
  }

  void group_sessions() {
    const std::size_t count = p_.classes_.sessions.size();
    groups_.clear();
    keys_.clear();
    patterns_.resize(p_.variants_.size());
    for (std::size_t session = 0; session < count; ++session) {
      const std::size_t at = keys_.size();
      add_session_key(session);
      const std::span<const std::uint64_t> key = std::span(keys_).subspan(at);
      const std::uint64_t hash = hash_of(key);
      SessionGroup* found = nullptr;
      for (SessionGroup& group : groups_) {
        if (group.hash != hash) continue;
        const auto other = std::span(keys_).subspan(group.key, group.key_size);
        if (std::equal(key.begin(), key.end(), other.begin(), other.end())) found = &group;
      }
      if (found == nullptr) {
        std::uint32_t all = 0;
        for (const std::uint32_t pattern : patterns_)
          all |= pattern;
        groups_.push_back({Bits(count), hash, at, key.size(), (all & with_tls) != 0,
                           (all & with_waiting_certificate) != 0, patterns_});
        found = &groups_.back();
      } else {
        keys_.resize(at);
      }
      found->sessions.set(session);
    }
  }

  // With TLS no demand of it is left to tell the two apart.
  template <class Add>
  static void add_both(const AddressSets& sets, bool tls, const Add& add) {
    if (!tls || !sets.second.any()) {
      add(sets.first);
      add(sets.second);
      return;
    }
    Bits either = sets.first;
    either |= sets.second;
    add(either);
  }

  // Connectors that have their certificate wait for their address.
  void note_waiting(const SessionGroup& group) {
    const std::size_t session = group.sessions.first();
    for (std::size_t v = 0; v < p_.variants_.size(); ++v) {
      waiting_[v].reset();
      if ((group.patterns[v] & with_waiting_certificate) == 0) continue;
      Bits waiting(relevant_[v].words().size() * 64);
      for (const std::uint32_t index : certified_partners_[v][session]) {
        if (relevant_[v].test(index) && p_.ways_[v].certificate_and_address.test(index)) {
          waiting.set(index);
        }
      }
      waiting_[v] = lenient_and_strict(v, waiting);
      waiting_[v]->first |= by_address_[v].first;
      waiting_[v]->second |= by_address_[v].second;
    }
  }

  [[nodiscard]] const AddressSets& sets_of(std::size_t v) const {
    return waiting_[v] ? *waiting_[v] : by_address_[v];
  }

  // The sets of addresses that can be told apart.
  [[nodiscard]] std::vector<Bits> address_sets(bool tls) const {
    std::vector<Bits> out;
    const auto add = [&](const Bits& set) {
      if (!set.any()) return;
      for (const Bits& there : out) {
        if (there == set) return;
      }
      out.push_back(set);
    };
    for (std::size_t v = 0; v < p_.variants_.size(); ++v) {
      add(p_.ways_[v].on_premises_addresses);
      add_both(sets_of(v), tls, add);
    }
    return out;
  }

  void decide_all(const SessionGroup& group) {
    note_waiting(group);
    if (group.waits) {
      for (const Bits& addresses : split(every_address_, address_sets(group.tls)))
        decide(group, addresses);
      return;
    }
    // Most sessions wait for nothing: the same parts for all of them.
    std::optional<std::vector<Bits>>& parts = usual_parts_[group.tls ? 1 : 0];
    if (!parts) parts = split(every_address_, address_sets(group.tls));
    for (const Bits& addresses : *parts)
      decide(group, addresses);
  }

  void decide(const SessionGroup& group, const Bits& addresses) {
    const Block block{plane_, &group.sessions, &addresses, outcomes_};
    const std::size_t address = addresses.first();
    std::optional<policy::Submission> example;
    for (std::size_t v = 0; v < p_.variants_.size(); ++v) {
      std::uint32_t pattern = p_.planes_[plane_].patterns[v] | group.patterns[v];
      if (p_.ways_[v].on_premises_addresses.test(address)) pattern |= from_on_premises;
      if (sets_of(v).first.test(address)) pattern |= from_lenient;
      if (sets_of(v).second.test(address)) pattern |= from_strict;
      const auto [known, fresh] = known_[v].try_emplace(pattern);
      if (fresh) {
        if (!example) example = p_.example_of(block);
        known->second = ask(v, *example);
      }
      outcomes_[v] = known->second;
      ++handed_on_;
    }
    hand_on_(block);
  }

  [[nodiscard]] Outcome ask(std::size_t v, policy::Submission s) const {
    Outcome out;
    const policy::Verdict verdict = policy::decide(p_.variants_[v].policy, s);
    out.effect = effect_of(verdict);
    out.reason = verdict.reason;
    out.has_connector = verdict.connector != policy::no_connector;
    out.effect_acs = out.effect;
    // Azure Communication Services is only asked about on the default connector, of a sender that
    // counts.
    if (verdict.reason == policy::Reason::direct_send_rejected) {
      s.azure_communication_services = true;
      out.effect_acs = effect_of(policy::decide(p_.variants_[v].policy, s));
    }
    return out;
  }

  const Planes& p_;
  const std::function<void(const Block&)>& hand_on_;
  std::uint64_t limit_;
  Bits every_address_;
  // By variant, session.
  std::vector<std::vector<std::vector<std::uint32_t>>> certified_partners_;
  std::vector<std::vector<std::uint32_t>> session_patterns_;
  // Of the plane at hand.
  std::size_t plane_ = 0;
  std::vector<Bits> relevant_;  ///< by variant
  std::vector<AddressSets> by_address_;
  std::array<std::optional<std::vector<Bits>>, 2> usual_parts_;  ///< without and with TLS
  std::vector<SessionGroup> groups_;
  std::vector<std::uint64_t> keys_;
  std::vector<std::uint32_t> patterns_;
  std::vector<std::optional<AddressSets>> waiting_;  ///< of the sessions at hand
  // By variant: what decide() said of the first mail of each pattern.
  std::vector<std::unordered_map<std::uint32_t, Outcome>> known_;
  std::vector<Outcome> outcomes_;
  std::uint64_t handed_on_ = 0;
};

Result<std::uint64_t> Planes::visit(const std::function<void(const Block&)>& hand_on,
                                    std::uint64_t limit) const {
  if (planes_.empty()) {
    return fail(
        fmt::format("the two are too large to compare: {} kinds of senders times {} kinds "
                    "of recipients",
                    classes_.senders.size(), classes_.recipients.size()));
  }
  return Visit(*this, hand_on, limit).run();
}

}  // namespace postern::difference
