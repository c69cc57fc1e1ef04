// The tenants that a gate serves, each in its last good form, and the judgement made of them all. A
// tenant that can't be read, does not compile, or claims another's domain harms nobody else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cluster/stage.hpp"
#include "judge/judge.hpp"
#include "policy/assembly.hpp"
#include "tenant/configuration.hpp"

namespace postern::cluster {

/// Reads a tenant's value and compiles it alone: what a gate does with it, and what a push tries
/// first.
tl::expected<tenant::Configuration, std::vector<Error>> configuration_of(std::string_view value,
                                                                         const std::string& id);

class Fleet {
 public:
  /// A tenant whose newest form is not in force.
  struct Fault {
    std::uint64_t revision = 0;
    std::string why;  ///< one line
    /// Kept where another tenant may let go of what this one claims.
    std::optional<std::string> value;
  };

  /// Takes changes in their order. Those that are no news (an older revision, what is in force
  /// already) change nothing. True where something in force changed.
  bool apply(std::vector<TenantChange> changes);

  /// An earlier form of a tenant that is in force in none, because its newest is faulty, which
  /// stays told. True where it is in force now.
  bool fall_back(TenantChange earlier);

  /// What is in force gives way to whatever comes, older or of another bucket. A revision of
  /// another bucket says nothing in this one, and is 0 from then on.
  void yield(bool to_another_bucket);

  /// Domains of tenants that are known to be there, and of which no form may be taken: mail for
  /// them waits, rather than being refused as a stranger's. True where they are others than before.
  bool await(std::vector<policy::AcceptedDomain> domains);
  [[nodiscard]] const std::vector<policy::AcceptedDomain>& awaited() const noexcept {
    return awaited_;
  }

  /// Of all tenants in force, in the order of their IDs. What the settings say of tenants and
  /// domains that are not in force waits for them. Errors: what contradicts the settings.
  tl::expected<std::shared_ptr<const judge::Judge>, std::vector<Error>> judgement(
      const judge::Settings&);

  [[nodiscard]] std::size_t size() const noexcept { return members_.size(); }
  [[nodiscard]] bool has(const std::string& id) const { return members_.contains(id); }
  [[nodiscard]] const std::map<std::string, Fault>& faults() const noexcept { return faults_; }
  [[nodiscard]] std::vector<std::string> ids() const;
  /// The revision of a tenant in force; 0: it is not, or its revision is not known.
  [[nodiscard]] std::uint64_t revision_of(const std::string& id) const;
  /// The values in force, for a snapshot.
  [[nodiscard]] std::vector<TenantChange> values() const;

 private:
  struct Member {
    std::uint64_t revision = 0;
    std::string value;
    bool yields = false;  // to any revision
  };
  bool take(TenantChange& change);

  std::map<std::string, Member> members_;
  policy::Assembly tenants_;  // the same, compiled
  std::map<std::string, Fault> faults_;
  std::vector<policy::AcceptedDomain> awaited_;
};

}  // namespace postern::cluster
