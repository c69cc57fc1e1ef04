// A client's sign-in, which the next hop alone can judge: the exchange runs over one connection,
// and once the hop agreed, the client's mail goes over the same.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "gate/next_hop.hpp"
#include "smtp/reply.hpp"

namespace postern::gate {

class SignIn {
 public:
  explicit SignIn(NextHops& hops) noexcept : hops_(hops) {}

  /// "PLAIN", or "PLAIN initial-response": begins anew at the wildcard route's next hop. The reply
  /// is for the client; what could not be reached is in fault().
  Awaitable<smtp::Reply> begin(std::shared_ptr<const Routes> routes,
                               std::shared_ptr<const NextHopOptions> options,
                               std::string_view text);
  /// The client's response to a 334.
  Awaitable<smtp::Reply> go_on(std::string_view response);
  /// Nobody is signed in, or about to be, any more: cancelled, STARTTLS, XCLIENT.
  void drop() noexcept;

  /// The connection of a client that the hop agreed to; null while it has not, or the hop was lost.
  [[nodiscard]] HopConnection* connection() const noexcept {
    return state_ == State::agreed ? connection_.get() : nullptr;
  }
  /// The hop had agreed, and its connection is gone: the client must sign in again.
  [[nodiscard]] bool is_lost() const noexcept { return state_ == State::lost; }
  /// The connection failed in a transaction.
  void lose() noexcept;
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

 private:
  enum class State : std::uint8_t { none, pending, agreed, lost };
  Awaitable<smtp::Reply> exchange(std::string line);

  NextHops& hops_;
  std::shared_ptr<const NextHopOptions> options_;
  std::unique_ptr<HopConnection> connection_;
  std::string fault_;
  State state_ = State::none;
};

}  // namespace postern::gate
