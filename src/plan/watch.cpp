#include "plan/watch.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exchange/read_tenant.hpp"
#include "plan/organisation.hpp"

namespace postern::plan {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds first_pause{250};
constexpr milliseconds longest_pause{30'000};

// Often enough that each of several front ends is asked, seldom enough not to be throttled.
milliseconds pause_within(std::chrono::seconds hold) {
  return std::clamp<milliseconds>(milliseconds(hold) / 12, first_pause, milliseconds(5'000));
}

// For how long the readings have agreed.
class Agreement {
 public:
  void take(bool as_wanted, UnixTime asked, UnixTime answered) {
    if (!as_wanted) {
      readings_ = 0;
      return;
    }
    if (readings_ == 0) since_ = answered;
    last_ = asked;
    ++readings_;
  }
  [[nodiscard]] bool begun() const { return readings_ > 0; }
  // The clock counts whole seconds, so that only a difference of more than `hold` is one.
  [[nodiscard]] bool held(std::chrono::seconds hold) const {
    return begun() && (hold.count() == 0 || last_ - since_ > hold.count());
  }
  [[nodiscard]] unsigned readings() const { return readings_; }

 private:
  UnixTime since_ = 0;  // of the first of these readings
  UnixTime last_ = 0;
  unsigned readings_ = 0;  // one after the other
};

}  // namespace

Result<Reading> read_part(Part part, exchange::AdminInterface& admin) {
  static const std::vector<std::string_view> some = {"Get-OrganizationConfig",
                                                     "Get-InboundConnector"};
  auto read = exchange::read_tenant(admin, part == Part::all ? exchange::policy_cmdlets() : some);
  if (!read) return tl::unexpected(read.error());
  std::string organisation = organisation_of(*read);
  return Reading{std::move(read->tenant), std::move(organisation)};
}

Result<bool> watch(Part part, exchange::AdminInterface& admin, const Conditions& around,
                   const Patience& patience, const Judge& judge) {
  const UnixTime until = around.now() + patience.limit.count();
  milliseconds pause = first_pause;
  Agreement agreement;
  unsigned failed = 0;
  for (;;) {
    const UnixTime asked = around.now();
    const auto read = read_part(part, admin);
    if (read) {
      failed = 0;
      auto as_wanted = judge(*read);
      if (!as_wanted) return as_wanted;
      agreement.take(*as_wanted, asked, around.now());
      if (agreement.held(patience.hold)) {
        if (agreement.readings() >= patience.readings) return true;
        continue;  // nothing to wait for, only to read once more
      }
    } else if (++failed >= patience.failures) {
      return tl::unexpected(read.error());
    }
    const UnixTime left = until - around.now();
    if (left <= 0) {
      if (!read) return tl::unexpected(read.error());
      return false;
    }
    const bool begun = agreement.begun();
    const milliseconds wanted = begun ? pause_within(patience.hold) : pause;
    around.sleep(std::min<milliseconds>(wanted, std::chrono::seconds(left)));
    pause = begun ? first_pause : std::min(pause * 2, longest_pause);
  }
}

}  // namespace postern::plan
