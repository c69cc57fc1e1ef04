// Which values of the bucket a gate may take yet: those up to a revision. Later ones wait.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace postern::cluster {

/// What became of a tenant in the bucket.
struct TenantChange {
  std::string id;
  std::uint64_t revision = 0;
  std::optional<std::string> value;  ///< as the bucket has it; nothing: taken away
  friend bool operator==(const TenantChange&, const TenantChange&) = default;
};

class Stage {
 public:
  explicit Stage(std::uint64_t limit) noexcept : limit_(limit) {}

  /// Changes of one tenant come in the order of their revisions.
  void add(TenantChange);
  /// A higher limit lets through what waited. A lower one holds back what comes: what was let
  /// through must be read again by whoever wants it undone.
  void set_limit(std::uint64_t limit);
  [[nodiscard]] std::uint64_t limit() const noexcept { return limit_; }
  /// What was let through since the last call: the newest of each tenant, by revision.
  std::vector<TenantChange> take();
  /// Tenants of which something waits.
  [[nodiscard]] bool waits(const std::string& id) const { return waiting_.contains(id); }
  /// What waits of each tenant, in the order of revisions; never an empty list.
  [[nodiscard]] const std::map<std::string, std::vector<TenantChange>>& waiting() const noexcept {
    return waiting_;
  }
  /// The oldest revision that waits; the highest number where none does.
  [[nodiscard]] std::uint64_t first_waiting() const noexcept;

 private:
  std::uint64_t limit_;
  std::map<std::string, TenantChange> through_;
  std::map<std::string, std::vector<TenantChange>> waiting_;
};

}  // namespace postern::cluster
