#include "difference/name_atoms.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/domain.hpp"

namespace postern::difference {
namespace {

/// RFC 1035, 2.3.4: a name has at most 255 octets on the wire, 253 in text.
constexpr std::size_t longest_name = 253;

// "x.contoso.com", where nobody holds that.
std::string unused_below(const std::set<std::string>& names, const std::string& name) {
  std::string below = fmt::format("x.{}", name);
  for (int i = 1; names.contains(below); ++i)
    below = fmt::format("x{}.{}", i, name);
  return below;
}

// A name that is neither held nor below one that is. RFC 2606 keeps "example" free.
std::string unused(const std::set<std::string>& names) {
  std::string top = "example";
  for (int i = 1; names.contains(top); ++i)
    top = "example" + std::to_string(i);
  std::string name = "other." + top;
  while (names.contains(name))
    name.insert(0, "an");
  return name;
}

}  // namespace

NameAtoms::NameAtoms(const std::set<std::string>& names) {
  atoms_.push_back({Kind::other, {}, unused(names)});
  for (const std::string& name : names) {
    atoms_.push_back({Kind::exact, name, name});
    std::string below = unused_below(names, name);
    if (below.size() <= longest_name) atoms_.push_back({Kind::below, name, std::move(below)});
  }
  for (std::size_t i = 0; i < atoms_.size(); ++i) {
    if (atoms_[i].kind == Kind::exact) exact_.emplace(atoms_[i].name, i);
  }
}

std::size_t NameAtoms::find(std::string_view name) const {
  const auto found = exact_.find(name);
  return found != exact_.end() ? found->second : find_below(parent_domain(name));
}

std::size_t NameAtoms::find_presented(std::string_view name) const {
  return name.starts_with("*.") ? find_below(name.substr(2)) : find(name);
}

std::size_t NameAtoms::find_below(std::string_view name) const {
  for (; !name.empty(); name = parent_domain(name)) {
    const auto found = exact_.find(name);
    if (found != exact_.end()) return found->second + 1;  // what is below stands next to it
  }
  return other;
}

}  // namespace postern::difference
