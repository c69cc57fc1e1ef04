// What a cluster's policy costs a gate: its start from a snapshot and from the servers' values, one
// tenant's change until it is judged by, what sessions feel of it, and memory.
//
//   policy_change [TENANTS [DOMAINS [CHANGES]]]      10000 tenants of 100 domains, 300 changes
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <ratio>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cluster/fleet.hpp"
#include "cluster/snapshot.hpp"
#include "cluster/stage.hpp"
#include "cluster/tenant_value.hpp"
#include "judge/judge.hpp"

namespace {

using namespace postern;
using Clock = std::chrono::steady_clock;
using Judgement = std::shared_ptr<const judge::Judge>;

double milliseconds_since(Clock::time_point begun) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begun).count();
}

double cpu_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

// Since it was made: by the clock, and of this thread's CPU, which other programs take nothing of.
struct Stopwatch {
  Clock::time_point begun = Clock::now();
  double cpu = cpu_microseconds();

  [[nodiscard]] double cpu_milliseconds() const { return (cpu_microseconds() - cpu) / 1000; }
  void tell(const char* what) const {
    fmt::print("{}: {:.0f} ms of CPU, {:.0f} ms in all\n", what, cpu_milliseconds(),
               milliseconds_since(begun));
  }
};

std::size_t resident_megabytes() {
  std::ifstream status("/proc/self/statm");
  std::size_t pages = 0;
  status >> pages >> pages;
  return pages * 4 / 1024;
}

std::string id_of(std::size_t tenant) {
  return fmt::format("t{:06}", tenant);
}

// A tenant as it is pushed: its domains, two Partner and two OnPremises connectors. `form` tells
// one push of it from the next: a domain more, and a connector's address.
std::string value_of(std::size_t tenant, std::size_t domains, std::size_t form) {
  std::string text = fmt::format(
      "name = \"{}.example\"\nreject_direct_send = true\ninbound_connectors_known = true\n",
      id_of(tenant));
  for (std::size_t i = 0; i < domains; ++i)
    text += fmt::format("\n[[accepted_domain]]\nname = \"d{}.t{}.example\"\n", i, tenant);
  if (form > 0)
    text += fmt::format("\n[[accepted_domain]]\nname = \"f{}.t{}.example\"\n", form, tenant);
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t block = (tenant * 4 + i + form) % 65536;
    text += fmt::format(
        "\n[[inbound_connector]]\nname = \"c{}\"\ntype = \"{}\"\nsender_domains = [\"*\"]\n"
        "sender_ip_addresses = [\"11.{}.{}.0/24\"]\n",
        i, i % 2 == 0 ? "OnPremises" : "Partner", block / 256, block % 256);
    if (i % 2 == 0) {
      text += fmt::format("tls_sender_certificate_name = \"d{}.t{}.example\"\n", i, tenant);
    }
  }
  return cluster::write_tenant_value(
      {.text = std::move(text), .name = "tenant.toml", .who = "bench", .when = 1795900000});
}

// A session's part: takes the judgement that counts and decides, over and over.
struct Session {
  std::size_t decisions = 0;
  double longest = 0;  // of its own CPU time, in microseconds
  double longest_wall = 0;

  void run(const std::atomic<Judgement>& now, const std::atomic<bool>& over, std::size_t tenants,
           std::size_t domains) {
    std::uint64_t next = 88172645463325252u;
    while (!over) {
      next ^= next << 13, next ^= next >> 7, next ^= next << 17;
      const std::string recipient =
          fmt::format("d{}.t{}.example", next % domains, (next >> 20) % tenants);
      policy::Submission s;
      s.client_ip = IpAddress::from_v4(static_cast<std::uint32_t>(next >> 32));
      s.authenticated = policy::Known::no;
      s.tls = policy::Known::yes;
      s.certificate.state = policy::ClientCertificate::State::none;
      s.reverse_path = {policy::ReversePath::State::address, recipient};
      s.recipient_domain = recipient;
      const auto begun = Clock::now();
      const double before = cpu_microseconds();
      const Judgement judge = now.load();
      const auto verdict = policy::decide(judge->policy(), s);
      longest = std::max(longest, cpu_microseconds() - before);
      longest_wall = std::max(longest_wall, milliseconds_since(begun) * 1000);
      decisions += verdict.tenant != policy::no_tenant ? 1 : 0;
    }
  }
};

int give_up(const std::string& why) {
  fmt::print(stderr, "policy_change: {}\n", why);
  return EXIT_FAILURE;
}

}  // namespace

int main(int count, char** words) {
  const auto number = [&](int at, std::size_t usual) {
    return count > at ? static_cast<std::size_t>(std::strtoull(words[at], nullptr, 10)) : usual;
  };
  const std::size_t tenants = number(1, 10000), domains = number(2, 100), changes = number(3, 300);
  cluster::Snapshot snapshot{.incarnation = "bench", .revision = tenants, .tenants = {}};
  std::size_t octets = 0;
  for (std::size_t i = 0; i < tenants; ++i) {
    snapshot.tenants.push_back({id_of(i), i + 1, value_of(i, domains, 0)});
    octets += snapshot.tenants.back().value->size();
  }
  const std::string file =
      (std::filesystem::temp_directory_path() / "postern-bench.snapshot").string();
  const Stopwatch writing;
  if (auto written = cluster::write_snapshot(file, snapshot); !written) {
    return give_up(written.error().line());
  }
  fmt::print("{} tenants, {} domains, {} MB as they are pushed\n", tenants, tenants * domains,
             octets >> 20);
  writing.tell("snapshot written and synced");
  snapshot.tenants = {};
  const std::size_t before = resident_megabytes();

  const judge::Settings settings;
  const Stopwatch starting;
  auto read = cluster::read_snapshot(file);
  std::filesystem::remove(file);
  if (!read) return give_up(read.error().line());
  starting.tell("start, snapshot read and verified");
  cluster::Fleet fleet;
  fleet.apply(std::move(read->tenants));
  if (fleet.size() != tenants) return give_up("a tenant is not in force");
  starting.tell("start, and each tenant read and compiled");
  auto made = fleet.judgement(settings);
  if (!made) return give_up(made.error().front().line());
  starting.tell("start, and all of them judged by");
  fmt::print("memory: {} MB, and {} MB before\n", resident_megabytes(), before);

  std::atomic<Judgement> now{std::move(*made)};
  std::atomic<bool> over{false};
  Session session;
  std::thread thread([&] { session.run(now, over, tenants, domains); });
  std::vector<double> reading, times;
  std::vector<Judgement> retired;
  for (std::size_t i = 0; i < changes; ++i) {
    const std::size_t tenant = i * 7919 % tenants;
    std::vector<cluster::TenantChange> one{
        {id_of(tenant), tenants + 1 + i, value_of(tenant, domains, i + 1)}};
    const Stopwatch changing;
    if (!fleet.apply(std::move(one))) return give_up("a change is not in force");
    reading.push_back(changing.cpu_milliseconds());
    auto next = fleet.judgement(settings);
    if (!next) return give_up(next.error().front().line());
    retired.push_back(now.exchange(std::move(*next)));
    times.push_back(changing.cpu_milliseconds());
    std::erase_if(retired, [](const Judgement& old) { return old.use_count() <= 1; });
  }
  over = true;
  thread.join();
  const auto tell = [](const char* what, std::vector<double>& all) {
    std::sort(all.begin(), all.end());
    const auto quantile = [&](double part) {
      return all[static_cast<std::size_t>(part * static_cast<double>(all.size() - 1))];
    };
    if (all.empty()) return;
    fmt::print("{}: p50 {:.1f} ms of CPU, p99 {:.1f} ms, most {:.1f} ms\n", what, quantile(0.5),
               quantile(0.99), all.back());
  };
  tell("one change read and compiled", reading);
  tell("one change until it is judged by", times);
  fmt::print(
      "a session beside it: {} decisions, the longest {:.0f} us of its CPU, {:.0f} us in all\n",
      session.decisions, session.longest, session.longest_wall);
  fmt::print("memory: {} MB\n", resident_megabytes());
  return EXIT_SUCCESS;
}
