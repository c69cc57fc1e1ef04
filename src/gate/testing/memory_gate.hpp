// A gate in memory for tests: one event loop that runs only while the test lets it, a clock that
// only the test moves, clients on socket pairs, and next hops that do as their scripts say. Nothing
// waits: what has not happened after settle() does not happen until somebody speaks or time passes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gate/settings.hpp"
#include "gate/tls.hpp"
#include "gate/worker.hpp"
#include "policy/tenant.hpp"
#include "smtp/client_session.hpp"

namespace postern::gate {

/// What a hop does at a stage instead of agreeing.
struct Deviation {
  std::string says;       ///< raw octets; empty: it is silent
  bool hangs_up = false;  ///< afterwards
  bool once = false;      ///< and then it agrees
};

/// A mail server on a UNIX socket, which agrees to everything but what its script says.
class ScriptedHop {
 public:
  explicit ScriptedHop(std::string path);
  ScriptedHop(const ScriptedHop&) = delete;
  ScriptedHop& operator=(const ScriptedHop&) = delete;
  ~ScriptedHop();

  /// May be changed at any time.
  std::map<smtp::Stage, Deviation> script;
  /// Behind EHLO.
  std::vector<std::string> extensions = {"PIPELINING", "8BITMIME"};

  /// Takes what there is to take. False: there was nothing.
  bool turn();
  /// Octets on its newest connection, whether they were asked for or not.
  void say(std::string_view octets);
  void hang_up();

  /// Every command of every connection, without CRLF; "." for the end of a message.
  std::vector<std::string> heard;
  /// Messages it agreed to take, as they came.
  std::vector<std::string> messages;
  [[nodiscard]] std::size_t connections() const noexcept { return taken_; }
  /// Those that are still open.
  [[nodiscard]] std::size_t open() const noexcept { return peers_.size(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] bool has_heard(std::string_view line) const;

 private:
  enum class Mode : std::uint8_t { command, message, auth };
  struct Peer {
    int descriptor = -1;
    Mode mode = Mode::command;
    std::string input;
    std::string message;
    bool gone = false;
  };
  bool accept_one();
  bool read(Peer& peer);
  void hear(Peer& peer, const std::string& line);
  void take_message_line(Peer& peer, const std::string& line);
  void answer(Peer& peer, smtp::Stage stage, const std::string& usual);
  void on_ehlo(Peer& peer);

  std::string path_;
  int listener_ = -1;
  std::size_t taken_ = 0;
  std::vector<std::unique_ptr<Peer>> peers_;
};

class MemoryGate;

/// A client of the gate.
class MemoryClient {
 public:
  MemoryClient(MemoryGate& gate, int descriptor) noexcept : gate_(gate), descriptor_(descriptor) {}
  MemoryClient(MemoryClient&& other) noexcept;
  MemoryClient& operator=(MemoryClient&&) = delete;
  ~MemoryClient();

  /// Sends a line and gives what comes back; empty: nothing yet.
  std::string say(std::string_view line);
  std::string send(std::string_view octets);
  /// What has come since.
  std::string hear();
  /// The gate has closed the connection.
  [[nodiscard]] bool closed() const noexcept { return closed_; }
  /// After the reply to STARTTLS. False: the handshake failed.
  bool start_tls(const TlsContext& context);
  void hang_up();

 private:
  MemoryGate& gate_;
  int descriptor_;
  Ssl tls_;
  bool closed_ = false;
};

class MemoryGate {
 public:
  using Adjust = std::function<void(Settings&)>;

  /// contoso.com, mode enforce, every domain's mail to hop(); `adjust` may change the settings.
  explicit MemoryGate(const Adjust& adjust = {});
  MemoryGate(const Adjust& adjust, const policy::Tenant& tenant);
  MemoryGate(const MemoryGate&) = delete;
  MemoryGate& operator=(const MemoryGate&) = delete;
  ~MemoryGate();

  /// Connects; the greeting has come.
  MemoryClient connect(std::string_view address = "192.0.2.9");
  /// The other end of a milter connection: a descriptor that the caller closes.
  int connect_milter();
  /// Lets everybody do what can be done now.
  void settle();
  /// Time passes.
  void pass(std::chrono::seconds time);
  /// The end of the program with whatever goes on: the event loop and all its sessions go.
  void cut_off();

  ScriptedHop& hop() noexcept { return *hop_; }
  Worker& worker() noexcept { return *worker_; }
  Metrics& metrics() noexcept { return metrics_; }
  [[nodiscard]] const std::string& folder() const noexcept { return folder_; }
  /// Makes the worker's authenticator; call before anybody connects.
  void authenticate(std::unique_ptr<Authenticator> authenticator);

  /// What was handed on for the ledger.
  std::vector<ledger::Record> records;
  /// The log's lines.
  [[nodiscard]] std::string log();

 private:
  void begin(const Adjust& adjust, const policy::Tenant& tenant);

  std::string folder_;
  std::unique_ptr<ScriptedHop> hop_;
  Metrics metrics_;
  int log_descriptor_ = -1;
  std::unique_ptr<EventLog> log_;
  std::unique_ptr<Admission> admission_;
  std::unique_ptr<Shared> shared_;
  std::unique_ptr<Worker> worker_;
};

/// contoso.com, with a Partner connector for certificates of mail.partner.example.
policy::Tenant contoso();

}  // namespace postern::gate
