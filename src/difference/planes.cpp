#include "difference/planes.hpp"

#include <unordered_map>

#include <fmt/format.h>

#include "policy/matching.hpp"
#include "policy/tables.hpp"

namespace postern::difference {

/// How connectors of one variant can match, whoever sends.
struct Ways {
  explicit Ways(std::size_t connectors)
      : certificate_alone(connectors),
        certificate_and_address(connectors),
        address_alone(connectors),
        demands_tls(connectors),
        on_premises(connectors) {}

  Bits certificate_alone;        ///< Partner, enough by itself
  Bits certificate_and_address;  ///< Partner, needs both
  Bits address_alone;
  Bits demands_tls;
  Bits on_premises;
  Bits on_premises_addresses;  ///< classes of addresses
};

namespace {

using policy::Answer;
using policy::CompiledConnector;
using policy::ConnectorMatch;
using policy::Facts;
using policy::Tables;

// Whether the tenant's choices let the connector match by address at all.
bool address_counts(const Space& space, const Variant& variant, std::uint32_t index) {
  const Bits& held = space.addresses.held_by(variant.side, index);
  if (!held.any()) return false;
  const policy::Submission s =
      space.submission(NameAtoms::other, NameAtoms::other, Space::without_tls,
                       space.addresses.representative(held.first()));
  const Facts facts(policy::tables_of(variant.policy), s);
  return policy::address_match(facts, index).answer == Answer::yes;
}

Ways ways_of(const Space& space, const Variant& variant) {
  const Tables& tables = policy::tables_of(variant.policy);
  Ways out(tables.connectors.size());
  out.on_premises_addresses = Bits(space.addresses.class_count());
  for (const std::uint32_t index : tables.tenants[0].on_premises) {
    out.on_premises.set(index);
    out.on_premises_addresses |= space.addresses.held_by(variant.side, index);
  }
  const bool needs_both = tables.tenants[0].choices.connector_match == ConnectorMatch::all;
  for (const std::uint32_t index : tables.tenants[0].partners) {
    const CompiledConnector& connector = tables.compiled[index];
    if (connector.require_tls) out.demands_tls.set(index);
    const bool counts = address_counts(space, variant, index);
    if (needs_both && connector.has_addresses && connector.has_certificate) {
      if (counts) out.certificate_and_address.set(index);
      continue;
    }
    if (connector.has_certificate) out.certificate_alone.set(index);
    if (counts) out.address_alone.set(index);
  }
  return out;
}

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

}  // namespace

Planes::Planes(const Space& space, const Classes& classes, std::span<const Variant> variants)
    : space_(space), classes_(classes), variants_(variants) {
  group();
}

void Planes::group() {
  if (classes_.senders.size() * classes_.recipients.size() > most_pairs) return;
  std::unordered_map<Key, std::size_t, WordsHash> by_key;
  const IpAddress anywhere = space_.addresses.representative(0);
  for (std::size_t sender = 0; sender < classes_.senders.size(); ++sender) {
    for (std::size_t recipient = 0; recipient < classes_.recipients.size(); ++recipient) {
      const policy::Submission s = space_.submission(classes_.senders.representative(sender),
                                                     classes_.recipients.representative(recipient),
                                                     Space::without_tls, anywhere);
      Key key;
      for (std::size_t v = 0; v < variants_.size(); ++v) {
        const Says& says = classes_.says[v];
        std::uint64_t flags = says.owned[sender];
        if (says.ours[recipient] != 0) {
          const Facts facts(policy::tables_of(variants_[v].policy), s);
          flags |= 4;
          if (policy::restriction(facts).answer == Answer::yes) flags |= 8;
          if (policy::domain_only_tls(facts).answer == Answer::yes) flags |= 16;
          append(key, says.covers[sender] & says.concerns[recipient]);
        }
        key.push_back(flags);
      }
      const auto [found, added] = by_key.emplace(std::move(key), planes_.size());
      if (added) planes_.emplace_back();
      planes_[found->second].pairs.emplace_back(sender, recipient);
    }
  }
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
        outcomes_(planes.variants_.size()) {
    for (const Variant& variant : p_.variants_)
      ways_.push_back(ways_of(p_.space_, variant));
    note_certified_partners();
  }

  Result<std::uint64_t> run() {
    for (plane_ = 0; plane_ < p_.planes_.size(); ++plane_) {
      enter();
      for (const Bits& sessions : session_groups()) {
        for (const Bits& addresses : split(every_address_, address_sets(sessions.first()))) {
          decide(sessions, addresses);
        }
      }
      if (decided_ > limit_) {
        return fail(
            fmt::format("the two are too large to compare: over {} kinds of mail would "
                        "have to be decided",
                        limit_));
      }
    }
    return decided_;
  }

 private:
  // The Partner connectors that can take mail of this plane.
  void enter() {
    const auto [sender, recipient] = p_.planes_[plane_].pairs.front();
    for (std::size_t v = 0; v < p_.variants_.size(); ++v) {
      const Says& says = p_.classes_.says[v];
      relevant_[v] = says.covers[sender] & says.concerns[recipient];
      if (says.ours[recipient] == 0) relevant_[v] -= relevant_[v];
      by_address_[v] = lenient_and_strict(v, relevant_[v] & ways_[v].address_alone);
    }
  }

  using AddressSets = std::pair<Bits, Bits>;  // of connectors without and with a demand of TLS

  [[nodiscard]] AddressSets lenient_and_strict(std::size_t v, const Bits& connectors) const {
    const std::size_t bound = p_.space_.addresses.class_count();
    AddressSets out{Bits(bound), Bits(bound)};
    connectors.for_each([&](std::size_t index) {
      const bool strict = ways_[v].demands_tls.test(index);
      (strict ? out.second : out.first) |= p_.space_.addresses.held_by(p_.variants_[v].side, index);
    });
    return out;
  }

  void note_certified_partners() {
    certified_partners_.resize(p_.variants_.size());
    for (std::size_t v = 0; v < p_.variants_.size(); ++v) {
      for (const Bits& certified : p_.classes_.says[v].certified) {
        auto& list = certified_partners_[v].emplace_back();
        (certified - ways_[v].on_premises).for_each([&](std::size_t index) {
          list.push_back(static_cast<std::uint32_t>(index));
        });
      }
    }
  }

  // What the certificates of a session can do in this plane; few connectors have one name.
  void make_session_key(std::size_t session) {
    const bool tls = p_.classes_.sessions.representative(session) != Space::without_tls;
    key_.assign(1, tls ? 1 : 0);
    for (std::size_t v = 0; v < p_.variants_.size(); ++v) {
      const Says& says = p_.classes_.says[v];
      std::uint64_t flags = says.originating[session];
      if (says.certified[session].intersects(ways_[v].on_premises)) flags |= 2;
      const std::size_t at = key_.size();
      key_.push_back(0);
      for (const std::uint32_t index : certified_partners_[v][session]) {
        if (!relevant_[v].test(index)) continue;
        if (ways_[v].certificate_alone.test(index)) flags |= 4;
        if (ways_[v].certificate_and_address.test(index)) key_.push_back(index);
      }
      key_[at] = flags | (key_.size() - at) << 8;
    }
  }

  [[nodiscard]] std::vector<Bits> session_groups() {
    const std::size_t count = p_.classes_.sessions.size();
    std::unordered_map<Key, std::size_t, WordsHash> by_key;
    std::vector<Bits> out;
    for (std::size_t session = 0; session < count; ++session) {
      make_session_key(session);
      auto found = by_key.find(key_);
      if (found == by_key.end()) {
        found = by_key.emplace(key_, out.size()).first;
        out.emplace_back(count);
      }
      out[found->second].set(session);
    }
    return out;
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

  // The sets of addresses that can be told apart in a session.
  [[nodiscard]] std::vector<Bits> address_sets(std::size_t session) const {
    const bool tls = p_.classes_.sessions.representative(session) != Space::without_tls;
    std::vector<Bits> out;
    const auto add = [&](const Bits& set) {
      if (!set.any()) return;
      for (const Bits& there : out) {
        if (there == set) return;
      }
      out.push_back(set);
    };
    for (std::size_t v = 0; v < p_.variants_.size(); ++v) {
      add(ways_[v].on_premises_addresses);
      Bits waiting(relevant_[v].words().size() * 64);
      for (const std::uint32_t index : certified_partners_[v][session]) {
        if (relevant_[v].test(index) && ways_[v].certificate_and_address.test(index)) {
          waiting.set(index);
        }
      }
      if (!waiting.any()) {
        add_both(by_address_[v], tls, add);
        continue;
      }
      AddressSets sets = lenient_and_strict(v, waiting);
      sets.first |= by_address_[v].first;
      sets.second |= by_address_[v].second;
      add_both(sets, tls, add);
    }
    return out;
  }

  void decide(const Bits& sessions, const Bits& addresses) {
    const auto [sender, recipient] = p_.planes_[plane_].pairs.front();
    policy::Submission s =
        p_.space_.submission(p_.classes_.senders.representative(sender),
                             p_.classes_.recipients.representative(recipient),
                             p_.classes_.sessions.representative(sessions.first()),
                             p_.space_.addresses.representative(addresses.first()));
    for (std::size_t v = 0; v < p_.variants_.size(); ++v) {
      Outcome& out = outcomes_[v];
      const policy::Verdict verdict = policy::decide(p_.variants_[v].policy, s);
      out.effect = effect_of(verdict);
      out.reason = verdict.reason;
      out.connector = verdict.connector;
      out.effect_acs = out.effect;
      ++decided_;
      // Azure Communication Services is only asked about on the default connector, of a sender that
      // counts.
      if (verdict.reason == policy::Reason::direct_send_rejected) {
        s.azure_communication_services = true;
        out.effect_acs = effect_of(policy::decide(p_.variants_[v].policy, s));
        s.azure_communication_services = false;
        ++decided_;
      }
    }
    hand_on_({plane_, &sessions, &addresses, outcomes_});
  }

  const Planes& p_;
  const std::function<void(const Block&)>& hand_on_;
  std::uint64_t limit_;
  Bits every_address_;
  std::vector<Ways> ways_;
  std::size_t plane_ = 0;
  std::vector<Bits> relevant_;  ///< by variant
  std::vector<AddressSets> by_address_;
  std::vector<Outcome> outcomes_;
  Key key_;
  std::vector<std::vector<std::vector<std::uint32_t>>>
      certified_partners_;  ///< by variant, session
  std::uint64_t decided_ = 0;
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
