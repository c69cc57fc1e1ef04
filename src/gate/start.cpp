#include "gate/start.hpp"

#include <cerrno>
#include <cstring>
#include <grp.h>
#include <optional>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "auth/unbound_resolver.hpp"
#include "gate/maildir.hpp"
#include "gate/page_session.hpp"
#include "gate/page_state.hpp"
#include "gate/systemd.hpp"
#include "ledger/hash.hpp"

namespace postern::gate {
namespace {

Result<std::vector<Listening>> take_passed(const std::map<std::string, std::string>& environment) {
  auto passed = passed_sockets(environment, ::getpid());
  if (!passed) return tl::unexpected(passed.error());
  std::vector<Listening> sockets;
  for (const PassedSocket& socket : *passed) {
    sockets.push_back(listening_already(socket.descriptor));
    if (socket.name == "milter") sockets.back().door = judge::Door::milter;
  }
  return sockets;
}

// A socket on trial is let go at once.
void take(Start& start, Listening bound, Purpose purpose) {
  if (purpose == Purpose::serve) {
    start.sockets.push_back(std::move(bound));
    return;
  }
  if (bound.descriptor >= 0) ::close(bound.descriptor);
  if (!bound.occupied.empty()) {
    start.remarks.push_back(bound.address + " could not be tried (" + bound.occupied +
                            "): a start needs it free, or passed by a service manager");
  }
}

Result<void> take_sockets(Start& start, const Settings& settings, Purpose purpose) {
  const Bind how = purpose == Purpose::serve ? Bind::to_serve : Bind::on_trial;
  for (const std::string& address : settings.smtp.listen) {
    auto bound = bind_smtp(address, how);
    if (!bound) return tl::unexpected(bound.error());
    take(start, std::move(*bound), purpose);
  }
  const MilterSettings& milter = settings.milter;
  for (const std::string& address : milter.listen) {
    auto bound = bind_milter(address, milter.socket_mode, milter.socket_group, how);
    if (!bound) return tl::unexpected(bound.error());
    take(start, std::move(*bound), purpose);
  }
  return {};
}

// For good: no way back to root.
Result<void> become(const std::string& user, const std::string& group, Start& start) {
  if (user.empty()) return {};
  const passwd* account = ::getpwnam(user.c_str());
  if (account == nullptr) return fail("no such user", user, "create it, or change user");
  gid_t gid = account->pw_gid;
  const uid_t uid = account->pw_uid;
  if (!group.empty()) {
    const auto* entry = ::getgrnam(group.c_str());
    if (entry == nullptr) return fail("no such group", group, "create it, or change group");
    gid = entry->gr_gid;
  }
  if (::geteuid() != 0) {
    if (::geteuid() != uid) {
      start.remarks.push_back("user = \"" + user + "\" is without effect: only root can become it");
    }
    return {};
  }
  if (::initgroups(user.c_str(), gid) != 0 || ::setgid(gid) != 0 || ::setuid(uid) != 0 ||
      ::setuid(0) == 0) {
    return fail("can't become that user", user);
  }
  return {};
}

Result<void> take_dns(const std::string& resolver) {
  auth::UnboundOptions dns;
  dns.forwarder = resolver;
  if (auto tried = auth::UnboundResolver::open(dns); !tried) return tl::unexpected(tried.error());
  return {};
}

Result<void> take_ledger(Start& start, const LedgerSettings& settings, Purpose purpose,
                         EventLog& log, Metrics& metrics, UnixTime (*now)()) {
  if (settings.file.empty()) return {};
  ledger::WriterOptions options;
  options.file = settings.file;
  options.retention_days = settings.retention_days;
  options.queue = settings.queue;
  if (!settings.hash_key_file.empty()) {
    auto key = ledger::read_hash_key(settings.hash_key_file);
    if (!key) return tl::unexpected(key.error());
    options.hash_key = std::move(*key);
  }
  if (purpose == Purpose::check) return ledger::Writer::check(options);
  options.on_change = [&log, &metrics, file = settings.file](bool failing, const std::string& why) {
    LogLine line(failing ? "ledger_fails" : "ledger_goes_on", Weight::fault);
    line.add("file", file);
    if (failing) line.add("why", why);
    line.add("dropped", static_cast<std::int64_t>(metrics.ledger.drops.value()));
    log.write(line);
  };
  auto opened = ledger::Writer::open(std::move(options), metrics.ledger, now);
  if (!opened) return tl::unexpected(opened.error());
  start.ledger = std::move(*opened);
  return {};
}

// Whoever signs in at the page, and what was set there.
Result<std::optional<PageAccess>> take_page(const PageSettings& settings, EventLog& log,
                                            UnixTime (*now)()) {
  if (!settings.open()) return std::optional<PageAccess>{};
  auto sessions = PageSessions::read(settings.token_file);
  if (!sessions) return tl::unexpected(sessions.error());
  if (auto state = check_page_state(settings.state_file); !state) {
    return tl::unexpected(state.error());
  }
  return std::optional<PageAccess>{PageAccess{std::move(*sessions), settings.hosts, log, now}};
}

Result<void> take_admin(Start& start, const Settings& settings, Purpose purpose,
                        const Metrics& metrics, EventLog& log, UnixTime (*now)()) {
  const std::string& address = settings.admin_listen;
  if (address.empty()) return {};
  auto access = take_page(settings.page, log, now);
  if (!access) return tl::unexpected(access.error());
  if (purpose == Purpose::check) {
    const auto occupied = AdminPage::check(address);
    if (!occupied) return tl::unexpected(occupied.error());
    if (!occupied->empty()) {
      start.remarks.push_back(address + " could not be tried (" + *occupied +
                              "): a start needs it free");
    }
    return {};
  }
  auto opened = AdminPage::open(address, metrics, std::move(*access));
  if (!opened) return tl::unexpected(opened.error());
  start.admin = std::move(*opened);
  return {};
}

}  // namespace

Result<void> take_folders(const Settings& settings, Purpose purpose) {
  for (const RouteSettings& route : settings.routes) {
    if (route.maildir.empty()) continue;
    auto good =
        purpose == Purpose::serve ? prepare_maildir(route.maildir) : check_maildir(route.maildir);
    if (!good) return good;
  }
  if (const std::string& folder = settings.hold_folder; !folder.empty()) {
    struct stat found {};
    const bool there = ::stat(folder.c_str(), &found) == 0;
    if (there && !S_ISDIR(found.st_mode)) return fail("is no folder", folder);
    if (!there || ::access(folder.c_str(), W_OK | X_OK) != 0) {
      return fail(std::string("can't hold messages (") + std::strerror(errno) + ")", folder,
                  "make it, writable for the gate's user, or change hold_folder");
    }
  }
  return {};
}

Result<Start> start(const Settings& settings, Purpose purpose,
                    const std::map<std::string, std::string>& environment, EventLog& log,
                    Metrics& metrics, UnixTime (*now)()) {
  Start start;
  if (purpose == Purpose::serve) {
    auto passed = take_passed(environment);
    if (!passed) return tl::unexpected(passed.error());
    start.sockets = std::move(*passed);
  }
  // Sockets that a service manager passed take the place of those that the settings name.
  auto taken = start.sockets.empty() ? take_sockets(start, settings, purpose) : Result<void>{};
  if (taken) taken = become(settings.user, settings.group, start);
  if (taken) taken = take_folders(settings, purpose);
  if (taken) taken = take_dns(settings.resolver);
  if (taken) taken = take_ledger(start, settings.ledger, purpose, log, metrics, now);
  if (taken) taken = take_admin(start, settings, purpose, metrics, log, now);
  if (!taken) return tl::unexpected(taken.error());
  return start;
}

}  // namespace postern::gate
