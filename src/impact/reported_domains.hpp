// Of which domains DMARC reports tell. Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "impact/distinct.hpp"
#include "impact/hash_counts.hpp"

namespace postern::impact {

/// A report about a domain covers those beneath it too, which have its record where they have none
/// of their own (RFC 9989, 4.10), so that silence about them means no mail; silence about a domain
/// of which nothing is told means that nobody reports on it.
class ReportedDomains {
 public:
  explicit ReportedDomains(HashSeed seed) : names_(200'000, seed) {}

  /// `author` is the domain of a message's From field, in normal form.
  void note(std::string_view author) {
    if (author == last_) return;
    last_ = author;
    names_.add(hash_text(author));
    for (author = parent_of(author); !author.empty(); author = parent_of(author))
      names_.add(hash_text(author) ^ above);
  }
  /// Those of `domains` that nothing tells of.
  [[nodiscard]] std::vector<std::string> silent(const std::vector<std::string>& domains) const {
    std::vector<std::string> out;
    for (const std::string& domain : domains) {
      if (!is_told_of(domain)) out.push_back(domain);
    }
    return out;
  }

 private:
  // A name of one label is nobody's domain.
  static std::string_view parent_of(std::string_view domain) noexcept {
    const std::size_t dot = domain.find('.');
    if (dot == std::string_view::npos) return {};
    domain.remove_prefix(dot + 1);
    return domain.find('.') == std::string_view::npos ? std::string_view{} : domain;
  }
  [[nodiscard]] bool is_told_of(std::string_view domain) const {
    if (names_.of(hash_text(domain) ^ above) > 0) return true;
    for (; !domain.empty(); domain = parent_of(domain)) {
      if (names_.of(hash_text(domain)) > 0) return true;
    }
    return false;
  }

  static constexpr std::uint64_t above = 0x9e3779b97f4a7c15u;
  HashCounts names_;  // the authors' domains; with that mark, what they lie beneath
  std::string last_;
};

}  // namespace postern::impact
