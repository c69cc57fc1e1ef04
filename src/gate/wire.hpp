// One connected socket, in the clear or under TLS. Each wait has a deadline of its own, and a wire
// that nobody waits on has none: what a client is allowed never runs on while somebody else is
// awaited. Idle it costs a few hundred octets: nothing is buffered here, and reads go into buffers
// that are lent while there is something to read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gate/asio.hpp"
#include "gate/tls.hpp"

namespace postern::gate {

class Wire;

/// The clock of one event loop, and all its wires, looked over once a second: cheaper than a timer
/// each, and a deadline needs no more precision.
class Deadlines {
 public:
  using Now = Clock::time_point (*)();

  explicit Deadlines(Now clock = &Clock::now) noexcept : now_(clock) {}
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;
  [[nodiscard]] Clock::time_point now() const { return now_(); }
  /// Wakes every wait whose deadline has passed.
  void sweep();
  [[nodiscard]] std::size_t size() const noexcept { return wires_.size(); }

 private:
  friend class Wire;
  Now now_;
  std::vector<Wire*> wires_;
};

/// Blocks of memory for reading, lent and given back within one event loop.
class Buffers {
 public:
  static constexpr std::size_t block_size = 16384;
  using Block = std::unique_ptr<char[]>;

  Block take();
  void give_back(Block block);

 private:
  static constexpr std::size_t most_kept = 64;
  std::vector<Block> free_;
};

class Wire {
 public:
  /// The end of one wait.
  using Until = Clock::time_point;

  enum class End : std::uint8_t {
    none,     ///< still open
    closed,   ///< the peer closed, or is gone
    expired,  ///< a wait took too long, or was called off
    broken,   ///< TLS or the socket failed
  };
  enum class Input : std::uint8_t { none, octets, end };

  Wire(Deadlines& deadlines, Socket socket);
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire();

  /// For a wait that begins now.
  [[nodiscard]] Until within(Clock::duration time) const { return deadlines_.now() + time; }

  /// False where end() or, where nobody listens, fault() says why.
  Awaitable<bool> connect(const Socket::endpoint_type& endpoint, Until until);
  /// Waits until read() has something to give; false where end() says why not. Holds no buffer.
  Awaitable<bool> readable(Until until);
  /// In the clear, and nothing was left by the last read: the next octets are likely still to come.
  [[nodiscard]] bool is_drained() const noexcept { return tls_ == nullptr && drained_; }
  /// The same as read() where is_drained(), for a buffer that is held while waiting: a system call
  /// less than readable() and read().
  Awaitable<std::size_t> receive(std::span<char> into, Until until);
  /// At least one octet; 0 where end() says why.
  Awaitable<std::size_t> read(std::span<char> into, Until until);
  /// All of it; false where end() says why.
  Awaitable<bool> write(std::string_view octets, Until until);
  /// What goes out without waiting; the rest is lost. For the last words of a session.
  void write_if_possible(std::string_view octets) noexcept;

  Awaitable<bool> accept_tls(const TlsContext& context, Until until);
  Awaitable<bool> connect_tls(const TlsContext& context, const std::string& host, Until until);
  [[nodiscard]] const ssl_st* tls() const noexcept { return tls_.get(); }
  /// What is there already, without waiting.
  [[nodiscard]] Input input() noexcept;

  [[nodiscard]] End end() const noexcept { return end_; }
  /// Takes an expired deadline back, so that something may still be said.
  void forgive() noexcept {
    if (end_ == End::expired) end_ = End::none;
  }
  /// Why connecting or TLS failed, in the words of the system or of OpenSSL.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }
  /// Ends a wait that is under way, with End::expired; else nothing.
  void call_off();
  void close() noexcept;

 private:
  friend class Deadlines;
  class Waiting;
  Awaitable<bool> wait(bool for_read, Until until);
  bool has_had_its_share(std::size_t octets) noexcept;
  Awaitable<void> let_others();
  Awaitable<bool> shake_hands(Until until);
  // Of an OpenSSL operation that gave `result`: whether it may go on after waiting.
  Awaitable<bool> wait_for_tls(int result, Until until);

  Deadlines& deadlines_;
  Socket socket_;
  Ssl tls_;
  Until until_;  // of the wait that is under way; else the end of time
  std::string fault_;
  std::size_t place_;         // in deadlines_
  std::size_t unshared_ = 0;  // octets moved since others had their turn
  End end_ = End::none;
  bool drained_ = true;  // the last read left nothing
};

std::string_view name_of(Wire::End) noexcept;

}  // namespace postern::gate
