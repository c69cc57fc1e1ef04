#include "gate/page_state.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "files/whole_file.hpp"
#include "judge/judge.hpp"

namespace postern::gate {
namespace {

using ledger::Mode;
using nlohmann::json;

constexpr std::string_view schema = "postern/page-state/1";
constexpr std::size_t largest_state = 16u << 20;
constexpr const char* state_remedy =
    "put back a copy, or remove it: gate.toml's own modes count then";

std::optional<Mode> mode_named(std::string_view name) noexcept {
  for (const Mode mode : {Mode::observe, Mode::enforce}) {
    if (name == name_of(mode)) return mode;
  }
  return std::nullopt;
}

// A member, as far as it is what it should be.
class Members {
 public:
  explicit Members(const json& object) : object_(object) {}
  std::string text(const char* key) {
    const auto found = object_.find(key);
    if (found != object_.end() && found->is_string()) return found->get<std::string>();
    good_ = false;
    return {};
  }
  std::int64_t number(const char* key) {
    const auto found = object_.find(key);
    if (found != object_.end() && found->is_number_integer()) return found->get<std::int64_t>();
    good_ = false;
    return 0;
  }
  std::vector<std::string> texts(const char* key) {
    std::vector<std::string> out;
    const auto found = object_.find(key);
    if (found == object_.end() || !found->is_array()) {
      good_ = false;
      return out;
    }
    for (const json& each : *found) {
      good_ = good_ && each.is_string();
      if (each.is_string()) out.push_back(each.get<std::string>());
    }
    return out;
  }
  [[nodiscard]] bool good() const noexcept { return good_; }

 private:
  const json& object_;
  bool good_ = true;
};

std::optional<ModeSwitch> switch_of(const json& object) {
  if (!object.is_object()) return std::nullopt;
  Members members(object);
  ModeSwitch out;
  out.domain = members.text("domain");
  const auto mode = mode_named(members.text("mode"));
  out.since = members.number("since");
  out.who = members.text("who");
  out.reason = members.text("reason");
  if (!members.good() || !mode || normalise_domain(out.domain) != out.domain) return std::nullopt;
  out.mode = *mode;
  return out;
}

std::optional<SenderPin> pin_of(const json& object) {
  if (!object.is_object()) return std::nullopt;
  Members members(object);
  SenderPin out;
  out.sender = members.text("sender");
  out.addresses = members.texts("addresses");
  out.envelope_senders = members.texts("envelope_senders");
  out.since = members.number("since");
  out.who = members.text("who");
  out.reason = members.text("reason");
  const bool are_addresses =
      std::all_of(out.addresses.begin(), out.addresses.end(),
                  [](const std::string& text) { return IpAddress::parse(text).has_value(); });
  if (!members.good() || out.addresses.empty() || !are_addresses) return std::nullopt;
  return out;
}

bool is_domain_locked(const Settings& settings, std::string_view tenant, std::string_view domain) {
  if (settings.locked) return true;
  for (const judge::ModeOverride& each : settings.judge.tenants) {
    if (each.locked && iequals(each.name, tenant)) return true;
  }
  for (std::string_view name = domain; !name.empty(); name = parent_domain(name)) {
    for (const judge::ModeOverride& each : settings.judge.domains) {
      if (each.locked && each.name == name) return true;
    }
  }
  return false;
}

bool is_below(std::string_view domain, std::string_view parent) {
  for (std::string_view name = parent_domain(domain); !name.empty(); name = parent_domain(name)) {
    if (name == parent) return true;
  }
  return false;
}

}  // namespace

Result<PageState> read_page_state(const std::string& file) {
  struct stat there {};
  if (::stat(file.c_str(), &there) != 0 && errno == ENOENT) return PageState{};
  const auto text = files::read_whole(file, largest_state);
  if (!text) return tl::unexpected(text.error());
  const json document = json::parse(*text, nullptr, false);
  if (!document.is_object() || document.value("schema", json()) != schema) {
    return fail("is no state of the gate's page", file, state_remedy);
  }
  PageState state;
  for (const json& each : document.value("modes", json::array())) {
    auto read = switch_of(each);
    if (!read) return fail("holds a mode that can't be understood", file, state_remedy);
    state.modes.push_back(std::move(*read));
  }
  for (const json& each : document.value("pins", json::array())) {
    auto read = pin_of(each);
    if (!read) return fail("holds a pin that can't be understood", file, state_remedy);
    state.pins.push_back(std::move(*read));
  }
  return state;
}

Result<void> write_page_state(const std::string& file, const PageState& state) {
  json modes = json::array();
  for (const ModeSwitch& each : state.modes) {
    modes.push_back({{"domain", each.domain},
                     {"mode", name_of(each.mode)},
                     {"since", each.since},
                     {"who", each.who},
                     {"reason", each.reason}});
  }
  json pins = json::array();
  for (const SenderPin& each : state.pins) {
    pins.push_back({{"sender", each.sender},
                    {"addresses", each.addresses},
                    {"envelope_senders", each.envelope_senders},
                    {"since", each.since},
                    {"who", each.who},
                    {"reason", each.reason}});
  }
  const json document = {{"schema", schema}, {"modes", modes}, {"pins", pins}};
  return files::write_whole(file,
                            document.dump(2, ' ', false, json::error_handler_t::replace) + '\n',
                            files::Access::owner);
}

Result<void> check_page_state(const std::string& file) {
  const std::size_t slash = file.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : file.substr(0, slash + 1);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    return fail(fmt::format("can't be written: {}", std::strerror(errno)), file,
                "make its folder, writable for the gate's user");
  }
  const auto read = read_page_state(file);
  if (!read) return tl::unexpected(read.error());
  return {};
}

std::vector<DomainMode> domain_modes(const Settings& settings,
                                     std::span<const policy::Tenant> tenants,
                                     const judge::Judge& of_file, const PageState& state,
                                     std::vector<std::string>* left_aside) {
  std::vector<DomainMode> out;
  for (const policy::Tenant& tenant : tenants) {
    for (const policy::AcceptedDomain& accepted : tenant.accepted_domains) {
      DomainMode domain;
      domain.domain = accepted.name;
      domain.tenant = tenant.name;
      domain.in_file = of_file.rules_for(accepted.name).mode;
      domain.mode = domain.in_file;
      domain.locked = is_domain_locked(settings, tenant.name, accepted.name);
      out.push_back(std::move(domain));
    }
  }
  for (const ModeSwitch& each : state.modes) {
    const auto found = std::find_if(out.begin(), out.end(), [&](const DomainMode& domain) {
      return domain.domain == each.domain;
    });
    if (found != out.end() && found->is_offered()) {
      found->mode = each.mode;
      found->set = &each;
    } else if (left_aside != nullptr) {
      left_aside->push_back(
          fmt::format("{}: mode {}, set at the page, counts for nothing: {}",
                      printable(each.domain), name_of(each.mode),
                      found == out.end() ? "it is no accepted domain any more"
                      : found->locked    ? "gate.toml has it locked"
                                      : fmt::format("gate.toml says {}", name_of(found->in_file))));
    }
  }
  return out;
}

judge::Settings switched(const judge::Settings& in_file, const judge::Judge& of_file,
                         std::span<const DomainMode> domains) {
  judge::Settings out = in_file;
  const auto put = [&](const std::string& name, Mode mode) {
    for (judge::ModeOverride& each : out.domains) {
      if (each.name != name) continue;
      each.mode = mode;
      return;
    }
    // The longest name decides both: what the domain had is kept.
    judge::ModeOverride added;
    added.name = name;
    added.mode = mode;
    added.stage = of_file.rules_for(name).stage;
    out.domains.push_back(std::move(added));
  };
  for (const DomainMode& domain : domains) {
    if (domain.set == nullptr) continue;
    put(domain.domain, domain.mode);
    for (const DomainMode& other : domains) {
      if (other.set == nullptr && is_below(other.domain, domain.domain)) {
        put(other.domain, other.mode);
      }
    }
  }
  return out;
}

}  // namespace postern::gate
