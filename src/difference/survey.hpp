// One pass over all mail under some policies: what a reader of the difference tells apart, where it
// stands, and for which cause.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "difference/classes.hpp"
#include "difference/difference.hpp"
#include "difference/grid.hpp"
#include "difference/planes.hpp"

namespace postern::difference {

/// What a code says of mail.
struct Meaning {
  Change change = Change::none;
  Change instead_of = Change::none;  ///< of another reading: under the files' own
  Effect before = Effect::accepted, after = Effect::accepted;
  Acs acs = Acs::too;
};

/// Mail of one code that is decided by the same clauses and connectors.
struct Cause {
  Code code = nothing;
  policy::Reason reason_before = policy::Reason::missing_facts;
  policy::Reason reason_after = policy::Reason::missing_facts;
  std::uint32_t connector_before = policy::no_connector;
  std::uint32_t connector_after = policy::no_connector;
  Box frame;                ///< of classes: the least that holds all of it
  std::uint64_t kinds = 0;  ///< of mail, Azure Communication Services not counted apart
  CellIndex example{};      ///< classes
  unsigned plain = 0;       ///< plainness() of the example
  std::uint64_t blocks = 0;
};

class Survey {
 public:
  /// `coded` gives each outcome its meanings; none where nobody need hear of it. The last two
  /// variants are the tenants before and after. Errors: too large.
  using Coder = std::function<std::vector<Meaning>(std::span<const Outcome>)>;
  static Result<Survey> over(const Space&, std::vector<Variant>, const Coder& coded);

  [[nodiscard]] const Classes& classes() const { return classes_; }
  [[nodiscard]] std::span<const Cause> causes() const { return causes_; }
  /// By code; those below two have none.
  [[nodiscard]] std::span<const Meaning> meanings(Code code) const { return meanings_[code]; }
  [[nodiscard]] std::size_t codes() const { return meanings_.size(); }
  /// Null where the table would be too large.
  [[nodiscard]] const Grid* grid() const { return has_grid_ ? &grid_ : nullptr; }
  [[nodiscard]] std::uint64_t decisions() const { return decisions_; }
  [[nodiscard]] const Variant& before() const { return variants_[variants_.size() - 2]; }
  [[nodiscard]] const Variant& after() const { return variants_.back(); }
  /// How many kinds of mail the classes of a dimension stand for.
  [[nodiscard]] std::uint64_t weight(Dimension, const Bits& classes) const;
  [[nodiscard]] const Space& space() const { return *space_; }

 private:
  Survey(const Space&, std::vector<Variant>);
  Result<void> run(const Coder&);
  Code code_of(std::span<const Outcome>, const Coder&);
  void add_cause(const Block&, Code, const Planes&);
  /// That decides the block's example.
  [[nodiscard]] std::uint32_t connector_of(const Block&, std::size_t variant, const Planes&) const;

  const Space* space_;
  std::vector<Variant> variants_;
  Classes classes_;
  Grid grid_;
  bool has_grid_ = false;
  std::uint64_t decisions_ = 0;
  std::array<std::vector<std::uint64_t>, 4> weights_;
  std::unordered_map<Key, Code, WordsHash> known_codes_;
  Key code_key_;
  std::vector<std::vector<Meaning>> meanings_;
  using CauseKey = std::tuple<Code, policy::Reason, policy::Reason, std::uint32_t, std::uint32_t>;
  std::map<CauseKey, std::size_t> cause_of_;
  std::vector<Cause> causes_;
};

/// How plainly a class can be shown: the least is best.
[[nodiscard]] unsigned plainness(const Space&, const Classes&, const CellIndex& classes);
/// The plainest part of each dimension in these classes, as a submission.
[[nodiscard]] policy::Submission plainest_in(const Space&, const Classes&,
                                             const CellIndex& classes);

}  // namespace postern::difference
