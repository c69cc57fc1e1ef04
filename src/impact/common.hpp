// Senders that many tenants have in common. What is shared between tenants is a name that a
// stranger's server carries in public, and how many of them saw it; never an address, a domain or a
// person of a tenant.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "impact/impact.hpp"
#include "impact/services.hpp"

namespace postern::impact {

/// One of a tenant's senders as another tenant may know it too.
struct SeenSender {
  std::string name;  ///< of the service; else the registrable part of its servers' names
  bool is_service = false;
  bool is_yours = false;  ///< certain to be the tenant's own, or presumed so
  bool is_lost = false;   ///< some of its mail would be refused, or may be

  friend bool operator==(const SeenSender&, const SeenSender&) = default;
};

/// By name, each once. Senders without a server's name can't be told again, and what looks forged
/// is left out: it may carry any name.
std::vector<SeenSender> seen_senders(const Report&, const Services&);

struct CommonSender {
  std::string name;
  bool is_service = false;
  std::uint64_t tenants = 0;  ///< that see it
  std::uint64_t yours = 0;    ///< of these, to whom it is certain or presumed to be their own
  std::uint64_t lost = 0;     ///< of these, whose mail from it would be refused, or may be
};

/// So many tenants must see a sender before it is named to all: fewer would tell of them.
constexpr std::uint64_t fewest_in_common = 3;

class CommonSenders {
 public:
  /// One tenant's. `domains` are its accepted ones: what lies at one of them is that tenant's own
  /// and is never named.
  void add(const std::vector<SeenSender>&, const std::vector<std::string>& domains);
  /// Those of many tenants, most tenants first, then by name.
  [[nodiscard]] std::vector<CommonSender> result() const;

 private:
  std::vector<CommonSender> all_;  ///< by name
  std::set<std::string, std::less<>> own_;
};

/// Entries for a file of services (--services), for what is in common and no service yet. A person
/// must look at each: the names are hints.
std::string proposed_services(const std::vector<CommonSender>&);

}  // namespace postern::impact
