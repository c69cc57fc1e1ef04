// One connected socket, in the clear or under TLS, with a deadline for whatever it waits on. Idle
// it costs a few hundred octets: nothing is buffered here, and reads go into buffers that are lent
// while there is something to read.
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

/// All wires of one event loop, looked over once a second: cheaper than a timer each, and a
/// deadline needs no more precision.
class Deadlines {
 public:
  Deadlines() = default;
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;
  /// Wakes every wire whose deadline has passed.
  void sweep(Clock::time_point now);
  [[nodiscard]] std::size_t size() const noexcept { return wires_.size(); }

 private:
  friend class Wire;
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
  enum class End : std::uint8_t {
    none,     ///< still open
    closed,   ///< the peer closed, or is gone
    expired,  ///< the deadline passed
    broken,   ///< TLS or the socket failed
  };

  Wire(Deadlines& deadlines, Socket socket);
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire();

  /// For the operations from now on.
  void set_deadline(Clock::time_point at) noexcept { deadline_ = at; }
  void set_deadline(Seconds from_now) noexcept { deadline_ = Clock::now() + from_now; }

  /// Waits until read() has something to give; false where end() says why not. Holds no buffer.
  Awaitable<bool> readable();
  /// In the clear, and nothing was left by the last read: the next octets are likely still to come.
  [[nodiscard]] bool is_drained() const noexcept { return tls_ == nullptr && drained_; }
  /// The same as read() where is_drained(), for a buffer that is held while waiting: a system call
  /// less than readable() and read().
  Awaitable<std::size_t> receive(std::span<char> into);
  /// At least one octet; 0 where end() says why.
  Awaitable<std::size_t> read(std::span<char> into);
  /// All of it; false where end() says why.
  Awaitable<bool> write(std::string_view octets);
  /// What goes out without waiting; the rest is lost. For the last words of a session.
  void write_if_possible(std::string_view octets) noexcept;

  Awaitable<bool> accept_tls(const TlsContext&);
  Awaitable<bool> connect_tls(const TlsContext&, const std::string& host);
  [[nodiscard]] const ssl_st* tls() const noexcept { return tls_.get(); }
  /// Octets are there already, without waiting; also true where the peer has closed.
  [[nodiscard]] bool has_input() noexcept;

  [[nodiscard]] End end() const noexcept { return end_; }
  /// Takes an expired deadline back, so that something may still be said.
  void forgive() noexcept {
    if (end_ == End::expired) end_ = End::none;
  }
  /// Why TLS failed; a word of OpenSSL's.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }
  /// Wakes whatever waits, with End::expired.
  void expire();
  void close() noexcept;
  [[nodiscard]] Socket& socket() noexcept { return socket_; }

 private:
  friend class Deadlines;
  Awaitable<bool> wait(bool for_read);
  Awaitable<bool> shake_hands();
  // Of an OpenSSL operation that gave `result`: whether it may go on after waiting.
  Awaitable<bool> wait_for_tls(int result);

  Deadlines& deadlines_;
  Socket socket_;
  Ssl tls_;
  Clock::time_point deadline_;
  std::string fault_;
  std::size_t place_;  // in deadlines_
  End end_ = End::none;
  bool drained_ = true;  // the last read left nothing
};

std::string_view name_of(Wire::End) noexcept;

}  // namespace postern::gate
