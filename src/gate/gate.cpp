#include "gate/gate.hpp"

#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "gate/awaiting.hpp"
#include "gate/control_thread.hpp"
#include "gate/milter_connection.hpp"
#include "gate/policy_source.hpp"
#include "gate/worker.hpp"
#include "judge/judge.hpp"

namespace postern::gate {
namespace {

using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

// Takes connections until the acceptor is closed.
Awaitable<void> accept_all(Worker& worker, Acceptor& acceptor, judge::Door door) {
  while (acceptor.is_open() && !worker.draining) {
    asio::generic::stream_protocol::endpoint peer;
    auto [error, socket] = co_await acceptor.async_accept(peer, awaiting);
    if (!error) {
      asio::co_spawn(worker.loop,
                     door == judge::Door::smtp ? serve(worker, std::move(socket), peer)
                                               : serve_milter(worker, std::move(socket)),
                     asio::detached);
      continue;
    }
    if (!acceptor.is_open() || error == asio::error::operation_aborted) co_return;
    if (error == asio::error::no_descriptors || error == asio::error::no_memory ||
        error == asio::error::no_buffer_space) {
      // The connection stays in the queue, so trying at once would spin.
      worker.shared.log.write(LogLine("accept_failed", Weight::fault).add("why", error.message()));
      asio::steady_timer pause(worker.loop, std::chrono::milliseconds(200));
      co_await pause.async_wait(awaiting);
    }
  }
}

Awaitable<void> look_at_deadlines(Worker& worker) {
  asio::steady_timer timer(worker.loop);
  for (;;) {
    timer.expires_after(Seconds(1));
    const auto [error] = co_await timer.async_wait(awaiting);
    if (error) co_return;
    worker.deadlines.sweep();
    worker.hops.purge();
  }
}

// A worker, its thread and its acceptors.
struct Running {
  Running(const Shared& shared, unsigned number, std::shared_ptr<const GateConfig> config)
      : worker(shared, number, std::move(config)), work(worker.loop.get_executor()) {}

  Worker worker;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  std::vector<std::unique_ptr<Acceptor>> acceptors;
  std::thread thread;
};

void start(Running& running, const std::vector<Listening>& listening) {
  Worker& worker = running.worker;
  if (worker.shared.authenticator) {
    worker.authenticator = worker.shared.authenticator(worker.loop);
  }
  for (const Listening& each : listening) {
    // One queue for all loops: each takes what it has time for.
    auto acceptor = std::make_unique<Acceptor>(worker.loop);
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    ::getsockname(each.descriptor, reinterpret_cast<sockaddr*>(&address), &size);
    acceptor->assign({address.ss_family, 0}, ::dup(each.descriptor));
    acceptor->non_blocking(true);
    // Linux hands the option on to each connection.
    boost::system::error_code not_tcp;
    acceptor->set_option(asio::ip::tcp::no_delay(true), not_tcp);
    asio::co_spawn(worker.loop, accept_all(worker, *acceptor, each.door), asio::detached);
    running.acceptors.push_back(std::move(acceptor));
  }
  asio::co_spawn(worker.loop, look_at_deadlines(worker), asio::detached);
  running.thread = std::thread([&worker] { worker.loop.run(); });
}

class Control {
 public:
  Control(std::vector<std::unique_ptr<Running>>& running, std::shared_ptr<const GateConfig> config,
          const GateOptions& options, const GateHooks& hooks, Shared& shared)
      : running_(running),
        config_(std::move(config)),
        options_(options),
        hooks_(hooks),
        shared_(shared),
        signals_(loop_) {
    for (const int signal : {SIGTERM, SIGINT, SIGHUP})
      signals_.add(signal);
    // From here on, not from run() on: who hears that the gate is ready may ask for a change at
    // once.
    if (options_.control != nullptr) {
      options_.control->attach([this](ControlThread::Task task) {
        asio::post(loop_, [this, task = std::move(task)] {
          if (auto made = task()) take(std::move(made));
        });
      });
    }
  }

  void run() {
    asio::co_spawn(loop_, obey(), asio::detached);
    if (hooks_.policy != nullptr) {
      hooks_.policy->follow([this](PolicySource::Judgement judge) {
        asio::post(loop_, [this, judge = std::move(judge)] { judge_by(judge); });
      });
    }
    loop_.run();
    if (hooks_.policy != nullptr) hooks_.policy->stop();
    if (options_.control != nullptr) options_.control->attach(nullptr);
  }

 private:
  Awaitable<void> obey() {
    for (;;) {
      const auto [error, signal] = co_await signals_.async_wait(awaiting);
      if (error) co_return;
      if (signal != SIGHUP) break;
      reload();
    }
    shared_.metrics.draining.set(1);
    if (hooks_.stopping) hooks_.stopping();
    shared_.log.write(
        LogLine("stopping")
            .add("sessions", static_cast<std::int64_t>(shared_.admission.connections())));
    for (auto& each : running_) {
      asio::post(each->worker.loop, [&each] {
        boost::system::error_code ignored;
        for (auto& acceptor : each->acceptors)
          acceptor->close(ignored);
        drain(each->worker);
      });
    }
    // A second signal means now.
    const auto until = Clock::now() + options_.drain;
    asio::steady_timer timer(loop_);
    signals_.async_wait(
        [this](boost::system::error_code failed, int) { impatient_ = impatient_ || !failed; });
    while (shared_.admission.connections() + open_milters() > 0 && Clock::now() < until &&
           !impatient_) {
      timer.expires_after(std::chrono::milliseconds(20));
      co_await timer.async_wait(awaiting);
    }
    signals_.cancel();
  }

  [[nodiscard]] std::size_t open_milters() const noexcept {
    return static_cast<std::size_t>(shared_.metrics.milter_connections_open.value());
  }

  void reload() {
    if (!hooks_.reload) return;
    auto config = hooks_.reload();
    if (!config) {
      shared_.metrics.reload_failures.add();
      for (const Error& fault : config.error())
        shared_.log.write(LogLine("reload_failed", Weight::fault).add("why", fault.line()));
      return;
    }
    shared_.admission.set_limits((*config)->admission);
    take(*config);
    if (hooks_.policy != nullptr) hooks_.policy->settle();
    shared_.metrics.reloads.add();
    shared_.log.write(LogLine("reloaded"));
  }

  // What began under the old configuration ends under it. Remarks that were there before were told
  // before.
  void take(std::shared_ptr<const GateConfig> config) {
    const auto& before = config_->judge->remarks();
    const std::set<std::string_view> told(before.begin(), before.end());
    for (const std::string& remark : config->judge->remarks()) {
      if (told.contains(remark)) continue;
      shared_.log.write(LogLine("remark", Weight::fault).add("why", remark));
    }
    config_ = std::move(config);
    for (auto& each : running_) {
      asio::post(each->worker.loop,
                 [&worker = each->worker, config = config_] { worker.config = config; });
    }
  }

  void judge_by(const PolicySource::Judgement& judge) {
    auto config = std::make_shared<GateConfig>(*config_);
    config->judge = judge;
    take(std::move(config));
  }

  std::vector<std::unique_ptr<Running>>& running_;
  std::shared_ptr<const GateConfig> config_;
  const GateOptions& options_;
  const GateHooks& hooks_;
  Shared& shared_;
  asio::io_context loop_{1};
  asio::signal_set signals_;
  bool impatient_ = false;  // here and not in obey(): the handler runs after that has ended
};

}  // namespace

Result<void> run_gate(const std::vector<Listening>& listening,
                      const std::shared_ptr<const GateConfig>& config, const GateOptions& options,
                      const GateHooks& hooks, EventLog& log, UnixTime (*now)(), Metrics& metrics) {
  Admission admission(config->admission, options.seed);
  std::random_device chance;
  Shared shared{.admission = admission,
                .log = log,
                .now = now,
                .metrics = metrics,
                .keep = hooks.keep,
                .authenticator = hooks.authenticator,
                .first_transaction = chance()};
  std::vector<std::unique_ptr<Running>> running;
  for (unsigned i = 0; i < std::max(options.threads, 1u); ++i)
    running.push_back(std::make_unique<Running>(shared, i, config));
  // Signals are for this thread's loop.
  Control control(running, config, options, hooks, shared);
  if (auto heard = listen_all(listening); !heard) {
    if (options.control != nullptr) options.control->attach(nullptr);
    return heard;
  }
  for (auto& each : running)
    start(*each, listening);
  for (const Listening& each : listening)
    ::close(each.descriptor);
  metrics.ready.set(1);
  if (hooks.ready) hooks.ready();
  control.run();
  for (auto& each : running)
    each->worker.loop.stop();
  for (auto& each : running)
    each->thread.join();
  log.write(LogLine("stopped").add("cut_off", static_cast<std::int64_t>(admission.connections())));
  return {};
}

}  // namespace postern::gate
