// Rows of a ledger counted by one of their columns.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "ledger/record.hpp"

namespace postern::ledger {

enum class GroupedBy : std::uint8_t { sender, client, recipient, reason };

std::string_view name_of(GroupedBy) noexcept;  ///< "sender", …
std::optional<GroupedBy> grouped_by(std::string_view name) noexcept;

class Summary {
 public:
  struct Group {
    std::array<std::uint64_t, 4> outcomes{};  ///< by Outcome
    UnixTime first = 0;
    UnixTime last = 0;
    /// Of the other side: clients of a sender, senders of a client. The first `most_others`.
    std::set<std::string> others;
    [[nodiscard]] std::uint64_t count(Outcome outcome) const noexcept {
      return outcomes[static_cast<std::size_t>(outcome)];
    }
    [[nodiscard]] std::uint64_t total() const noexcept;
  };
  static constexpr std::size_t most_others = 1000;

  explicit Summary(GroupedBy by) noexcept : by_(by) {}
  void add(const Record&);

  [[nodiscard]] GroupedBy by() const noexcept { return by_; }
  /// The largest first. Valid until the next add().
  [[nodiscard]] std::vector<std::pair<std::string_view, const Group*>> groups() const;

 private:
  GroupedBy by_;
  std::map<std::string, Group> groups_;
};

}  // namespace postern::ledger
