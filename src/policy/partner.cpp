// Partner connectors of the recipient's tenant: which of several is the message attributed to, and
// which refuses it.
#include <cstdint>
#include <span>
#include <string_view>

#include "policy/matching.hpp"
#include "policy/name_table.hpp"

namespace postern::policy {
namespace {

/// The best of the connectors that match, and what may still match.
class Candidates {
 public:
  explicit Candidates(const Facts& facts) noexcept : f_(facts) {}

  void consider(std::uint32_t index) noexcept {
    const Match candidate = match(f_, index);
    if (candidate.guard.answer == Answer::no) return;
    const bool demands_tls = f_.tables.compiled[index].require_tls;
    const Known tls = demands_tls ? f_.tls_with(index) : Known::yes;
    if (candidate.guard.answer == Answer::unknown) {
      // The fact may settle it either way; without TLS only a rejection is left.
      if (tls != Known::no) merge(possible_, candidate.guard);
      if (tls != Known::yes) merge(possible_without_tls_, candidate.guard);
      if (tls == Known::unknown) {
        possible_.missing |= Fact::tls;
        possible_without_tls_.missing |= Fact::tls;
      }
      return;
    }
    if (tls == Known::unknown) {
      Guard waits_for_tls = candidate.guard;
      waits_for_tls.answer = Answer::unknown;
      waits_for_tls.missing = Fact::tls;
      merge(possible_, waits_for_tls);
    }
    Match& best = tls == Known::yes ? met_ : unmet_;
    if (best.guard.answer == Answer::no || comes_before(f_.tables, candidate, best)) {
      best = candidate;
    }
  }

  [[nodiscard]] PartnerMatch outcome() const noexcept {
    if (met_.guard.answer == Answer::yes) return {met_.guard, possible_without_tls_};
    // Where no connector's demand is met: with TLS known to be absent that is a rejection; with
    // TLS unknown both outcomes stay open, through `possible_`.
    const bool unmet = unmet_.guard.answer == Answer::yes;
    return {possible_, unmet ? unmet_.guard : possible_without_tls_};
  }

 private:
  const Facts& f_;
  Match met_;    // with its demand of TLS, if any
  Match unmet_;  // but for TLS
  Guard possible_;
  Guard possible_without_tls_;
};

/// Whether looking up the connectors by address and certificate finds all that can match.
bool all_facts_known(const Facts& f) noexcept {
  const bool no_certificate =
      f.certificate == Answer::no || !f.tenant->partner_certificates ||
      (f.on_default_connector() && f.unchanged(f.tenant->certificates_changed));
  return f.submission.client_ip && !f.sender_unknown() &&
         (f.certificate == Answer::yes || no_certificate);
}

void consider_certificates(const Facts& f, Candidates& candidates) noexcept {
  const auto consider_list = [&](std::uint32_t kind, std::string_view name) {
    const std::uint32_t list = f.tenant->partner_certificate_index.find(kind, name);
    if (list == NameTable::absent) return;
    for (const std::uint32_t index : f.tenant->certificate_lists[list])
      candidates.consider(index);
  };
  f.any_presented_name([&](std::string_view name, bool) {
    consider_list(0, name);
    if (name.starts_with("*.")) name.remove_prefix(2);
    any_of_self_and_parents(name, [&](std::string_view parent) {
      consider_list(1, parent);
      return false;
    });
    return false;
  });
}

/// Visits the slices of connectors that name MAIL FROM's domain, most exact first.
template <class Visit>
bool any_sender_slice(const Facts& f, Visit visit) noexcept {
  const CompiledTenant& tenant = *f.tenant;
  const ReversePath& path = f.submission.reverse_path;
  if (path.state == ReversePath::State::address && !path.domain.empty() &&
      !tenant.sender_index.empty()) {
    const std::uint32_t exact = tenant.sender_index.find(0, path.domain);
    if (exact != NameTable::absent && visit(tenant.sender_slices[exact])) return true;
    const bool found = any_of_self_and_parents(path.domain, [&](std::string_view name) {
      const std::uint32_t slice = tenant.sender_index.find(1, name);
      return slice != NameTable::absent && visit(tenant.sender_slices[slice]);
    });
    if (found) return true;
  }
  return visit(f.tenant->any_sender);
}

/// With an unknown sender a connector that demands TLS refuses for certain where it covers whoever
/// it is, and no other that demands none may come before it.
Guard domain_only_of_unknown_sender(const Facts& f) noexcept {
  Match refuses;
  Guard possible;
  bool lenient = false;
  for (const std::uint32_t index : f.tenant->partners) {
    const CompiledConnector& connector = f.tables.compiled[index];
    if (connector.restricts || !connector.is_domain_only()) continue;
    const Answer covers = coverage(f, index).answer;
    const Guard applies = associated(f, index);
    if (covers == Answer::no || applies.answer == Answer::no) continue;
    if (!connector.require_tls || f.tls_with(index) == Known::yes) {
      lenient = true;
      continue;
    }
    merge(possible, Guard::unknown(Fact::reverse_path, index));
    if (covers != Answer::yes || applies.answer != Answer::yes) continue;
    Match candidate;
    candidate.guard = {Answer::yes, Fact::none, index, applies.notes};
    if (refuses.guard.answer == Answer::no || comes_before(f.tables, candidate, refuses)) {
      refuses = candidate;
    }
  }
  return lenient || refuses.guard.answer == Answer::no ? possible : refuses.guard;
}

Guard restriction_of_unknown_sender(const Facts& f) noexcept {
  Guard found;
  for (const std::uint32_t index : f.tenant->partners) {
    if (!f.tables.compiled[index].restricts) continue;
    const Answer covers = coverage(f, index).answer;
    const Guard applies = associated(f, index);
    if (covers == Answer::no || applies.answer == Answer::no) continue;
    if (covers == Answer::yes && applies.answer == Answer::yes) {
      return {Answer::yes, Fact::none, index, applies.notes};
    }
    merge(found, Guard::unknown(Fact::reverse_path, index));
  }
  return found;
}

Guard domain_only_of_sender(const Facts& f) noexcept {
  Guard found;
  any_sender_slice(f, [&](const ConnectorSlice& slice) {
    Match best;
    for (std::uint32_t i = 0; i < slice.domain_only; ++i) {
      const std::uint32_t index = f.tenant->slice_members[slice.offset + slice.restricting + i];
      Match candidate;
      candidate.guard = associated(f, index);
      candidate.guard.connector = index;
      if (candidate.guard.answer != Answer::yes) continue;
      if (best.guard.answer == Answer::no || comes_before(f.tables, candidate, best)) {
        best = candidate;
      }
    }
    if (best.guard.answer == Answer::no) return false;
    const std::uint32_t index = best.guard.connector;
    if (f.tables.compiled[index].require_tls && f.tls_with(index) != Known::yes) {
      found = best.guard;
    }
    return true;
  });
  return found;
}

}  // namespace

PartnerMatch partner_match(const Facts& f) noexcept {
  const CompiledTenant& tenant = *f.tenant;
  if (!tenant.connectors_known) {
    // One that was recorded may be scoped by sender domain alone, which exempts from nothing.
    if (f.on_default_connector()) return {};
    return {Guard::unknown(Fact::inbound_connectors), {}};
  }
  if (!tenant.has_partners) return {};
  const bool looked_up = all_facts_known(f);
  const std::span<const std::uint32_t> connectors =
      looked_up ? f.by_address(tenant) : tenant.partners;
  const bool by_certificate =
      looked_up && tenant.partner_certificates && f.certificate == Answer::yes;
  if (connectors.empty() && !by_certificate) return {};
  Candidates candidates(f);
  for (const std::uint32_t index : connectors) {
    if (f.tables.compiled[index].type == ConnectorType::partner) candidates.consider(index);
  }
  if (by_certificate) consider_certificates(f, candidates);
  return candidates.outcome();
}

Guard restricting_connector(const Facts& f) noexcept {
  if (!f.tenant->connectors_known) {
    return f.on_default_connector() ? Guard{} : Guard::unknown(Fact::inbound_connectors);
  }
  if (f.sender_unknown()) return restriction_of_unknown_sender(f);
  Guard found;
  any_sender_slice(f, [&](const ConnectorSlice& slice) {
    for (std::uint32_t i = 0; i < slice.restricting; ++i) {
      const std::uint32_t index = f.tenant->slice_members[slice.offset + i];
      const Guard applies = associated(f, index);
      if (applies.answer != Answer::yes) continue;
      found = {Answer::yes, Fact::none, index, applies.notes};
      return true;
    }
    return false;
  });
  return found;
}

Guard domain_only_connector(const Facts& f) noexcept {
  Guard found = f.sender_unknown() ? domain_only_of_unknown_sender(f) : domain_only_of_sender(f);
  if (found.answer != Answer::no && f.tls == Known::unknown) {
    found.answer = Answer::unknown;
    found.missing |= Fact::tls;
  }
  return found;
}

}  // namespace postern::policy
