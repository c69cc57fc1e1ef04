// Parts of a dimension that no table of the policies at hand tells apart, as one class; and what
// the tables say of each class, as sets of connectors. All of it is asked of the functions that
// decide() asks (policy/matching.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "difference/bits.hpp"
#include "difference/space.hpp"
#include "policy/policy.hpp"

namespace postern::difference {

/// A policy that is compared: one of the space's tenants, under some choices.
struct Variant {
  std::size_t side = 0;
  policy::Policy policy;
};

/// Of one dimension: which parts make up each class. The first part of a class stands for it.
struct Grouping {
  std::vector<std::vector<std::size_t>> parts;  ///< by class
  std::vector<std::size_t> class_of;            ///< by part

  [[nodiscard]] std::size_t size() const { return parts.size(); }
  [[nodiscard]] std::size_t representative(std::size_t of_class) const {
    return parts[of_class].front();
  }
};

/// What one policy's tables say of each class.
struct Says {
  // By class of sender.
  std::vector<Bits> covers;         ///< enabled Partner connectors, as far as the sender decides
  std::vector<std::uint8_t> owned;  ///< 0: no; 1: yes; 2: at onmicrosoft.com
  // By class of recipient.
  std::vector<std::uint8_t> ours;
  std::vector<Bits> concerns;  ///< connectors that apply, as far as the recipient decides
  // By class of session.
  std::vector<Bits> certified;  ///< connectors whose certificate name is presented
  std::vector<std::uint8_t> originating;
};

class Classes {
 public:
  Classes(const Space&, std::span<const Variant>);

  Grouping senders, recipients, sessions;
  std::vector<Says> says;  ///< by variant

 private:
  void group_senders(const Space&, std::span<const Variant>);
  void group_recipients(const Space&, std::span<const Variant>);
  void group_sessions(const Space&, std::span<const Variant>);
};

}  // namespace postern::difference
