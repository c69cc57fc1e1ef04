#include "impact/services.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <utility>

#include "base/ascii.hpp"
#include "base/embedded.hpp"
#include "base/toml_fields.hpp"

namespace postern::impact {

std::span<const EmbeddedFile> embedded_files() noexcept;  // cmake/embed.cmake

namespace {

constexpr const char* manual = "see docs/senders.md";

bool is_below(std::string_view host, std::string_view suffix) noexcept {
  return iends_with(host, suffix) &&
         (host.size() == suffix.size() || host[host.size() - suffix.size() - 1] == '.');
}

Result<ServiceKind> parse_kind(const std::string& text, const std::string& where) {
  if (text == "online service") return ServiceKind::online_service;
  if (text == "gateway") return ServiceKind::gateway;
  if (text == "signature service") return ServiceKind::signature_service;
  if (text == "Azure Communication Services") return ServiceKind::azure_communication_services;
  return fail("no kind of service is called '" + printable(text) + "'", where,
              "one of: online service, gateway, signature service, Azure Communication Services");
}

std::vector<std::string> lower(std::vector<std::string> texts) {
  for (std::string& text : texts)
    text = to_lower(text);
  return texts;
}

Result<std::vector<Service>> parse(std::string_view toml, const std::string& file) {
  using List = std::vector<Service>;
  return toml_fields::with_toml<List>(
      toml, file, manual, [&](const toml::table& root) -> Result<List> {
        toml_fields::Fields top(root, file, manual);
        top.allow("service");
        if (auto done = top.finish(); !done) return tl::unexpected(done.error());
        List services;
        Result<void> fault;
        const auto done = toml_fields::read_list(
            root, "service", file, manual, services, [&](toml_fields::Fields& f) {
              Service service;
              service.name = f.take("name", true);
              const auto kind = parse_kind(f.take("kind", true), f.where());
              if (kind) {
                service.kind = *kind;
              } else if (fault) {
                fault = tl::unexpected(kind.error());
              }
              service.hosts = lower(f.take_list("host"));
              service.spf_includes = lower(f.take_list("spf_include"));
              service.certificates = lower(f.take_list("certificate"));
              service.shared = f.take_flag("shared");
              service.bounce_domain = f.take_flag("bounce_domain");
              return service;
            });
        if (!done) return tl::unexpected(done.error());
        if (!fault) return tl::unexpected(fault.error());
        return services;
      });
}

}  // namespace

Services::Services() {
  for (const EmbeddedFile& file : embedded_files()) {
    const auto added = add(file.text, std::string(file.name));
    if (!added) throw std::logic_error(added.error().line());
  }
}

Result<void> Services::add(std::string_view toml, const std::string& file) {
  auto services = parse(toml, file);
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
