// A whole gate, from its first breath to SIGTERM.
#include "gate/gate.hpp"

#include <chrono>
#include <csignal>
#include <memory>

#include <gtest/gtest.h>

#include "gate/control_thread.hpp"
#include "gate/event_log.hpp"
#include "gate/make_config.hpp"
#include "gate/metrics.hpp"
#include "gate/settings.hpp"
#include "judge/judge.hpp"
#include "policy/tenant.hpp"

namespace postern::gate {
namespace {

UnixTime some_time() {
  return 1'790'000'000;
}

// Whoever hears that the gate is ready may switch a domain at once.
TEST(RunGate, TakesChangesAsSoonAsItIsReady) {
  policy::Tenant tenant;
  tenant.name = "contoso";
  tenant.accepted_domains.emplace_back().name = "contoso.com";
  Settings settings;
  settings.host_name = "gate.example";
  settings.smtp.open = true;
  settings.routes.emplace_back().next_hops = {"127.0.0.1:25"};
  const auto config = make_config(settings, judge::Judge::make({&tenant, 1}, settings.judge));
  ASSERT_TRUE(config) << config.error().front().line();
  Metrics metrics;
  EventLog log(-1, some_time);
  ControlThread control;
  EXPECT_FALSE(control.run([] { return nullptr; })) << "no gate runs yet";
  bool done = false;
  GateHooks hooks;
  hooks.ready = [&] {
    const bool taken = control.run([&done]() -> std::shared_ptr<const GateConfig> {
      done = true;
      std::raise(SIGTERM);
      return nullptr;
    });
    EXPECT_TRUE(taken);
    if (!taken) std::raise(SIGTERM);
  };
  GateOptions options;
  options.threads = 1;
  options.drain = std::chrono::seconds(1);
  options.control = &control;
  ASSERT_TRUE(run_gate({}, *config, options, hooks, log, some_time, metrics));
  EXPECT_TRUE(done);
  EXPECT_FALSE(control.run([] { return nullptr; })) << "it has ended";
}

}  // namespace
}  // namespace postern::gate
