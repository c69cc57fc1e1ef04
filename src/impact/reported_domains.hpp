// Of which domains DMARC reports tell. Internal to the room.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern::impact {

/// A report about a domain covers those beneath it too, which have its record where they have none
/// of their own (RFC 9989, 4.10), so that silence about them means no mail; silence about a domain
/// of which nothing is told means that nobody reports on it.
class ReportedDomains {
 public:
  /// The domains that are asked about, in normal form.
  explicit ReportedDomains(std::vector<std::string> domains) : domains_(std::move(domains)) {
    for (std::string_view name : domains_) {
      for (; !name.empty(); name = parent_of(name))
        names_.try_emplace(std::string(name));
    }
  }

  /// `author` is the domain that a report is about or that of the From field in one of its rows, in
  /// normal form.
  void note(std::string_view author) {
    if (author == last_) return;
    last_ = author;
    mark(author, &Told::itself);
    for (author = parent_of(author); !author.empty(); author = parent_of(author))
      mark(author, &Told::beneath);
  }
  /// The domains that nothing tells of.
  [[nodiscard]] std::vector<std::string> silent() const {
    std::vector<std::string> out;
    for (const std::string& domain : domains_) {
      if (!is_told_of(domain)) out.push_back(domain);
    }
    return out;
  }

 private:
  struct Told {
    bool itself = false;
    bool beneath = false;  ///< a name beneath it
  };

  // A name of one label is nobody's domain.
  static std::string_view parent_of(std::string_view domain) noexcept {
    const std::size_t dot = domain.find('.');
    if (dot == std::string_view::npos) return {};
    domain.remove_prefix(dot + 1);
    return domain.find('.') == std::string_view::npos ? std::string_view{} : domain;
  }
  void mark(std::string_view name, bool Told::*how) {
    if (const auto at = names_.find(name); at != names_.end()) at->second.*how = true;
  }
  [[nodiscard]] bool is_told_of(std::string_view domain) const {
    if (names_.find(domain)->second.beneath) return true;
    for (; !domain.empty(); domain = parent_of(domain)) {
      if (names_.find(domain)->second.itself) return true;
    }
    return false;
  }

  std::vector<std::string> domains_;
  std::map<std::string, Told, std::less<>> names_;  // the domains, and what they lie beneath
  std::string last_;
};

}  // namespace postern::impact
