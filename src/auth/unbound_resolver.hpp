// The Resolver of the program: libunbound, which caches, follows aliases and validates DNSSEC in
// this process. It resolves in a thread of its own; answers arrive through a file descriptor.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/resolver.hpp"
#include "auth/task.hpp"
#include "base/result.hpp"

namespace postern::auth {

struct UnboundOptions {
  /// "192.0.2.53" or "127.0.0.1@5353": ask there. Empty: as /etc/resolv.conf says.
  std::string forwarder;
  /// Longest wait for one answer; then it is a timeout, whatever comes later.
  std::chrono::milliseconds timeout{5000};
  /// Queries under way; one more is answered as a server failure at once.
  std::size_t most_outstanding = 4096;
  /// A file of DS or DNSKEY records to validate with. Empty: nothing is validated.
  std::string trust_anchor_file;
  /// The same as text: "example. DS …".
  std::vector<std::string> trust_anchors;
  /// Records that are answered from here: "example.com. TXT \"v=spf1 -all\"".
  std::vector<std::string> local_records;
};

class UnboundResolver final : public Resolver {
 public:
  /// Errors: an option that libunbound refuses, a file that can't be read.
  static Result<std::unique_ptr<UnboundResolver>> open(const UnboundOptions& options);
  ~UnboundResolver() override;

  void query(std::string_view name, RecordType type, Done done) override;

  /// Readable when answers wait for process().
  [[nodiscard]] int descriptor() const noexcept;
  /// Hands out the answers that came, and timeouts. Call when the descriptor is readable, and when
  /// next_timeout() is over.
  void process();
  /// Until the next query times out; nullopt where none is under way.
  [[nodiscard]] std::optional<std::chrono::milliseconds> next_timeout() const;

  /// Waits up to `limit` for answers, then hands them out.
  void wait(std::chrono::milliseconds limit);

  /// Runs a task to its end or to the limit; nullopt where that came first.
  template <class T>
  std::optional<T> run(Task<T> task, std::chrono::milliseconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    std::optional<T> result;
    task.start([&result](T value) { result.emplace(std::move(value)); });
    while (!result) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          end - std::chrono::steady_clock::now());
      if (left.count() <= 0) break;
      wait(left);
    }
    return result;
  }

  struct State;

 private:
  explicit UnboundResolver(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace postern::auth
