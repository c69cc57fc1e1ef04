// One transaction's way onwards: to a next hop, or into a Maildir. A message counts as taken only
// when finish() gave a 2xx reply; before that nothing of it is anybody's but the client's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gate/asio.hpp"
#include "message/path.hpp"
#include "smtp/reply.hpp"
#include "smtp/server_session.hpp"

namespace postern::gate {

class Delivery {
 public:
  Delivery() = default;
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;
  virtual ~Delivery() = default;

  /// Another recipient of the transaction; gives the reply for the client.
  virtual Awaitable<smtp::Reply> recipient(const message::Address&) = 0;
  /// The message may come (354), or not.
  virtual Awaitable<smtp::Reply> begin() = 0;
  /// Octets of the message, dots doubled. False: it failed, and finish() will say why.
  virtual Awaitable<bool> write(std::string_view octets) = 0;
  /// The message is complete.
  virtual Awaitable<smtp::Reply> finish() = 0;
  /// Nothing of it is to be delivered. What goes on with a connection goes on by itself.
  virtual void abandon() = 0;
  /// Who took it, for the log: "192.0.2.1:25", "maildir".
  [[nodiscard]] virtual std::string name() const = 0;
};

}  // namespace postern::gate
