// One source of evidence that holds the mail of several tenants: each row goes to the tenants that
// it is of, and to no other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/reader.hpp"
#include "impact/impact.hpp"
#include "policy/policy.hpp"

namespace postern::impact {

/// What a source for several tenants held in all.
struct SharedRows {
  std::uint64_t rows = 0;
  std::uint64_t of_no_tenant = 0;  ///< messages that are neither from nor to any of them
  std::uint64_t not_relevant = 0;  ///< no messages, by what the format says
  std::uint64_t bad = 0;
  std::vector<std::string> remarks;  ///< what the readers found strange about whole files
};

/// A Sink that feeds one Collector a tenant. A message is of the tenant that accepts its recipient
/// (or, where no recipient is recorded, that received it) and of the tenant in whose domain it was
/// sent, or, where no recipient is told by address (a report), written. Where neither recipient nor
/// receiver is recorded and nobody owns the sender, every tenant hears of it, as it would from a
/// source of its own. A row that can't be read may be anybody's: each hears that there was one and
/// where, and nothing of what is in it.
class Dispatch final : public evidence::Sink {
 public:
  /// `owners` was compiled of the tenants in the order of `collectors`. All of them outlive this.
  Dispatch(const policy::Policy& owners, std::vector<Collector*> collectors);

  void message(const evidence::Message&) override;
  void not_relevant(evidence::NotRelevant) override;
  void bad(const evidence::BadRow&) override;
  void member_begins() override;
  void member_done(const evidence::Tally&) override;

  /// Call once a file, with what evidence::read returned. Each tenant is told of the rows that it
  /// was given.
  void file_done(const evidence::Tally&);
  [[nodiscard]] const SharedRows& rows() const noexcept { return rows_; }

 private:
  struct Level {
    std::vector<std::uint64_t> messages;  ///< by tenant, since the file or member began
    std::uint64_t bad = 0;
  };
  void give(std::uint32_t tenant, const evidence::Message&);
  void begin_level();

  const policy::Policy& owners_;
  std::vector<Collector*> collectors_;
  std::vector<Level> levels_;  ///< the file, then the members that are under way
  SharedRows rows_;
};

}  // namespace postern::impact
