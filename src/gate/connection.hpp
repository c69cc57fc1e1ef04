// One client's session from its first octet to its last: a coroutine that moves octets between a
// Wire, a ServerSession and a Delivery, and asks the judge.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gate/hold.hpp"
#include "gate/worker.hpp"
#include "judge/hearing.hpp"

namespace postern::gate {

class Connection {
 public:
  Connection(Worker& worker, Socket socket, IpAddress peer, std::uint16_t port);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  Awaitable<void> run();
  /// The gate is stopping: an idle session wakes and ends.
  void drain();

 private:
  using Event = smtp::ServerSession::Event;
  struct Open;  // a transaction under way

  Awaitable<bool> open();
  Awaitable<bool> read_proxy_header();
  Awaitable<bool> wait_before_greeting();
  Awaitable<void> talk();
  Awaitable<bool> read_more();
  Awaitable<bool> flush();
  void set_deadline();

  Awaitable<bool> start_tls();
  Awaitable<void> on_auth(std::string_view line, bool first);
  void on_mail();
  Awaitable<void> on_recipient();
  Awaitable<void> on_data();
  Awaitable<void> on_body(const Event& event);
  Awaitable<void> on_message();
  void abandon();

  Awaitable<bool> pass_on_header();
  Awaitable<smtp::Reply> pass_on_held();
  void hold(std::string_view octets);
  void begin_check();
  Awaitable<std::optional<auth::MessageAuthentication>> finish_check();
  std::string own_fields() const;
  void complete_header();
  std::string edited(const judge::MessageAnswer& answer);
  judge::SessionFacts& facts();
  void log_refusal(const smtp::Reply& reply, std::string_view reason);
  void answer(const smtp::Reply& reply) { session_.answer(reply, output_); }
  LogLine line(std::string_view event) const;

  Worker& worker_;
  std::shared_ptr<const GateConfig> config_;  // of the session; a transaction takes the newest
  Wire wire_;
  smtp::ServerSession session_;
  std::string output_;
  std::unique_ptr<judge::SessionFacts> facts_;  // once there is mail
  std::unique_ptr<Open> open_;
  std::unique_ptr<PeerCertificate> certificate_;
  std::unique_ptr<HopConnection> personal_;  // the next hop that this client signed in to
  Buffers::Block block_;
  std::array<char, 256> command_;  // read into while no block is held
  std::string_view input_;
  IpAddress peer_;
  std::optional<IpAddress> admitted_;
  Clock::time_point session_end_;
  Clock::time_point message_end_ = Clock::time_point::max();
  std::size_t place_;  // in worker_.connections
};

}  // namespace postern::gate
