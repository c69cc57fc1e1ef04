#include "impact/common.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "base/ip.hpp"
#include "base/numbers.hpp"

namespace postern::impact {
namespace {

// What names it again at another tenant; empty where nothing does.
SeenSender named(const Sender& sender, const Services& services) {
  SeenSender out;
  for (const std::string& host : sender.hostnames) {
    const std::uint16_t service = services.of_host(host);
    if (service == no_service) continue;
    out.name = services[service].name;
    out.is_service = true;
    return out;
  }
  for (const std::string& host : sender.hostnames) {
    const auto normal = normalise_domain(host);
    if (!normal || normal->find('.') == std::string::npos || IpAddress::parse(*normal)) continue;
    out.name = std::string(organisation_of(*normal));
    return out;
  }
  return out;
}

bool by_name(const CommonSender& a, std::string_view name) {
  return a.name < name;
}

}  // namespace

std::vector<SeenSender> seen_senders(const Report& report, const Services& services) {
  std::vector<SeenSender> out;
  for (const Sender& sender : report.senders) {
    if (sender.is_rest || sender.looks == Looks::forged) continue;
    SeenSender seen = named(sender, services);
    if (seen.name.empty()) continue;
    seen.is_yours = sender.looks == Looks::legitimate && sender.standing != Standing::open;
    seen.is_lost = sender.with_rejection.reject + sender.with_rejection.undetermined > 0;
    const auto same = std::find_if(out.begin(), out.end(), [&](const SeenSender& each) {
      return each.name == seen.name && each.is_service == seen.is_service;
    });
    if (same == out.end()) {
      out.push_back(std::move(seen));
    } else {
      same->is_yours = same->is_yours || seen.is_yours;
      same->is_lost = same->is_lost || seen.is_lost;
    }
  }
  std::sort(out.begin(), out.end(),
            [](const SeenSender& a, const SeenSender& b) { return a.name < b.name; });
  return out;
}

void CommonSenders::add(const std::vector<SeenSender>& senders,
                        const std::vector<std::string>& domains) {
  for (const std::string& domain : domains)
    own_.insert(std::string(organisation_of(domain)));
  for (const SeenSender& seen : senders) {
    auto at = std::lower_bound(all_.begin(), all_.end(), std::string_view(seen.name), by_name);
    if (at == all_.end() || at->name != seen.name) {
      at = all_.insert(at, {seen.name, seen.is_service, 0, 0, 0});
    }
    ++at->tenants;
    at->yours += seen.is_yours ? 1 : 0;
    at->lost += seen.is_lost ? 1 : 0;
  }
}

std::vector<CommonSender> CommonSenders::result() const {
  std::vector<CommonSender> out;
  for (const CommonSender& each : all_) {
    const bool is_somebodys = !each.is_service && own_.contains(each.name);
    if (each.tenants >= fewest_in_common && !is_somebodys) out.push_back(each);
  }
  std::stable_sort(out.begin(), out.end(), [](const CommonSender& a, const CommonSender& b) {
    return a.tenants > b.tenants;
  });
  return out;
}

std::string proposed_services(const std::vector<CommonSender>& common) {
  std::string out;
  for (const CommonSender& each : common) {
    if (each.is_service || each.yours == 0) continue;
    out += fmt::format(
        "\n# Seen at {}; at {} of them it is theirs, or looks so. Is it one that serves many\n"
        "# customers? Then give it its name, and what of docs/senders.md you know; else take it "
        "away.\n[[service]]\nname = \"{}\"\nkind = \"online service\"\nhost = [\"{}\"]\n",
        counted(each.tenants, "tenant"), each.yours, each.name, each.name);
  }
  return out;
}

}  // namespace postern::impact
