#include "cluster/snapshot.hpp"

#include <charconv>
#include <cstddef>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cluster/json_member.hpp"
#include "cluster/tenant_value.hpp"
#include "files/whole_file.hpp"

namespace postern::cluster {
namespace {

// postern policy snapshot 1
// {"awaited":{"new.example":false},"incarnation":"…","revision":7,"tenants":2}
// contoso 5 1234
// …1234 octets…
// sha256 …            (of all before)
constexpr std::string_view opening = "postern policy snapshot ";
constexpr int version = 1;
constexpr std::size_t largest_snapshot = std::size_t{8} << 30;

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  bool line(std::string_view& into) {
    const auto end = rest_.find('\n');
    if (end == std::string_view::npos) return false;
    into = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return true;
  }
  bool octets(std::size_t count, std::string_view& into) {
    if (rest_.size() <= count || rest_[count] != '\n') return false;
    into = rest_.substr(0, count);
    rest_.remove_prefix(count + 1);
    return true;
  }

 private:
  std::string_view rest_;
};

bool read_tenant(Lines& lines, TenantChange& into) {
  std::string_view head;
  if (!lines.line(head)) return false;
  const auto one = head.find(' ');
  const auto two = head.find(' ', one + 1);
  if (one == std::string_view::npos || two == std::string_view::npos) return false;
  const auto revision = whole_number(head.substr(one + 1, two - one - 1));
  const auto size = whole_number(head.substr(two + 1));
  std::string_view value;
  if (!revision || !size || !lines.octets(*size, value)) return false;
  into = {std::string(head.substr(0, one)), *revision, std::string(value)};
  return is_tenant_id(into.id);
}

}  // namespace

Result<void> write_snapshot(const std::string& path, const Snapshot& snapshot) {
  auto awaited = nlohmann::json::object();
  for (const policy::AcceptedDomain& domain : snapshot.awaited) {
    const bool with_subdomains = awaited.value(domain.name, false) || domain.match_subdomains;
    awaited[domain.name] = with_subdomains;
  }
  std::string out = fmt::format("{}{}\n", opening, version);
  out += nlohmann::json{{"incarnation", snapshot.incarnation},
                        {"revision", snapshot.revision},
                        {"tenants", snapshot.tenants.size()},
                        {"awaited", std::move(awaited)}}
             .dump();
  out += '\n';
  for (const TenantChange& tenant : snapshot.tenants) {
    const std::string value = tenant.value.value_or("");
    out += fmt::format("{} {} {}\n", tenant.id, tenant.revision, value.size());
    out += value;
    out += '\n';
  }
  out += fmt::format("sha256 {}\n", sha256_hex(out));
  return files::write_whole(path, out, files::Access::owner);
}

Result<Snapshot> read_snapshot(const std::string& path) {
  const auto text = files::read_whole(path, largest_snapshot);
  if (!text) return tl::unexpected(text.error());
  const auto damaged = [&] {
    return fail("is cut off or damaged", path,
                "take it away: the gate asks its servers for another");
  };
  const std::string_view all = *text;
  const auto seal = all.rfind("sha256 ");
  if (!all.starts_with(opening) || seal == std::string_view::npos) return damaged();
  if (all.substr(seal) != fmt::format("sha256 {}\n", sha256_hex(all.substr(0, seal)))) {
    return damaged();
  }
  Lines lines(all.substr(0, seal));
  std::string_view head;
  if (!lines.line(head)) return damaged();
  if (head != fmt::format("{}{}", opening, version)) {
    return fail("was written by a newer postern", path, "upgrade this one, or take the file away");
  }
  if (!lines.line(head)) return damaged();
  const auto about = nlohmann::json::parse(head, nullptr, false);
  if (!about.is_object() || !about.contains("tenants") || !about["tenants"].is_number_unsigned()) {
    return damaged();
  }
  Snapshot snapshot;
  snapshot.incarnation = text_in(about, "incarnation");
  snapshot.revision = count_in(about, "revision");
  // One of before there were any has none.
  if (const auto awaited = about.find("awaited"); awaited != about.end()) {
    if (!awaited->is_object()) return damaged();
    for (const auto& [name, with_subdomains] : awaited->items()) {
      if (!with_subdomains.is_boolean()) return damaged();
      policy::AcceptedDomain domain;
      domain.name = name;
      domain.match_subdomains = with_subdomains.get<bool>();
      snapshot.awaited.push_back(std::move(domain));
    }
  }
  for (std::uint64_t i = about["tenants"].get<std::uint64_t>(); i > 0; --i) {
    TenantChange tenant;
    if (!read_tenant(lines, tenant)) return damaged();
    snapshot.tenants.push_back(std::move(tenant));
  }
  return snapshot;
}

}  // namespace postern::cluster
