// Sets of parts of a dimension in the words of a mail administrator.
#pragma once

#include <string>
#include <vector>

#include "difference/classes.hpp"
#include "difference/grid.hpp"
#include "difference/space.hpp"

namespace postern::difference {

/// One dimension of a statement.
struct Words {
  bool everything = false;  ///< nothing to say: any
  std::string text;         ///< "your domains and <>", "any address but 203.0.113.0/24"
  /// What the text names, in full: the text stops after eight.
  std::vector<std::string> named;
};

/// Where a statement holds.
struct Where {
  Words senders, recipients, addresses, sessions;
  /// "from your domains to your domains, any address, with TLS".
  [[nodiscard]] std::string text() const;
};

class Wording {
 public:
  Wording(const Space&, const Classes&, const Pair&);
  /// Of sets of classes.
  [[nodiscard]] Where where(const Box&) const;
  /// Whether the senders, or the recipients, hold one that neither tenant accepts.
  [[nodiscard]] bool any_foreign(const Grouping&, const Bits& classes) const;

 private:
  [[nodiscard]] Words senders(const Bits&) const;
  [[nodiscard]] Words recipients(const Bits&) const;
  [[nodiscard]] Words addresses(const Bits&) const;
  [[nodiscard]] Words sessions(const Bits&) const;

  const Space& space_;
  const Classes& classes_;
  std::vector<bool> yours_;  ///< by part of `domains`: accepted by both tenants
};

}  // namespace postern::difference
