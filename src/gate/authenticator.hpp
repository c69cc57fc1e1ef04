// Who a message is from: SPF, DKIM, DMARC and ARC of a message that the judge asks about, while it
// comes. One object an event loop; answers come on that loop.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "auth/message_check.hpp"
#include "base/time.hpp"
#include "message/header.hpp"

namespace postern::gate {

class Authenticator {
 public:
  /// One message's check. Destroying it drops it.
  class Check {
   public:
    virtual ~Check() = default;
    /// The body in pieces of any size, without doubled dots.
    virtual void add_body(std::string_view piece) = 0;
    /// Once, after the whole body. `done` is called once: before finish() returns, or later.
    virtual void finish(std::function<void(const auth::MessageAuthentication&)> done) = 0;
  };

  virtual ~Authenticator() = default;
  /// `header` without doubled dots, as the judge reads it; it may go afterwards.
  virtual std::unique_ptr<Check> begin(auth::ConnectionFacts facts,
                                       const message::HeaderBlock& header, UnixTime now,
                                       auth::MessageCheckOptions options) = 0;
};

}  // namespace postern::gate
