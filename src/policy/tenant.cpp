#include "policy/tenant.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"

namespace postern::policy {

std::string SenderDomain::text() const {
  switch (kind) {
    case Kind::any:
      return "*";
    case Kind::subdomains:
      return "*." + name;
    case Kind::exact:
      break;
  }
  return name;
}

bool InboundConnector::takes_every_domain() const noexcept {
  return std::any_of(sender_domains.begin(), sender_domains.end(), [](const SenderDomain& domain) {
    return domain.kind == SenderDomain::Kind::any;
  });
}

Result<SenderDomain> parse_sender_domain(std::string_view raw) {
  std::string_view text = trim(raw);
  SenderDomain out;
  // Exchange serialises "smtp:contoso.com;1": address type, address space, cost.
  if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    if (!iequals(text.substr(0, colon), "smtp")) {
      return fail(fmt::format("SenderDomains entry '{}' is not an SMTP address space",
                              printable(raw.substr(0, 80))),
                  {}, "only smtp: is known");
    }
    text.remove_prefix(colon + 1);
  }
  if (const std::size_t semicolon = text.find(';'); semicolon != std::string_view::npos) {
    const std::string_view digits = text.substr(semicolon + 1);
    const auto [end, failed] =
        std::from_chars(digits.data(), digits.data() + digits.size(), out.cost);
    if (failed != std::errc{} || end != digits.data() + digits.size() || out.cost < 0) {
      return fail(
          fmt::format("SenderDomains entry '{}' has no valid cost", printable(raw.substr(0, 80))),
          {}, "write it like smtp:contoso.com;1");
    }
    text = text.substr(0, semicolon);
  }
  text = trim(text);
  if (text == "*") {
    out.kind = SenderDomain::Kind::any;
    return out;
  }
  if (text.starts_with("*.")) {
    out.kind = SenderDomain::Kind::subdomains;
    text.remove_prefix(2);
  }
  if (text.find('*') != std::string_view::npos) {
    return fail(fmt::format("SenderDomains entry '{}' has an embedded wildcard",
                            printable(raw.substr(0, 80))),
                {}, "use *, contoso.com or *.contoso.com");
  }
  auto name = normalise_domain(text);
  if (!name) return tl::unexpected(name.error());
  out.name = std::move(*name);
  return out;
}

Result<std::string> parse_certificate_name(std::string_view raw) {
  std::string_view text = trim(raw);
  if (text.empty()) return std::string{};
  // "<I>CN=Issuer, O=…<S>CN=mail.contoso.com, OU=…": issuer and subject, as older hybrid wizards
  // wrote it.
  if (const std::size_t subject = ifind(text, "<S>"); subject != std::string_view::npos) {
    text.remove_prefix(subject + 3);
    const std::size_t common_name = ifind(text, "CN=");
    if (common_name == std::string_view::npos) {
      return fail(fmt::format("certificate name '{}' has no CN in its subject",
                              printable(raw.substr(0, 80))));
    }
    text.remove_prefix(common_name + 3);
    text = trim(text.substr(0, text.find(',')));
  }
  const bool wildcard = text.starts_with("*.");
  if (wildcard) text.remove_prefix(2);
  auto name = normalise_domain(text);
  if (!name) return tl::unexpected(name.error());
  return wildcard ? "*." + *name : *name;
}

std::string_view name_of(ConnectorType type) noexcept {
  return type == ConnectorType::partner ? "Partner" : "OnPremises";
}

std::string_view name_of(DomainType type) noexcept {
  switch (type) {
    case DomainType::internal_relay:
      return "InternalRelay";
    case DomainType::external_relay:
      return "ExternalRelay";
    case DomainType::authoritative:
      break;
  }
  return "Authoritative";
}

std::string_view name_of(RejectDirectSend state) noexcept {
  switch (state) {
    case RejectDirectSend::never_set:
      return "never set";
    case RejectDirectSend::off:
      return "False";
    case RejectDirectSend::on:
      return "True";
    case RejectDirectSend::unknown:
      break;
  }
  return "unknown";
}

}  // namespace postern::policy
