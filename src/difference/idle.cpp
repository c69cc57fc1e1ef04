#include "difference/idle.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "difference/planes.hpp"
#include "difference/space.hpp"

namespace postern::difference {
namespace {

using policy::InboundConnector;
using policy::Policy;
using policy::Tenant;

/// How many connectors and decisions an audit may take.
constexpr std::size_t most_connectors = 60;
constexpr std::uint64_t most_decisions = 3'000'000;

class Examiner {
 public:
  explicit Examiner(Tenant tenant) : tenant_(std::move(tenant)) {
    std::erase_if(tenant_.inbound_connectors,
                  [](const InboundConnector& connector) { return !connector.enabled; });
    // With the switch off, whether a connector exempts from it could not be seen.
    tenant_.reject_direct_send = policy::RejectDirectSend::on;
  }

  IdleConnectors run() {
    IdleConnectors out;
    const std::size_t count = tenant_.inbound_connectors.size();
    for (std::size_t i = 0; i < count; ++i) {
      if (count > most_connectors || decisions_ > most_decisions) {
        ++out.not_examined;
        continue;
      }
      const std::optional<bool> same = alike(tenant_, without(i));
      if (!same) {
        ++out.not_examined;
      } else if (*same) {
        out.idle.push_back(reason_of(i));
      }
    }
    return out;
  }

 private:
  Tenant without(std::size_t connector) const {
    Tenant out = tenant_;
    out.inbound_connectors.erase(out.inbound_connectors.begin() +
                                 static_cast<std::ptrdiff_t>(connector));
    return out;
  }

  Tenant with_only(const std::vector<std::size_t>& connectors) const {
    Tenant out = tenant_;
    out.inbound_connectors.clear();
    for (const std::size_t i : connectors)
      out.inbound_connectors.push_back(tenant_.inbound_connectors[i]);
    return out;
  }

  IdleConnector reason_of(std::size_t i) {
    IdleConnector out{tenant_.inbound_connectors[i].name, IdleConnector::Why::no_effect, {}};
    if (alike(with_only({i}), with_only({})).value_or(false)) {
      out.why = IdleConnector::Why::never_matches;
      return out;
    }
    for (std::size_t other = 0; other < tenant_.inbound_connectors.size(); ++other) {
      if (other == i || !alike(with_only({other, i}), with_only({other})).value_or(false)) continue;
      out.why = IdleConnector::Why::covered;
      out.covered_by = tenant_.inbound_connectors[other].name;
      break;
    }
    return out;
  }

  /// Whether all mail is decided and attributed alike; nothing where that can't be told.
  std::optional<bool> alike(const Tenant& one, const Tenant& other) {
    const auto first = Policy::compile(one);
    const auto second = Policy::compile(other);
    if (!first || !second) return std::nullopt;
    const Pair pair = {&*first, &*second};
    const Space space(pair);
    const std::vector<Variant> variants = {{0, *first}, {1, *second}};
    const Classes classes(space, variants);
    bool same = true;
    const auto decided = Planes(space, classes, variants)
                             .visit(
                                 [&](const Block& block) {
                                   same = same && block.outcomes[0].same_effects(block.outcomes[1]);
                                 },
                                 most_decisions);
    if (!decided) return std::nullopt;
    decisions_ += *decided;
    return same;
  }

  Tenant tenant_;
  std::uint64_t decisions_ = 0;
};

}  // namespace

IdleConnectors idle_connectors(const Tenant& tenant) {
  if (!tenant.inbound_connectors_known || !Policy::compile(tenant)) return {};
  return Examiner(tenant).run();
}

}  // namespace postern::difference
