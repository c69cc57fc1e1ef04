// One client's session from its first octet to its last: a coroutine that moves octets between a
// Wire and a ServerSession, and hands what the client asks for to a Transaction or a SignIn.
#pragma once

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/socket_address.hpp"
#include "gate/session_clocks.hpp"
#include "gate/session_facts.hpp"
#include "gate/sign_in.hpp"
#include "gate/transaction.hpp"
#include "gate/worker.hpp"

namespace postern::gate {

class Connection {
 public:
  Connection(Worker& worker, Socket socket, const IpEndpoint& peer);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  Awaitable<void> run();
  /// The gate is stopping: an idle session wakes and ends.
  void drain();

 private:
  using Event = smtp::ServerSession::Event;

  Awaitable<bool> open();
  bool enter();
  Awaitable<bool> read_proxy_header();
  Awaitable<bool> greet();
  Awaitable<void> talk();
  Awaitable<bool> hear();
  Awaitable<std::size_t> read(Wire::Until until);
  Awaitable<bool> flush();
  void say_farewell();

  Awaitable<bool> start_tls();
  Awaitable<void> on_auth(bool first);
  void on_mail();
  Awaitable<void> on_recipient();
  Awaitable<void> on_data();
  Awaitable<void> on_message();
  void end_transaction();

  void answer(const smtp::Reply& reply) { session_.answer(reply, output_); }
  [[nodiscard]] LogLine line(std::string_view event, Weight = Weight::outcome) const;
  [[nodiscard]] Clock::time_point now() const { return worker_.deadlines.now(); }

  Worker& worker_;
  std::shared_ptr<const GateConfig> config_;  // of the session; a transaction takes the newest
  Wire wire_;
  smtp::ServerSession session_;
  SessionClocks clocks_;
  HopFacts hop_;
  SignIn sign_in_;
  std::unique_ptr<Transaction> transaction_;
  std::string output_;
  Buffers::Block block_;
  std::array<char, 256> command_;  // read into while no block is held
  std::string_view input_;
  IpAddress peer_;
  std::optional<IpAddress> admitted_;
  std::size_t place_;                       // in worker_.connections
  asio::steady_timer* greeting_ = nullptr;  // while the greeting is held back
  bool owes_outcome_ = false;               // the reply to a message is still to go out
};

}  // namespace postern::gate
