// Connections to next hops: opened with failover, and kept for the next message where nothing of
// the last one is left in them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/counter.hpp"
#include "gate/lookup.hpp"
#include "gate/route.hpp"
#include "gate/wire.hpp"
#include "smtp/client_session.hpp"

namespace postern::gate {

/// One connection to a next hop.
class HopConnection {
 public:
  HopConnection(Deadlines& deadlines, Buffers& buffers, Socket socket, const NextHop& hop,
                const std::string& helo_name);
  HopConnection(const HopConnection&) = delete;
  HopConnection& operator=(const HopConnection&) = delete;
  ~HopConnection();

  /// The next event of the session; writes its output and reads as needed. kind failed where the
  /// connection ended, or the hop said what can't be an answer: `what` says why.
  Awaitable<smtp::ClientSession::Event> next(Seconds time_limit);
  /// The reply at `stage`; other events are faults.
  Awaitable<smtp::ClientSession::Event> reply(Seconds time_limit);

  /// Nothing is under way, and nothing has come that was not asked for: what is there already would
  /// be read as the answer to the next client's commands.
  [[nodiscard]] bool is_reusable() noexcept;
  /// A reply is there although nothing has been asked since the last one.
  [[nodiscard]] bool has_input() noexcept;

  Wire wire;
  smtp::ClientSession session;
  NextHop hop;
  std::string helo_name;  ///< that the gate gave
  bool reused = false;
  bool resetting = false;    ///< a RSET is under way
  bool speaks_for = false;   ///< XCLIENT named a client
  Wire::Until kept_until{};  ///< while it is idle

 private:
  [[nodiscard]] smtp::ClientSession::Event early() const;

  Buffers& buffers_;
  Buffers::Block block_;
  std::string_view input_;
};

/// Of one event loop.
class NextHops {
 public:
  NextHops(asio::io_context& loop, Deadlines& deadlines, Buffers& buffers, Counter& failed)
      : begin_lookup(system_lookup(loop)),
        failures(failed),
        loop_(loop),
        deadlines_(deadlines),
        buffers_(buffers) {}

  struct Opened {
    std::unique_ptr<HopConnection> connection;  ///< null where none of the hops could be reached
    std::string fault;                          ///< then: of each hop, why
    smtp::Reply refusal;                        ///< what the last hop that spoke said; code 0: none
  };
  /// An open session with the first hop that answers. `fresh`: not a kept one.
  Awaitable<Opened> open(const Route& route, const NextHopOptions& options, bool fresh);
  /// Kept where it can be used again, else closed.
  void give_back(std::unique_ptr<HopConnection> connection, const NextHopOptions& options);
  /// Closes what was idle for too long.
  void purge();
  /// Closes what is kept, and keeps nothing from now on.
  void close_all() {
    closing_ = true;
    idle_.clear();
  }

  /// How names are looked up; tests put another in.
  LookUp begin_lookup;
  /// Told of each hop that does not take what XCLIENT says of a client's address, and its reply.
  std::function<void(const NextHop&, const smtp::Reply&)> on_xclient_fault;
  /// Each hop that could not be reached, also where another could, and each connection that was
  /// lost: what a hop answers, good or bad, is none.
  Counter& failures;

 private:
  Awaitable<Found> find(const NextHop& hop, const NextHopOptions& options);
  Awaitable<Opened> connect(const NextHop& hop, const NextHopOptions& options);
  Awaitable<std::unique_ptr<HopConnection>> kept(const NextHop& hop, const NextHopOptions&);

  asio::io_context& loop_;
  Deadlines& deadlines_;
  Buffers& buffers_;
  std::map<std::string, std::vector<std::unique_ptr<HopConnection>>> idle_;
  std::map<std::string, Clock::time_point> avoid_until_;
  bool closing_ = false;
};

/// What the client hears of a hop's reply: a 421 is about the hop's connection, not ours.
smtp::Reply for_client(smtp::Reply reply);

}  // namespace postern::gate
