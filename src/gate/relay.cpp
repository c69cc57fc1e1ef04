// A transaction over a next hop.
#include "gate/relay.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace postern::gate {
namespace {

using Kind = smtp::ClientSession::Kind;
using Event = smtp::ClientSession::Event;
using smtp::Reply;

bool is_ascii(std::string_view octets) noexcept {
  return std::all_of(octets.begin(), octets.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

class Relay final : public Delivery {
 public:
  Relay(NextHops& hops, std::shared_ptr<const NextHopOptions> options,
        std::shared_ptr<const Routes> routes, const Route& route, smtp::ClientAttributes client,
        const smtp::MailFrom& mail, SignIn& sign_in)
      : hops_(hops),
        options_(std::move(options)),
        routes_(std::move(routes)),
        route_(route),
        client_(std::move(client)),
        mail_(mail.wire()),
        parameters_{mail.size, mail.body, mail.smtputf8},
        sign_in_(sign_in) {}

  ~Relay() override { Relay::abandon(); }

  Awaitable<Reply> recipient(const message::Address& address) override {
    if (refusal_) co_return *refusal_;
    const std::string path = '<' + address.text + '>';
    if (connection_ == nullptr) co_return co_await first_recipient(path);
    if (ascii_hop_ && !is_ascii(path)) co_return no_smtputf8();
    // RFC 2033 gives a reply for each recipient after the message, and SMTP has only one to pass
    // on; so each gets a transaction of its own.
    if (connection_->hop.lmtp && accepted_ > 0) {
      co_return Reply{452, "4.5.3", "One recipient a message here, send again"};
    }
    connection_->session.rcpt(path);
    co_return take(co_await connection_->reply(options_->command));
  }

  Awaitable<Reply> begin() override {
    if (connection_ == nullptr) co_return lost_;
    connection_->session.data();
    const Event event = co_await connection_->reply(options_->command);
    if (event.kind != Kind::reply) co_return lose(event);
    if (!event.reply.intermediate()) co_return for_client(event.reply);
    in_message_ = true;
    co_return Reply{354, "", "End data with <CR><LF>.<CR><LF>"};
  }

  Awaitable<bool> write(std::string_view octets) override {
    if (connection_ == nullptr) co_return false;
    const bool is_header = !std::exchange(header_written_, true);
    // RFC 6531, 3.6: nor must such a header.
    if (ascii_hop_ && is_header && !is_ascii(octets)) {
      lost_ = no_smtputf8();
      drop();
      co_return false;
    }
    // RFC 6152, 3: such octets must not go to a hop that does not take them.
    if (seven_bit_hop_ && !is_ascii(octets)) {
      // Half of it may be there already.
      lost_ = {550, "5.6.3", "The next mail server takes no 8BITMIME"};
      drop();
      co_return false;
    }
    // A small message goes out in one piece, with its dot.
    if (pending_.size() + octets.size() <= Buffers::block_size) {
      pending_ += octets;
      co_return true;
    }
    Wire& wire = connection_->wire;
    const Wire::Until until = wire.within(options_->block);
    const bool written = co_await wire.write(pending_, until) && co_await wire.write(octets, until);
    pending_.clear();
    if (written) co_return true;
    // It may have said why before it closed.
    const Event event = co_await connection_->next(Seconds(1));
    lose(event);
    if (event.reply.permanent() || event.reply.transient()) lost_ = for_client(event.reply);
    co_return false;
  }

  Awaitable<Reply> finish() override {
    if (connection_ == nullptr) co_return lost_;
    // It may have given up on the message already. What came before the dot is no answer to it.
    if (connection_->has_input()) {
      const Event event = co_await connection_->next(Seconds(1));
      lose(event);
      co_return event.reply.permanent() || event.reply.transient() ? for_client(event.reply)
                                                                   : lost_;
    }
    connection_->session.output() = std::move(pending_);
    pending_.clear();
    connection_->session.end_of_message();
    const Event event = co_await connection_->reply(options_->message);
    // The hop may have taken it all the same: RFC 1047. The client will send it again.
    if (event.kind != Kind::reply) co_return lose(event);
    in_message_ = false;
    release();
    co_return for_client(event.reply);
  }

  void abandon() override {
    if (connection_ == nullptr) return;
    if (in_message_) {
      // Half a message must not look like a whole one: no dot, no QUIT, only the end.
      drop();
      return;
    }
    if (connection_->has_input()) {
      drop();
      return;
    }
    if (connection_->session.reset()) {
      connection_->wire.write_if_possible(connection_->session.output());
      connection_->session.output().clear();
      connection_->resetting = true;
    }
    release();
  }

  std::string name() const override { return name_; }

 private:
  Awaitable<Reply> first_recipient(std::string path) {
    for (bool fresh = false;;) {
      connection_ = sign_in_.connection();
      if (connection_ != nullptr) {
        if (connection_->resetting) {
          const Event event = co_await connection_->reply(options_->command);
          if (event.kind != Kind::reply) co_return lose(event);
          connection_->resetting = false;
        }
      } else {
        auto opened = co_await hops_.open(route_, *options_, fresh);
        if (!opened.connection) {
          name_ = opened.fault;
          co_return Reply{451, "4.4.1", "The next mail server can't be reached, try again later"};
        }
        own_ = std::move(opened.connection);
        connection_ = own_.get();
      }
      name_ = connection_->hop.text();
      const bool reused = connection_->reused;
      const Reply reply = co_await envelope(path);
      // A kept connection may have ended just now; nothing of this transaction was taken.
      if (connection_ == nullptr && reused && !answered_) {
        fresh = true;
        continue;
      }
      co_return reply;
    }
  }

  // XCLIENT, MAIL and the first RCPT.
  Awaitable<Reply> envelope(const std::string& path) {
    auto& session = connection_->session;
    answered_ = false;
    // XCLIENT would undo the client's own sign-in.
    if (connection_->hop.xclient && own_ != nullptr && !session.extensions().xclient.empty()) {
      if (auto refused = co_await introduce()) co_return std::move(*refused);
    }
    // Many clients say SMTPUTF8 of every message. What is ASCII needs it nowhere.
    ascii_hop_ = parameters_.smtputf8 && !session.extensions().smtputf8;
    if (ascii_hop_ && !(is_ascii(mail_) && is_ascii(path))) {
      refusal_ = no_smtputf8();
      release();
      co_return *refusal_;
    }
    seven_bit_hop_ =
        parameters_.body == smtp::Body::eight_bit_mime && !session.extensions().eight_bit_mime;
    if (!session.mail(mail_, parameters_)) co_return lose({});
    const bool together = session.extensions().pipelining;
    if (together) session.rcpt(path);
    Event event = co_await connection_->reply(options_->command);
    if (event.kind != Kind::reply) co_return lose(event);
    answered_ = true;
    if (!event.reply.positive()) {
      refusal_ = for_client(event.reply);
      if (together) {
        event = co_await connection_->reply(options_->command);
        if (event.kind != Kind::reply) lose(event);
      }
      release();
      co_return *refusal_;
    }
    if (!together) session.rcpt(path);
    co_return take(co_await connection_->reply(options_->command));
  }

  // XCLIENT. Never are MAIL and RCPT said without it: the client would pass for the gate.
  Awaitable<std::optional<Reply>> introduce() {
    auto& session = connection_->session;
    smtp::ClientAttributes client = client_;
    for (;;) {
      if (!session.xclient(client)) co_return std::nullopt;
      connection_->speaks_for = true;
      Event event = co_await connection_->reply(options_->command);
      if (event.kind == Kind::reply && event.reply.positive()) {
        event = co_await connection_->next(options_->command);
        if (event.kind == Kind::ready) co_return std::nullopt;
      } else if (event.kind == Kind::reply && event.reply.code == 501 && client.address) {
        // Postfix with inet_protocols = ipv4 takes no IPv6 address.
        if (hops_.on_xclient_fault) hops_.on_xclient_fault(connection_->hop, event.reply);
        client.address.reset();
        continue;
      }
      // What it says of the client is its answer; 421 on a kept connection is about that.
      const bool ended = event.reply.code == 421 && connection_->reused;
      if (event.reply.code < 400 || ended) co_return lose(event);
      answered_ = true;
      refusal_ = for_client(event.reply);
      drop();
      co_return *refusal_;
    }
  }

  static Reply no_smtputf8() { return {550, "5.6.7", "The next mail server takes no SMTPUTF8"}; }

  Reply take(const Event& event) {
    if (event.kind != Kind::reply) return lose(event);
    accepted_ += event.reply.positive() ? 1 : 0;
    return for_client(event.reply);
  }

  Reply lose(const Event& event) {
    name_ += fmt::format(" at {}: {}", smtp::name_of(event.stage), event.what);
    // first_recipient() asks anew where a kept connection ended just now.
    const bool again = connection_ != nullptr && connection_->reused && !answered_;
    if (!again) hops_.failures.add();
    drop();
    lost_ = Reply{451, "4.4.2", "The next mail server was lost, try again later"};
    if (answered_) refusal_ = lost_;
    return lost_;
  }

  void drop() {
    if (connection_ != nullptr && own_ == nullptr) sign_in_.lose();
    connection_ = nullptr;
    in_message_ = false;
    own_.reset();
  }

  void release() {
    connection_ = nullptr;
    if (own_) hops_.give_back(std::move(own_), *options_);
  }

  NextHops& hops_;
  std::shared_ptr<const NextHopOptions> options_;
  std::shared_ptr<const Routes> routes_;  // keeps route_
  const Route& route_;
  smtp::ClientAttributes client_;
  std::string mail_;
  smtp::MailParameters parameters_;
  SignIn& sign_in_;
  std::unique_ptr<HopConnection> own_;
  HopConnection* connection_ = nullptr;
  std::string name_;
  std::string pending_;  // of the message, not written yet
  std::optional<Reply> refusal_;
  Reply lost_;
  std::size_t accepted_ = 0;
  bool answered_ = false;  // MAIL was answered, or XCLIENT refused
  bool in_message_ = false;
  bool header_written_ = false;
  bool seven_bit_hop_ = false;  // and the client declared BODY=8BITMIME
  bool ascii_hop_ = false;      // and the client declared SMTPUTF8
};

}  // namespace

std::unique_ptr<Delivery> relay(NextHops& hops, std::shared_ptr<const NextHopOptions> options,
                                std::shared_ptr<const Routes> routes, const Route& route,
                                smtp::ClientAttributes client, const smtp::MailFrom& mail,
                                SignIn& sign_in) {
  return std::make_unique<Relay>(hops, std::move(options), std::move(routes), route,
                                 std::move(client), mail, sign_in);
}

}  // namespace postern::gate
