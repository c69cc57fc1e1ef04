// The policy of a cluster as a gate follows it: from its snapshot at once, from the servers'
// buckets as soon as one answers, and from then on with each change.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gate/cluster_settings.hpp"
#include "gate/event_log.hpp"
#include "gate/policy_source.hpp"

namespace postern::cluster {

struct PolicyOptions {
  using Milliseconds = std::chrono::milliseconds;
  gate::ClusterSettings cluster;
  std::string gate;     ///< this gate's name among the others
  std::string version;  ///< of this program, for the roll call
  /// Records that wait to be sent, for the roll call; null: not known.
  std::function<std::int64_t()> waiting = {};
  Milliseconds first_answer{20000};  ///< for the servers, where there is no snapshot
  bool patient = true;               ///< false: then, the servers' first refusal is the answer
  Milliseconds join{100};            ///< changes that come within this are taken as one
  Milliseconds least_pause{1000};    ///< between attempts to connect; doubles
  Milliseconds most_pause{30000};
  Milliseconds snapshot_every{10000};  ///< at most
  Milliseconds roll_call{20000};       ///< a gate that is silent for 60 s drops out of it
};

class ClusterPolicy final : public gate::PolicySource {
 public:
  /// Nothing is read or connected yet. `counts` and `log` must outlive it.
  ClusterPolicy(PolicyOptions options, gate::PolicyCounts& counts, gate::EventLog& log);
  ClusterPolicy(const ClusterPolicy&) = delete;
  ClusterPolicy& operator=(const ClusterPolicy&) = delete;
  ~ClusterPolicy() override;

  /// The first time: from the snapshot; where there is none, waits for the servers. Errors: neither
  /// has a tenant. Later: what is in force, under these settings.
  tl::expected<Judgement, std::vector<Error>> load(const judge::Settings&) override;
  void settle() override;
  void follow(std::function<void(Judgement)> take) override;
  void stop() override;

 private:
  struct Follower;
  std::unique_ptr<Follower> follower_;
};

}  // namespace postern::cluster
