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

constexpr std::array<std::pair<std::string_view, WrongAdvice>, 3> advices{
    {{"SPF", WrongAdvice::add_to_spf},
     {"transport rule", WrongAdvice::transport_rule},
     {"both", WrongAdvice::both}}};

// What is left out is not known.
settings_file::Access<Service> known_flag(policy::Known Service::*at) {
  return settings_file::member(
      at,
      [](const settings_file::Value& value, policy::Known& into) {
        bool flag = false;
        std::string wrong = settings_file::read_flag(value, flag);
        if (wrong.empty()) into = flag ? policy::Known::yes : policy::Known::no;
        return wrong;
      },
      [](policy::Known known) {
        return known == policy::Known::unknown
                   ? std::string{}
                   : settings_file::write_flag(known == policy::Known::yes);
      });
}

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
      {"certificate", "list of names", "",
       "That the service presents to receivers, as its vendor documents them.",
       service_names(&S::certificates)},
      {"shared", "true or false", "not known",
       "Certificate and addresses serve every customer alike.", known_flag(&S::shared)},
      {"bounce_domain", "true or false", "not known",
       "Customers can set an envelope sender domain of their own.", known_flag(&S::bounce_domain)},
      {"page", "address of a page", "", "The vendor's, about sending as a domain of one's own.",
       settings_file::words(&S::page)},
      {"wrong_advice", "SPF, transport rule or both", "none known",
       "What its vendor advises against the refusal, and does not help.",
       settings_file::choice(&S::wrong_advice, advices)},
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

Services::Services() : held_(shipped()) {}

std::shared_ptr<const Services::Held> Services::shipped() {
  // Read once: every tenant of many starts from the same.
  static const std::shared_ptr<const Held> all = [] {
    auto held = std::make_shared<Held>();
    for (const EmbeddedFile& file : embedded_files()) {
      const auto added = held->add(file.text, std::string(file.name));
      if (!added) throw std::logic_error(added.error().line());
    }
    return held;
  }();
  return all;
}

Result<void> Services::add(std::string_view toml, const std::string& file) {
  auto held = std::make_shared<Held>(*held_);
  if (auto added = held->add(toml, file); !added) return added;
  held_ = std::move(held);
  return {};
}

Result<void> Services::Held::add(std::string_view toml, const std::string& file) {
  auto given = service_layout().parse(toml, file);
  if (!given) return tl::unexpected(given.error());
  for (Service& service : *given) {
    const auto same = std::find_if(services.begin(), services.end(),
                                   [&](const Service& s) { return iequals(s.name, service.name); });
    if (same != services.end()) {
      *same = std::move(service);
    } else if (services.size() < no_service) {
      services.push_back(std::move(service));
    }
  }
  index();
  return {};
}

std::string describe_service_keys() {
  return service_layout().describe("service");
}

void Services::Held::index() {
  hosts.clear();
  includes.clear();
  for (std::size_t i = 0; i < services.size(); ++i) {
    const auto number = static_cast<std::uint16_t>(i);
    for (const std::string& host : services[i].hosts)
      hosts.emplace_back(host, number);
    for (const std::string& include : services[i].spf_includes)
      includes.emplace_back(include, number);
  }
  std::sort(hosts.begin(), hosts.end());
  std::sort(includes.begin(), includes.end());
}

std::uint16_t Services::longest(const Suffixes& suffixes, std::string_view name) noexcept {
  // RFC 1035, 2.3.4: no name is longer.
  std::array<char, 255> lower{};
  if (name.size() < 4 || name.size() > lower.size()) return no_service;
  std::transform(name.begin(), name.end(), lower.begin(), ascii_lower);
  std::string_view rest(lower.data(), name.size());
  while (true) {
    const auto place =
        std::lower_bound(suffixes.begin(), suffixes.end(), rest,
                         [](const auto& each, std::string_view text) { return each.first < text; });
    if (place != suffixes.end() && place->first == rest) return place->second;
    const std::size_t dot = rest.find('.');
    if (dot == std::string_view::npos) return no_service;
    rest.remove_prefix(dot + 1);
  }
}

std::uint16_t Services::of_host(std::string_view host) const noexcept {
  return longest(held_->hosts, host);
}

std::uint16_t Services::of_spf_include(std::string_view name) const noexcept {
  return longest(held_->includes, name);
}

std::uint16_t Services::of_certificate(std::string_view name) const noexcept {
  const auto base = [](std::string_view certificate) {
    return certificate.substr(certificate.starts_with("*.") ? 2 : 0);
  };
  for (const Service& service : held_->services) {
    for (const std::string& certificate : service.certificates) {
      if (is_below(base(name), base(certificate))) {
        return static_cast<std::uint16_t>(&service - held_->services.data());
      }
    }
  }
  return of_host(base(name));
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
