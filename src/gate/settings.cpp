#include "gate/settings.hpp"

#include <cstddef>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "files/whole_file.hpp"
#include "gate/settings_keys.hpp"

namespace postern::gate {
namespace {

using settings_file::Faults;
using settings_file::Table;

constexpr std::size_t largest_file = 1 << 20;

// What no single key can be blamed for.
class Contradictions {
 public:
  Contradictions(const Table& file, Faults& faults) : file_(file), faults_(faults) {}

  void find(const Settings& s) const {
    if (s.tenants.empty() && !s.cluster.is_there()) {
      fault("no tenant", at("tenants"),
            "name a tenant's file: tenants = [\"tenant.toml\"]; or [cluster], whose policy it is");
    }
    if (s.cluster.is_there()) check_cluster(s.cluster, faults_);
    const bool smtp = has("smtp");
    if (!smtp && s.milter.listen.empty()) {
      fault("neither an SMTP door nor a milter", file_.where,
            "add [smtp] with listen, or [milter] with listen");
    }
    if (smtp && s.routes.empty()) {
      fault("an SMTP door, and no route for its mail", at("smtp"), "add [[route]] with next_hops");
    }
    if (!smtp && !s.routes.empty()) {
      fault("a route, and no SMTP door", at("route"), "add [smtp]");
    }
    for (const RouteSettings& route : s.routes) {
      if (route.next_hops.empty() == route.maildir.empty()) {
        faults_.push_back({route.maildir.empty() ? "a route that leads nowhere"
                                                 : "a route with both next_hops and maildir",
                           route.where, "give it next_hops, or a maildir"});
      }
    }
    if (s.tls.certificate.empty()) {
      if (!s.tls.key.empty()) {
        fault("a key without its certificate", at("tls", "key"), "add certificate");
      }
      if (s.smtp.require_tls) {
        fault("require_tls without a certificate", at("smtp", "require_tls"),
              "add [tls] with certificate and key");
      }
      if (s.smtp.auth == AuthUse::pass && !s.smtp.auth_in_clear) {
        fault("auth = \"pass\" needs TLS, and there is no certificate", at("smtp", "auth"),
              "add [tls] with certificate and key");
      }
    }
    if (!s.hops.key.empty() && s.hops.certificate.empty()) {
      fault("a key without its certificate", at("next_hop", "key"), "add certificate");
    }
    if (s.smtp.auth == AuthUse::pass && s.smtp.auth_mechanisms.empty()) {
      fault("auth = \"pass\" without a mechanism", at("smtp", "auth_mechanisms"),
            "name one, or leave the key out");
    }
    if (s.judge.authenticate_all && s.judge.authserv_id.empty()) {
      fault("authenticate_all without authserv_id: nobody would see the results",
            at("authenticate_all"), "add authserv_id = \"mail.example.com\"");
    }
    if (s.ledger.file.empty() && has("ledger")) {
      fault("a ledger without its file", at("ledger"), "add file = \"ledger.db\"");
    }
    if (has("page") && !s.page.open()) {
      fault("a page without token_file: nobody could sign in", at("page"),
            "add token_file = \"page.token\"");
    }
    if (s.page.open() && s.admin_listen.empty()) {
      fault("a page, and nowhere to show it", at("page"),
            "add admin_listen = \"127.0.0.1:9125\" at the head");
    }
    if (s.page.open() && s.cluster.is_there() && s.tenants.empty()) {
      fault("a page, and the policy of a cluster: the page shows and switches tenants of files",
            at("page"),
            "name tenants, whose verdicts then go to the cluster; or leave [page] away");
    }
    if (!s.group.empty() && s.user.empty()) {
      fault("a group without a user", at("group"), "add user");
    }
    for (const auto& list : {s.judge.tenants, s.judge.domains}) {
      for (const judge::ModeOverride& each : list) {
        if (!each.mode && !each.stage && !each.locked) {
          faults_.push_back({fmt::format("nothing is said of '{}'", printable(each.name)),
                             each.where, "give it a mode or a stage, or lock it"});
        }
      }
    }
  }

 private:
  [[nodiscard]] bool has(std::string_view part) const { return file_.find(part) != nullptr; }
  // The place of a part, or of a key in it; of the file where it is not there.
  [[nodiscard]] const Place& at(std::string_view part, std::string_view key = {}) const {
    const settings_file::Value* value = file_.find(part);
    const bool inside = value != nullptr && !key.empty() && !value->tables.empty();
    return inside ? value->tables.front().place_of(key) : file_.place_of(part);
  }
  void fault(std::string what, const Place& where, std::string remedy) const {
    faults_.push_back({std::move(what), where, std::move(remedy)});
  }

  const Table& file_;
  Faults& faults_;
};

// Paths are relative to the file, as its reader would expect.
void settle_paths(Settings& s) {
  const auto folder = std::filesystem::path(s.file).parent_path();
  const auto settle = [&](std::string& path) {
    if (!path.empty()) path = (folder / path).lexically_normal().string();
  };
  for (std::string& tenant : s.tenants)
    settle(tenant);
  for (RouteSettings& route : s.routes)
    settle(route.maildir);
  for (std::string* path :
       {&s.hold_folder, &s.tls.certificate, &s.tls.key, &s.tls.client_ca, &s.hops.ca,
        &s.hops.certificate, &s.hops.key, &s.ledger.file, &s.ledger.hash_key_file,
        &s.page.token_file, &s.page.state_file, &s.page.senders}) {
    settle(*path);
  }
  settle_cluster_paths(s.cluster, s.file);
  // Beside the ledger, which the gate's user can write.
  if (s.page.open() && s.page.state_file.empty()) {
    const auto beside = std::filesystem::path(s.ledger.file.empty() ? s.file : s.ledger.file);
    s.page.state_file = (beside.parent_path() / "page-state.json").string();
  }
}

}  // namespace

tl::expected<Settings, std::vector<Error>> parse_settings(std::string_view text,
                                                          const std::string& name) {
  const auto& layout = settings_layout();
  const auto file = settings_file::parse(text, name, layout.manual);
  if (!file) return tl::unexpected(std::vector<Error>{file.error()});
  Settings settings;
  Faults faults = layout.read(*file, settings);
  if (faults.empty()) Contradictions(*file, faults).find(settings);
  if (!faults.empty()) return tl::unexpected(std::move(faults));
  settings.smtp.open = file->find("smtp") != nullptr;
  settings.file = name;
  settle_paths(settings);
  return settings;
}

tl::expected<Settings, std::vector<Error>> read_settings(const std::string& path) {
  const auto text = files::read_whole(path, largest_file);
  if (!text) return tl::unexpected(std::vector<Error>{text.error()});
  return parse_settings(*text, path);
}

std::vector<std::string> waiting_for_start(const Settings& running, const Settings& read) {
  return settings_layout().waiting(running, read);
}

std::string describe_settings() {
  const std::string head =
      "# gate.toml\n\nWhat `postern gate gate.toml` reads; `postern gate gate.toml --check` says "
      "what is wrong with it. This page is printed by `postern gate --keys`, from the table that "
      "the file is read with.\n\nTimes are \"250ms\", \"90s\", \"5m\" or \"2h\"; sizes \"256K\", "
      "\"150M\" or a number of octets. Paths are relative to the file. "
      "`packaging/gate.toml` is a file to begin with.\n\nA reload (SIGHUP) takes what is new in "
      "the "
      "file, but for the keys that count from the next start on: each of those that differs is "
      "one line of the log (`waits_for_start`).\n";
  return head + settings_layout().describe();
}

}  // namespace postern::gate
