// How long a client may take. Each clock begins with an event and runs only while the client is
// waited for: what the next hop, DNS or a disk takes is on nobody's clock.
#pragma once

#include <cstddef>
#include <optional>

#include "gate/asio.hpp"
#include "gate/config.hpp"

namespace postern::gate {

class SessionClocks {
 public:
  using Time = Clock::time_point;

  /// The session begins. `times` must outlive it.
  SessionClocks(const SessionTimes& times, Time now) noexcept
      : times_(times), session_end_(now + times.session) {}

  /// MAIL was accepted: up to DATA, the client may take `message`.
  void envelope_begins() noexcept { envelope_ = times_.message; }
  /// DATA was answered 354: up to the final dot, `message` once more.
  void message_begins() noexcept {
    envelope_.reset();
    message_ = times_.message;
  }
  void transaction_ends() noexcept {
    envelope_.reset();
    message_.reset();
  }

  /// The client is waited for, from now until then. `line`: which line is half read; 0: none.
  Time wait(Time now, std::size_t line) noexcept;
  /// It was heard.
  void heard(Time now) noexcept;

 private:
  using Left = std::optional<Clock::duration>;

  const SessionTimes& times_;
  Time session_end_;
  Time waiting_since_{};
  Left line_;
  Left envelope_;
  Left message_;
  std::size_t line_number_ = 0;
};

}  // namespace postern::gate
