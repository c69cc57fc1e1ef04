#include "cluster/out_of_reach.hpp"

#include <utility>

#include <fmt/format.h>

namespace postern::cluster {

OutOfReach::Read OutOfReach::read(const std::string& id, const std::vector<TenantChange>& forms) {
  Read out{forms.back().revision, forms.size(), {}};
  for (const TenantChange& form : forms) {
    if (!form.value) continue;
    // Of one that can't be read nobody knows the domains.
    const auto read = configuration_of(*form.value, id);
    if (!read) continue;
    const auto& domains = read->tenant.accepted_domains;
    out.domains.insert(out.domains.end(), domains.begin(), domains.end());
  }
  return out;
}

void OutOfReach::look(const Stage& stage, const Fleet& fleet) {
  why_.clear();
  std::map<std::string, Read> before = std::exchange(read_, {});
  for (const auto& [id, forms] : stage.waiting()) {
    if (fleet.has(id)) {
      const std::uint64_t revision = fleet.revision_of(id);
      if (revision != 0 && revision <= stage.limit()) continue;
      why_[id] = fmt::format(
          "up to revision {}: no such form is kept, so it can't be taken back; {} stays in force",
          stage.limit(), revision == 0 ? "what was" : fmt::format("revision {}", revision));
      continue;
    }
    // Taken away since, for all that is known.
    if (!forms.back().value) continue;
    why_[id] = fmt::format("up to revision {}: no such form is kept, and none is in force here",
                           stage.limit());
    const auto known = before.find(id);
    const bool is_news = known == before.end() || known->second.forms != forms.size() ||
                         known->second.newest != forms.back().revision;
    read_[id] = is_news ? read(id, forms) : std::move(known->second);
  }
}

std::vector<policy::AcceptedDomain> OutOfReach::domains() const {
  std::vector<policy::AcceptedDomain> out;
  for (const auto& [id, read] : read_)
    out.insert(out.end(), read.domains.begin(), read.domains.end());
  return out;
}

}  // namespace postern::cluster
