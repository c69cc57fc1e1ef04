// libnats for the files of this room that are built with it, and for no others.
#pragma once

#include <cstdint>
#include <memory>
#include <nats/nats.h>
#include <string>

#include "base/result.hpp"
#include "cluster/connection.hpp"

namespace postern::cluster {

/// Calls the library's function for whatever it made.
template <auto destroy>
struct Destroyer {
  template <class T>
  void operator()(T* thing) const noexcept {
    destroy(thing);
  }
};
using NatsMessage = std::unique_ptr<natsMsg, Destroyer<&natsMsg_Destroy>>;
using NatsSubscription = std::unique_ptr<natsSubscription, Destroyer<&natsSubscription_Destroy>>;
using NatsStreamInfo = std::unique_ptr<jsStreamInfo, Destroyer<&jsStreamInfo_Destroy>>;

struct Connection::Handle {
  natsConnection* connection = nullptr;
  jsCtx* jetstream = nullptr;  ///< waits 2 s for each answer

  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle();
};

/// How long an answer of JetStream may take, in milliseconds: what a frozen server costs.
inline constexpr std::int64_t answer_time = 2000;

/// What a call failed with. `what` is the clause before the reason: "can't be read".
Error nats_error(natsStatus status, const std::string& what, const Connection& connection);

}  // namespace postern::cluster
