#include "difference/statements.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "base/ascii.hpp"
#include "difference/cover.hpp"
#include "policy/tables.hpp"
#include "tenant/connector_properties.hpp"

namespace postern::difference {
namespace {

using Names = std::set<std::string>;

// Connectors of a region are asked for by this many of its cells at most.
constexpr std::size_t most_asked = 512;

std::string name_at(const Variant& variant, std::uint32_t connector) {
  return connector == policy::no_connector ? std::string{}
                                           : variant.policy.connector(connector).name;
}

std::vector<std::string> as_list(const Names& names) {
  return {names.begin(), names.end()};
}

std::string stays(const Outcome& outcome) {
  return is_accepted(outcome.effect) ? "stays accepted"
                                     : "stays refused, " + text_of(outcome.effect);
}

class Teller {
 public:
  Teller(const Survey& survey, const Wording& wording) : survey_(survey), wording_(wording) {}

  std::vector<Told> run() {
    std::vector<Told> out;
    std::map<Change, std::size_t> counts;
    std::set<Change> by_cause;
    for (Code code = taken_as_before + 1; code < survey_.codes(); ++code) {
      if (only_attribution(code)) continue;
      const auto regions =
          survey_.grid() == nullptr ? std::nullopt : cover(*survey_.grid(), code, most_statements);
      for (const Meaning& meaning : survey_.meanings(code)) {
        if (meaning.change == Change::attribution) continue;
        if (!regions) by_cause.insert(meaning.change);
        if (!regions) continue;
        counts[meaning.change] += regions->size();
        if (counts[meaning.change] > most_statements) continue;
        for (const Region& region : *regions)
          out.push_back(of_region(region, code, meaning));
      }
    }
    for (const auto& [change, count] : counts) {
      if (count > most_statements) by_cause.insert(change);
    }
    std::erase_if(out, [&](const Told& told) { return by_cause.contains(told.meaning.change); });
    for (const Change change : by_cause)
      add_causes(change, out);
    std::stable_sort(out.begin(), out.end(), [](const Told& a, const Told& b) {
      const auto rank = [](const Told& told) { return told.meaning.change; };
      if (rank(a) != rank(b)) return rank(a) < rank(b);
      return a.statement.kinds > b.statement.kinds;
    });
    return out;
  }

 private:
  bool only_attribution(Code code) const {
    const auto meanings = survey_.meanings(code);
    return std::all_of(meanings.begin(), meanings.end(), [](const Meaning& meaning) {
      return meaning.change == Change::attribution;
    });
  }

  static Statement begun(const Meaning& meaning) {
    Statement out;
    out.change = meaning.change;
    out.before = meaning.before;
    out.after = meaning.after;
    out.acs = meaning.acs;
    return out;
  }

  /// A class for each line of a cell: all classes of a line are decided alike.
  CellIndex classes_of(const CellIndex& cell) const {
    CellIndex out{};
    for (const Dimension d : dimensions)
      out[d] = survey_.grid()->line(d, cell[d]).first();
    return out;
  }

  /// The same, of the classes that show it most plainly.
  CellIndex plainest_classes(const CellIndex& cell) const {
    CellIndex out = classes_of(cell);
    for (const Dimension d : dimensions) {
      std::size_t tried = 0;
      survey_.grid()->line(d, cell[d]).for_each([&](std::size_t one) {
        if (++tried > 64) return;
        CellIndex other = out;
        other[d] = one;
        if (plainness(survey_.space(), survey_.classes(), other) <
            plainness(survey_.space(), survey_.classes(), out)) {
          out = other;
        }
      });
    }
    return out;
  }

  policy::Verdict decided(const Variant& variant, const CellIndex& classes, Acs acs) const {
    policy::Submission s = plainest_in(survey_.space(), survey_.classes(), classes);
    s.azure_communication_services = acs == Acs::alone;
    return policy::decide(variant.policy, s);
  }

  Witness witness_of(const CellIndex& classes, Acs acs) const {
    policy::Submission s = plainest_in(survey_.space(), survey_.classes(), classes);
    s.azure_communication_services = acs == Acs::alone;
    Witness out;
    out.client_ip = s.client_ip->text();
    const bool null = s.reverse_path.state == policy::ReversePath::State::null;
    out.mail_from = null ? "<>" : std::string(s.reverse_path.domain);
    out.rcpt_to = *s.recipient_domain;
    out.tls = s.tls == policy::Known::yes;
    out.certificate = s.certificate.subject;
    out.azure_communication_services = s.azure_communication_services;
    const policy::Verdict before = policy::decide(survey_.before().policy, s);
    const policy::Verdict after = policy::decide(survey_.after().policy, s);
    out.before = effect_of(before);
    out.after = effect_of(after);
    out.connector_before = name_at(survey_.before(), before.connector);
    out.connector_after = name_at(survey_.after(), after.connector);
    return out;
  }

  void add_connectors(const CellIndex& classes, Acs acs, Names& before, Names& after) const {
    before.insert(name_at(survey_.before(), decided(survey_.before(), classes, acs).connector));
    after.insert(name_at(survey_.after(), decided(survey_.after(), classes, acs).connector));
    before.erase("");
    after.erase("");
  }

  std::uint64_t weight_of(const Box& classes) const {
    std::uint64_t out = 1;
    for (const Dimension d : dimensions)
      out *= survey_.weight(d, classes[d]);
    return out;
  }

  Box box_of(const CellIndex& cell) const {
    Box out;
    for (const Dimension d : dimensions)
      out[d] = survey_.grid()->line(d, cell[d]);
    return out;
  }

  Told of_region(const Region& region, Code code, const Meaning& meaning) const {
    const Grid& grid = *survey_.grid();
    Told out{meaning, begun(meaning), code, grid.in_classes(region.box), {}};
    Statement& statement = out.statement;
    statement.where = wording_.where(out.classes);
    statement.as_before = region.as_before;
    Names before, after, as_before;
    std::optional<CellIndex> shown;
    unsigned plain = 0;
    std::size_t asked = 0;
    each_cell(region.box, [&](const CellIndex& cell) {
      const Code there = grid.at(cell);
      if (there == taken_as_before && region.as_before && ++asked <= most_asked) {
        add_connectors(classes_of(cell), meaning.acs, as_before, as_before);
      }
      if (there != code || !holds(region, cell, code)) return true;
      statement.kinds += weight_of(box_of(cell));
      if (++asked > most_asked) return true;
      const CellIndex classes = plainest_classes(cell);
      const unsigned here = plainness(survey_.space(), survey_.classes(), classes);
      if (!shown || here < plain) shown = classes;
      plain = shown == classes ? here : plain;
      add_connectors(classes, meaning.acs, before, after);
      return true;
    });
    if (shown) statement.witness = witness_of(*shown, meaning.acs);
    statement.connectors_before = as_list(before);
    statement.connectors_after = as_list(after);
    statement.as_before_by = as_list(as_before);
    for (const Box& exception : region.exceptions) {
      out.left_out.push_back(grid.in_classes(exception));
      statement.exceptions.push_back(exception_of(exception, out.left_out.back(), meaning.acs));
    }
    return out;
  }

  /// What comes of the mail that a statement leaves out.
  Exception exception_of(const Box& lines, const Box& classes, Acs acs) const {
    Exception out{wording_.where(classes), {}, {}};
    Names what, connectors, unused;
    bool taken = false;
    std::size_t asked = 0;
    each_cell(lines, [&](const CellIndex& cell) {
      const Code there = survey_.grid()->at(cell);
      const CellIndex inside = classes_of(cell);
      if (there == taken_as_before) {
        taken = true;
        return ++asked < most_asked;
      }
      Outcome outcome;
      outcome.effect = effect_of(decided(survey_.after(), inside, acs));
      const Effect effect_before = effect_of(decided(survey_.before(), inside, acs));
      const Change change = change_of(effect_before, outcome.effect);
      const bool unchanged = change == Change::none || change == Change::attribution;
      what.insert(unchanged ? stays(outcome) : std::string(words_of(change)) + ", told apart");
      if (is_accepted(outcome.effect)) add_connectors(inside, acs, unused, connectors);
      return ++asked < most_asked;
    });
    if (what.empty() && taken) what.insert("as before");
    out.what = as_list(what);
    out.connectors = as_list(connectors);
    return out;
  }

  /// Whether the other tenant has no connector that does the same.
  bool is_changed(const Variant& variant, const Variant& other, std::uint32_t connector) const {
    if (connector == policy::no_connector) return false;
    const auto [known, fresh] = changed_.emplace(std::pair(variant.side, connector), false);
    if (fresh) {
      const policy::InboundConnector& one = variant.policy.connector(connector);
      const auto& others = policy::tables_of(other.policy).connectors;
      known->second =
          std::none_of(others.begin(), others.end(), [&](const policy::InboundConnector& each) {
            return tenant::effective_changes(one, each).empty();
          });
    }
    return known->second;
  }

  /// All mail of one kind of change, by the clauses that decide it and the changed connectors.
  void add_causes(Change change, std::vector<Told>& out) const {
    using Key = std::tuple<Code, Acs, policy::Reason, policy::Reason, std::string, std::string>;
    std::map<Key, std::size_t> known;
    std::vector<Told> told;
    std::vector<unsigned> plain;
    for (const Cause& cause : survey_.causes()) {
      for (const Meaning& meaning : survey_.meanings(cause.code)) {
        if (meaning.change != change) continue;
        std::string before, after;
        if (is_changed(survey_.before(), survey_.after(), cause.connector_before)) {
          before = name_at(survey_.before(), cause.connector_before);
        }
        if (is_changed(survey_.after(), survey_.before(), cause.connector_after)) {
          after = name_at(survey_.after(), cause.connector_after);
        }
        const auto [found, added] = known.emplace(
            Key{cause.code, meaning.acs, cause.reason_before, cause.reason_after, before, after},
            told.size());
        if (added) {
          told.push_back({meaning, begun(meaning), cause.code, cause.frame, {}});
          plain.push_back(cause.plain + 1);
          Statement& statement = told.back().statement;
          statement.by_cause = true;
          if (!before.empty()) statement.connectors_before = {before};
          if (!after.empty()) statement.connectors_after = {after};
        }
        Told& one = told[found->second];
        one.statement.kinds += cause.kinds;
        for (const Dimension d : dimensions)
          one.classes[d] |= cause.frame[d];
        if (cause.plain < plain[found->second]) {
          plain[found->second] = cause.plain;
          one.statement.witness = witness_of(cause.example, meaning.acs);
        }
      }
    }
    for (Told& one : told) {
      one.statement.where = wording_.where(one.classes);
      out.push_back(std::move(one));
    }
  }

  const Survey& survey_;
  const Wording& wording_;
  mutable std::map<std::pair<std::size_t, std::uint32_t>, bool> changed_;
};

}  // namespace

std::vector<Told> statements_of(const Survey& survey, const Wording& wording) {
  return Teller(survey, wording).run();
}

void count_attribution(const Survey& survey, Difference& into) {
  Names names;
  for (const Cause& cause : survey.causes()) {
    const auto meanings = survey.meanings(cause.code);
    const bool counts = std::any_of(meanings.begin(), meanings.end(), [](const Meaning& meaning) {
      return meaning.change == Change::attribution && meaning.acs != Acs::alone;
    });
    if (!counts) continue;
    into.attribution_kinds += cause.kinds;
    names.insert(name_at(survey.before(), cause.connector_before));
    names.insert(name_at(survey.after(), cause.connector_after));
  }
  names.erase("");
  into.attribution_connectors = as_list(names);
}

}  // namespace postern::difference
