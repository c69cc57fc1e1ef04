// The listener for the people and programs that watch the gate: /metrics, /healthz and /readyz over
// HTTP, and the page of page_site.hpp for who signed in. On loopback alone, for who asks for it by
// a name of loopback.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "gate/event_log.hpp"
#include "gate/metrics.hpp"
#include "gate/page_session.hpp"
#include "gate/page_site.hpp"

namespace postern::gate {

/// What the page needs of its settings.
struct PageAccess {
  PageSessions sessions;
  std::vector<std::string> hosts;  ///< further names that it may be asked for by
  EventLog& log;                   ///< outlives the page
  UnixTime (*now)();
};

/// Answers on a thread of its own until it is destroyed, so that a busy gate can still be looked
/// at.
class AdminPage {
 public:
  /// `address` is "127.0.0.1:9125"; port 0 lets the system choose. Errors: not a loopback address,
  /// in use. `metrics` stays until the page is gone.
  static Result<std::unique_ptr<AdminPage>> open(const std::string& address, const Metrics& metrics,
                                                 std::optional<PageAccess> access = std::nullopt);
  /// What open() would say, for a check beside a gate that may be running: a port that is in use is
  /// no error, and what the system says of it is given. Empty: it is free.
  static Result<std::string> check(const std::string& address);
  ~AdminPage();
  AdminPage(const AdminPage&) = delete;
  AdminPage& operator=(const AdminPage&) = delete;

  [[nodiscard]] const std::string& address() const noexcept;  ///< as bound
  /// Whether there is a page besides the figures.
  [[nodiscard]] bool has_page() const noexcept;
  /// What the page shows, from now on. Without effect where there is none.
  void show(std::shared_ptr<PageSite> site);

 private:
  struct Server;
  explicit AdminPage(std::unique_ptr<Server> server);
  std::unique_ptr<Server> server_;
};

}  // namespace postern::gate
