#include "difference/classes.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/domain.hpp"
#include "policy/matching.hpp"
#include "policy/tables.hpp"

namespace postern::difference {
namespace {

using policy::Answer;
using policy::AssociatedDomains;
using policy::CompiledConnector;
using policy::Facts;
using policy::Tables;

/// Collects parts by key.
class Grouper {
 public:
  explicit Grouper(std::size_t parts) { out_.class_of.resize(parts); }
  /// Whether the part is the first of its class.
  bool add(std::size_t part, Key key) {
    const auto [found, added] = classes_.emplace(std::move(key), out_.parts.size());
    if (added) out_.parts.emplace_back();
    out_.parts[found->second].push_back(part);
    out_.class_of[part] = found->second;
    return added;
  }
  Grouping take() { return std::move(out_); }

 private:
  std::unordered_map<Key, std::size_t, WordsHash> classes_;
  Grouping out_;
};

/// Which connectors hold a name, so that a part is only asked of those that it can concern.
class Holders {
 public:
  void add(std::string_view name, std::uint32_t connector) {
    by_name_[std::string(name)].push_back(connector);
  }
  void add_for_all(std::uint32_t connector) { for_all_.push_back(connector); }
  /// Connectors that hold the name or a parent of it, ascending.
  [[nodiscard]] std::vector<std::uint32_t> of(std::string_view name) const {
    std::vector<std::uint32_t> out = for_all_;
    for (; !name.empty(); name = parent_domain(name)) {
      const auto found = by_name_.find(std::string(name));
      if (found != by_name_.end())
        out.insert(out.end(), found->second.begin(), found->second.end());
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }

 private:
  std::unordered_map<std::string, std::vector<std::uint32_t>> by_name_;
  std::vector<std::uint32_t> for_all_;
};

Holders holders_of_senders(const Tables& tables) {
  Holders out;
  for (const std::uint32_t index : tables.tenants[0].partners) {
    if (tables.compiled[index].covers_any_sender) out.add_for_all(index);
    for (const policy::SenderDomain& sender : tables.connectors[index].sender_domains) {
      if (!sender.name.empty()) out.add(sender.name, index);
    }
  }
  return out;
}

Holders holders_of_recipients(const Tables& tables) {
  Holders out;
  for (const std::uint32_t index : tables.tenants[0].partners) {
    for (const std::string& name : tables.connectors[index].associated_accepted_domains)
      out.add(name, index);
  }
  return out;
}

Holders holders_of_certificates(const Tables& tables) {
  Holders out;
  for (const auto* list : {&tables.tenants[0].partners, &tables.tenants[0].on_premises}) {
    for (const std::uint32_t index : *list) {
      if (tables.compiled[index].has_certificate) {
        out.add(tables.compiled[index].certificate_name, index);
      }
    }
  }
  return out;
}

// The part of a recipient that this tenant accepts, or none: what connectors limit is only asked
// then.
std::size_t accepted_part(const Space& space, const policy::Policy& policy) {
  for (std::size_t i = 0; i < space.domains.size(); ++i) {
    if (policy.owner_of(space.domains[i].representative) != policy::no_tenant) return i;
  }
  return 0;
}

// Connectors that cover the sender, in the order in which domain-only ones are asked: how exactly
// each covers matters among them alone, and only as an order.
struct Covering {
  Bits bits;
  Key order;
};

Covering covering(const Facts& facts, const std::vector<std::uint32_t>& candidates) {
  const Tables& tables = facts.tables;
  Covering out{Bits(tables.connectors.size()), {}};
  const bool by_sender = facts.tenant != nullptr &&
                         facts.tenant->choices.associated_domains == AssociatedDomains::sender;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ranked;
  for (const std::uint32_t index : candidates) {
    const policy::Coverage covers = policy::coverage(facts, index);
    if (covers.answer != Answer::yes) continue;
    if (by_sender && policy::associated(facts, index).answer != Answer::yes) continue;
    out.bits.set(index);
    const CompiledConnector& connector = tables.compiled[index];
    if (connector.is_domain_only() && !connector.restricts) {
      ranked.emplace_back(~covers.exactness, index);
    }
  }
  std::sort(ranked.begin(), ranked.end());
  std::uint64_t rank = 0;
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    if (i > 0 && ranked[i].first != ranked[i - 1].first) ++rank;
    out.order.push_back(rank << 32 | ranked[i].second);
  }
  return out;
}

std::uint8_t ownership(const policy::Owner& owner) {
  return owner.exists() ? (owner.onmicrosoft ? 2 : 1) : 0;
}

}  // namespace

Classes::Classes(const Space& space, std::span<const Variant> variants) : says(variants.size()) {
  group_senders(space, variants);
  group_recipients(space, variants);
  group_sessions(space, variants);
}

void Classes::group_senders(const Space& space, std::span<const Variant> variants) {
  std::vector<Holders> holders;
  std::vector<std::size_t> to;  // a recipient that each accepts
  for (const Variant& variant : variants) {
    holders.push_back(holders_of_senders(policy::tables_of(variant.policy)));
    to.push_back(accepted_part(space, variant.policy));
  }
  Grouper grouper(space.senders());
  const IpAddress anywhere = space.addresses.representative(0);
  std::vector<Covering> found(variants.size());
  for (std::size_t part = 0; part < space.senders(); ++part) {
    Key key;
    for (std::size_t v = 0; v < variants.size(); ++v) {
      const policy::Submission s = space.submission(part, to[v], Space::without_tls, anywhere);
      const Facts facts(policy::tables_of(variants[v].policy), s);
      found[v] = covering(facts, holders[v].of(s.reverse_path.domain));
      append(key, found[v].bits);
      key.push_back(std::uint64_t{ownership(facts.sender_owner)} << 32 | found[v].order.size());
      key.insert(key.end(), found[v].order.begin(), found[v].order.end());
    }
    if (!grouper.add(part, std::move(key))) continue;
    for (std::size_t v = 0; v < variants.size(); ++v) {
      const policy::Submission s = space.submission(part, to[v], Space::without_tls, anywhere);
      says[v].owned.push_back(
          ownership(Facts(policy::tables_of(variants[v].policy), s).sender_owner));
      says[v].covers.push_back(found[v].bits);
    }
  }
  senders = grouper.take();
}

void Classes::group_recipients(const Space& space, std::span<const Variant> variants) {
  std::vector<Holders> holders;
  for (const Variant& variant : variants)
    holders.push_back(holders_of_recipients(policy::tables_of(variant.policy)));
  Grouper grouper(space.domains.size());
  const IpAddress anywhere = space.addresses.representative(0);
  std::vector<Bits> concerns(variants.size());
  std::vector<std::uint8_t> ours(variants.size());
  for (std::size_t part = 0; part < space.domains.size(); ++part) {
    const policy::Submission s =
        space.submission(NameAtoms::other, part, Space::without_tls, anywhere);
    Key key;
    for (std::size_t v = 0; v < variants.size(); ++v) {
      const Tables& tables = policy::tables_of(variants[v].policy);
      const Facts facts(tables, s);
      ours[v] = facts.tenant != nullptr ? 1 : 0;
      concerns[v] = Bits(tables.connectors.size());
      const bool by_recipient =
          tables.tenants[0].choices.associated_domains == AssociatedDomains::recipient;
      const auto named = holders[v].of(*s.recipient_domain);
      for (const std::uint32_t index : tables.tenants[0].partners) {
        if (ours[v] == 0) break;
        const bool limited = by_recipient && tables.compiled[index].has_associated_domains;
        if (!limited || (std::binary_search(named.begin(), named.end(), index) &&
                         policy::associated(facts, index).answer == Answer::yes)) {
          concerns[v].set(index);
        }
      }
      key.push_back(ours[v]);
      append(key, concerns[v]);
    }
    if (!grouper.add(part, std::move(key))) continue;
    for (std::size_t v = 0; v < variants.size(); ++v) {
      says[v].ours.push_back(ours[v]);
      says[v].concerns.push_back(concerns[v]);
    }
  }
  recipients = grouper.take();
}

void Classes::group_sessions(const Space& space, std::span<const Variant> variants) {
  std::vector<Holders> holders;
  for (const Variant& variant : variants)
    holders.push_back(holders_of_certificates(policy::tables_of(variant.policy)));
  Grouper grouper(space.sessions());
  const IpAddress anywhere = space.addresses.representative(0);
  std::vector<Bits> certified(variants.size());
  std::vector<std::uint8_t> originating(variants.size());
  for (std::size_t part = 0; part < space.sessions(); ++part) {
    const policy::Submission s =
        space.submission(NameAtoms::other, NameAtoms::other, part, anywhere);
    Key key = {part == Space::without_tls ? std::uint64_t{0} : std::uint64_t{1}};
    for (std::size_t v = 0; v < variants.size(); ++v) {
      const Tables& tables = policy::tables_of(variants[v].policy);
      const Facts facts(tables, s);
      certified[v] = Bits(tables.connectors.size());
      for (const std::uint32_t index : holders[v].of(s.certificate.subject)) {
        if (policy::certificate_match(facts, index).answer == Answer::yes) certified[v].set(index);
      }
      const Answer own = policy::originating_by_certificate(facts).answer;
      originating[v] = own == Answer::yes ? 1 : 0;
      key.push_back(originating[v]);
      append(key, certified[v]);
    }
    if (!grouper.add(part, std::move(key))) continue;
    for (std::size_t v = 0; v < variants.size(); ++v) {
      says[v].certified.push_back(certified[v]);
      says[v].originating.push_back(originating[v]);
    }
  }
  sessions = grouper.take();
}

}  // namespace postern::difference
