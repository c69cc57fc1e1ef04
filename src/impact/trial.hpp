// A connector tried on the rule before its command is printed: whose mail would it newly refuse,
// whose would it let in? Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "impact/impact.hpp"
#include "policy/readings.hpp"

namespace postern::impact {

struct TrialOutcome {
  /// Why the command is not to be printed, one clause; empty: it does what it is for.
  std::string against;
  bool is_not_told = false;  ///< whether it would take the sender's mail
  /// Messages of others, and their senders, that come in today and would be refused at once.
  std::uint64_t refused = 0, refused_senders = 0;
  /// The same, let in with the switch on, which would be refused without the connector.
  std::uint64_t let_in = 0, let_in_senders = 0;
};

class Trial {
 public:
  /// Verdicts asked for in one run; what is not tried is not printed. Bounds the time.
  static constexpr std::size_t most_verdicts = 400'000;

  /// Both must outlive this. `readings` are of the tenant as it is.
  Trial(const policy::Readings& readings, const std::vector<Sender>& senders)
      : readings_(readings), senders_(senders) {}

  /// Whether the evidence tells the certificate of any message.
  [[nodiscard]] bool knows_certificates();

  /// nullopt where there is no time to try it, or the evidence was not kept to be decided again.
  std::optional<TrialOutcome> of(const policy::InboundConnector&, std::size_t sender);

 private:
  struct Before {
    policy::Action now, with_rejection;
  };
  void decide_before();

  const policy::Readings& readings_;
  const std::vector<Sender>& senders_;
  std::optional<bool> knows_certificates_;
  std::size_t shapes_ = 0;
  std::size_t verdicts_ = 0;
  std::vector<Before> before_;  // of every shape, in the order of the senders
};

}  // namespace postern::impact
