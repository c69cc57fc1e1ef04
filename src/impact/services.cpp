#include "impact/services.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <utility>

#include "base/ascii.hpp"
#include "base/embedded.hpp"
#include "settings_file/layout.hpp"

namespace postern::impact {

std::span<const EmbeddedFile> embedded_files() noexcept;  // cmake/embed.cmake

namespace {

bool is_below(std::string_view host, std::string_view suffix) noexcept {
  return iends_with(host, suffix) &&
         (host.size() == suffix.size() || host[host.size() - suffix.size() - 1] == '.');
}

constexpr std::array<std::pair<std::string_view, ServiceKind>, 4> kinds{
    {{"online service", ServiceKind::online_service},
     {"gateway", ServiceKind::gateway},
     {"signature service", ServiceKind::signature_service},
     {"Azure Communication Services", ServiceKind::azure_communication_services}}};

std::string read_names(const settings_file::Value& value, std::vector<std::string>& into) {
  std::string wrong = settings_file::read_texts(value, into);
  for (std::string& name : into)
    name = to_lower(name);
  return wrong;
}
settings_file::Access<Service> service_names(std::vector<std::string> Service::*at) {
  return settings_file::member(at, read_names, settings_file::write_texts);
}

const settings_file::Keys<Service>& service_keys() {
  using S = Service;
  static const settings_file::Keys<S> keys = {
      {"name", "text", settings_file::required, "As reports show it; a known name is replaced.",
       settings_file::words(&S::name)},
      {"kind", "online service, gateway, signature service or Azure Communication Services",
       settings_file::required, "What it does for its customers.",
       settings_file::choice(&S::kind, kinds)},
      {"host", "list of suffixes", "", "Of reverse names, HELO names and Message-ID domains.",
       service_names(&S::hosts)},
      {"spf_include", "list of suffixes", "", "What a customer's SPF record includes.",
       service_names(&S::spf_includes)},
      {"certificate", "list of names", "", "That the service presents to receivers.",
       service_names(&S::certificates)},
      {"shared", "true or false", "", "Certificate and addresses serve every customer alike.",
       settings_file::flag(&S::shared)},
      {"bounce_domain", "true or false", "",
       "Customers can set an envelope sender domain of their own.",
       settings_file::flag(&S::bounce_domain)},
  };
  return keys;
}

using List = std::vector<Service>;

const settings_file::Layout<List>& service_layout() {
  static const settings_file::Layout<List> all{
      "see docs/senders.md",
      {settings_file::tables<List>(
          "service", "One for each service.", service_keys(), [](auto& l) -> auto& { return l; })},
      nullptr};
  return all;
}

}  // namespace

Services::Services() {
  for (const EmbeddedFile& file : embedded_files()) {
    const auto added = add(file.text, std::string(file.name));
    if (!added) throw std::logic_error(added.error().line());
  }
}

Result<void> Services::add(std::string_view toml, const std::string& file) {
  auto services = service_layout().parse(toml, file);
  if (!services) return tl::unexpected(services.error());
  for (Service& service : *services) {
    const auto same = std::find_if(services_.begin(), services_.end(),
                                   [&](const Service& s) { return iequals(s.name, service.name); });
    if (same != services_.end()) {
      *same = std::move(service);
    } else if (services_.size() < no_service) {
      services_.push_back(std::move(service));
    }
  }
  return {};
}

std::string describe_service_keys() {
  return service_layout().describe("service");
}

std::uint16_t Services::of_host(std::string_view host) const noexcept {
  if (host.size() < 4) return no_service;
  for (const Service& service : services_) {
    for (const std::string& suffix : service.hosts) {
      if (is_below(host, suffix)) return static_cast<std::uint16_t>(&service - services_.data());
    }
  }
  return no_service;
}

std::uint16_t Services::of_spf_include(std::string_view name) const noexcept {
  for (const Service& service : services_) {
    for (const std::string& suffix : service.spf_includes) {
      if (is_below(name, suffix)) return static_cast<std::uint16_t>(&service - services_.data());
    }
  }
  return no_service;
}

std::string_view organisation_of(std::string_view host) noexcept {
  const std::size_t last = host.rfind('.');
  if (last == std::string_view::npos || last == 0) return host;
  const std::size_t second = host.rfind('.', last - 1);
  if (second == std::string_view::npos) return host;
  const std::size_t label = last - second - 1;
  const bool country = host.size() - last - 1 == 2;
  if (country && label <= 3 && second > 0) {
    const std::size_t third = host.rfind('.', second - 1);
    return third == std::string_view::npos ? host : host.substr(third + 1);
  }
  return host.substr(second + 1);
}

}  // namespace postern::impact
