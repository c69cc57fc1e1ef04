// What new evidence shows of the mail that the stages of a plan look for: message by message, all
// that came, whether or not the switch concerns it. A connector makes a device's mail the
// organisation's own, and impact sets that aside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "base/prefix_table.hpp"
#include "base/time.hpp"
#include "evidence/message.hpp"
#include "plan/stage.hpp"
#include "policy/readings.hpp"

namespace postern::plan {

/// Messages of one sender that a connector was made for, since it was made.
struct Sightings {
  std::uint64_t taken = 0;  ///< the evidence names the connector
  /// No connector took it, and this one must have, whatever Microsoft's documents leave open.
  std::uint64_t missed = 0;
  std::uint64_t too_soon = 0;           ///< the same, within an hour after the connector was made
  std::uint64_t refused = 0;            ///< with 5.7.68
  std::uint64_t by_other = 0;           ///< another connector took it
  std::uint64_t untold = 0;             ///< the evidence tells neither
  std::uint64_t earlier = 0;            ///< before the connector was made: tells nothing
  std::optional<UnixTime> first, last;  ///< of all but the earlier ones
};

/// Messages of one sender that no connector can take.
struct Moves {
  std::uint64_t passes = 0;   ///< of the tenant's own by From or envelope, and not for the switch
  std::uint64_t refused = 0;  ///< the switch refuses it, whatever the documents leave open
  std::uint64_t untold = 0;   ///< a fact is lacking, or a choice decides
  std::uint64_t earlier = 0;
  std::optional<UnixTime> first, last;
};

/// What to look for, and since when.
struct LookFor {
  ExpectedMail mail;
  std::string certificate;        ///< the connector's; empty: it is by address
  std::optional<UnixTime> since;  ///< when the connector was made or changed
};

class NewMail {
 public:
  /// `planned` are of the tenant with the whole plan, and must outlive this. Nothing before `from`
  /// counts: when the plan was made, or the switch was turned.
  NewMail(const policy::Readings& planned, std::vector<LookFor>, std::vector<UnreachedSender>,
          UnixTime from);

  void see(const evidence::Message&);

  [[nodiscard]] const std::vector<LookFor>& looked_for() const noexcept { return looked_for_; }
  [[nodiscard]] const std::vector<Sightings>& sightings() const noexcept { return sightings_; }
  [[nodiscard]] const std::vector<UnreachedSender>& unreached() const noexcept {
    return unreached_;
  }
  [[nodiscard]] const std::vector<Moves>& moves() const noexcept { return moves_; }
  /// Messages refused with 5.7.68, by source, but those of senders that are looked for; without an
  /// address apart.
  [[nodiscard]] const std::map<IpAddress, std::uint64_t>& refused() const noexcept {
    return refused_;
  }
  [[nodiscard]] std::uint64_t refused_without_address() const noexcept {
    return refused_without_address_;
  }
  [[nodiscard]] std::uint64_t messages() const noexcept { return messages_; }  ///< since `from`
  [[nodiscard]] std::uint64_t earlier() const noexcept { return earlier_; }
  [[nodiscard]] std::uint64_t undated() const noexcept { return undated_; }
  [[nodiscard]] std::optional<UnixTime> last() const noexcept { return last_; }
  /// By UTC day, counted from 1970-01-01; since `from`.
  [[nodiscard]] const std::map<std::int64_t, std::uint64_t>& by_day() const noexcept {
    return by_day_;
  }

 private:
  bool credit(const evidence::Message&, std::string_view connector);
  bool look(std::size_t, const evidence::Message&);
  void look_moved(std::size_t, const evidence::Message&);
  [[nodiscard]] policy::Reading asked(const LookFor&, const evidence::Message&) const;
  [[nodiscard]] bool must_take(const LookFor&, const policy::Reading&) const;

  const policy::Readings& planned_;
  std::vector<LookFor> looked_for_;
  std::vector<Sightings> sightings_;
  std::vector<UnreachedSender> unreached_;
  std::vector<Moves> moves_;
  UnixTime from_;
  PrefixTable expected_at_, unreached_at_;
  std::map<std::string, std::vector<std::size_t>> by_connector_;  // name in lower case
  std::map<IpAddress, std::uint64_t> refused_;
  std::uint64_t refused_without_address_ = 0, messages_ = 0, earlier_ = 0, undated_ = 0;
  std::optional<UnixTime> last_;
  std::map<std::int64_t, std::uint64_t> by_day_;
};

}  // namespace postern::plan
