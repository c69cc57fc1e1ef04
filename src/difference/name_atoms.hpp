// All domain names there can be, in finitely many parts: each name that a table holds, what is
// below it with no nearer name held, and every other. Nothing in the tables tells two names of one
// part apart, since they are only ever compared with names held, themselves or their parents.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace postern::difference {

class NameAtoms {
 public:
  enum class Kind : std::uint8_t { other, exact, below };
  struct Atom {
    Kind kind = Kind::other;
    std::string name;            ///< the name held; empty for other
    std::string representative;  ///< a name of this part
  };
  static constexpr std::size_t other = 0;

  /// Names in normal form.
  explicit NameAtoms(const std::set<std::string>& names);

  [[nodiscard]] std::span<const Atom> all() const { return atoms_; }
  [[nodiscard]] const Atom& operator[](std::size_t i) const { return atoms_[i]; }
  [[nodiscard]] std::size_t size() const { return atoms_.size(); }
  /// The part of a name in normal form; an empty one is in `other`.
  [[nodiscard]] std::size_t find(std::string_view name) const;
  /// The part of a name that a certificate presents: "*.contoso.com" is below contoso.com.
  [[nodiscard]] std::size_t find_presented(std::string_view name) const;

 private:
  [[nodiscard]] std::size_t find_below(std::string_view name) const;

  std::vector<Atom> atoms_;
  std::unordered_map<std::string_view, std::size_t> exact_;  ///< views go into atoms_
};

}  // namespace postern::difference
