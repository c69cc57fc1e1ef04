#include "policy/clouds.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"

namespace postern::policy {
namespace {

using Names = std::span<const std::string_view>;

// --- worldwide, and GCC with it ---

// mail.eo.outlook.com is what MX records said before 2014; mx.microsoft what they say with DNSSEC.
constexpr std::array<std::string_view, 3> public_front_doors{"mail.protection.outlook.com",
                                                             "mx.microsoft", "mail.eo.outlook.com"};
// The second is for clients without TLS 1.2, the last two are High Volume Email's, old and new.
constexpr std::array<std::string_view, 4> public_submission{
    "smtp.office365.com", "smtp-legacy.office365.com", "smtp-hve.office365.com",
    "smtp.hve.mx.microsoft"};
constexpr std::array<std::string_view, 4> public_servers{
    "prod.outlook.com", "protection.outlook.com", "prod.exchangelabs.com", "outlook.office365.com"};
constexpr std::array<std::string_view, 2> public_mailboxes{"prod.outlook.com",
                                                           "prod.exchangelabs.com"};
constexpr std::array<std::string_view, 2> public_certificates{"outlook.com", "mx.microsoft"};

// --- GCC High, and DoD with it ---

// Their mailbox servers have names of the worldwide form: NAMP110.PROD.OUTLOOK.COM.
constexpr std::array<std::string_view, 1> us_front_doors{"mail.protection.office365.us"};
constexpr std::array<std::string_view, 2> us_submission{"smtp.office365.us",
                                                        "outlook-dod.office365.us"};
constexpr std::array<std::string_view, 1> us_servers{"office365.us"};
constexpr std::array<std::string_view, 1> us_certificates{"office365.us"};

// --- China, run by 21Vianet ---

constexpr std::array<std::string_view, 1> china_front_doors{"mail.protection.partner.outlook.cn"};
constexpr std::array<std::string_view, 1> china_submission{"smtp.partner.outlook.cn"};
constexpr std::array<std::string_view, 1> china_servers{"partner.outlook.cn"};
constexpr std::array<std::string_view, 1> china_mailboxes{"prod.partner.outlook.cn"};
constexpr std::array<std::string_view, 1> china_certificates{"partner.outlook.cn"};

constexpr std::array<MailHosts, 3> mail_systems{{
    {public_front_doors, public_submission, public_servers, public_mailboxes,
     "outbound.protection.outlook.com", public_certificates},
    {us_front_doors,
     us_submission,
     us_servers,
     {},
     "outbound.protection.office365.us",
     us_certificates},
    {china_front_doors, china_submission, china_servers, china_mailboxes,
     "outbound.protection.partner.outlook.cn", china_certificates},
}};

constexpr std::array<CloudRow, 5> rows{{
    {Cloud::worldwide, "Microsoft 365", &mail_systems[0], "https://login.microsoftonline.com",
     "https://outlook.office365.com", "https://graph.microsoft.com", "onmicrosoft.com", true},
    {Cloud::gcc, "GCC", &mail_systems[0], "https://login.microsoftonline.com",
     "https://outlook.office365.com", "https://graph.microsoft.com", "onmicrosoft.com", true},
    {Cloud::gcc_high, "GCC High", &mail_systems[1], "https://login.microsoftonline.us",
     "https://outlook.office365.us", "https://graph.microsoft.us", "onmicrosoft.us", false},
    {Cloud::dod, "DoD", &mail_systems[1], "https://login.microsoftonline.us",
     "https://outlook-dod.office365.us", "https://dod-graph.microsoft.us", "onmicrosoft.us", false},
    {Cloud::china, "Microsoft 365 operated by 21Vianet", &mail_systems[2],
     "https://login.partner.microsoftonline.cn", "https://outlook.office365.cn",
     "https://microsoftgraph.chinacloudapi.cn", "onmschina.cn", true},
}};

bool is_under(std::string_view name, std::string_view suffix) noexcept {
  return name.size() > suffix.size() && name[name.size() - suffix.size() - 1] == '.' &&
         iends_with(name, suffix);
}

// Whether `name` is under one of the names that `of` picks from each mail system.
bool is_under_any(std::string_view name, Names MailHosts::*of) noexcept {
  return std::any_of(mail_systems.begin(), mail_systems.end(), [&](const MailHosts& system) {
    return std::any_of((system.*of).begin(), (system.*of).end(),
                       [&](std::string_view suffix) { return is_under(name, suffix); });
  });
}

}  // namespace

std::string_view name_of(Cloud cloud) noexcept {
  for (const auto& [name, meaning] : cloud_names) {
    if (meaning == cloud) return name;
  }
  return {};
}

std::span<const CloudRow> clouds() noexcept {
  return rows;
}

const CloudRow& row_of(Cloud cloud) noexcept {
  for (const CloudRow& row : rows) {
    if (row.cloud == cloud) return row;
  }
  return rows.front();
}

std::string lack_of_switch(Cloud cloud) {
  const CloudRow& row = row_of(cloud);
  return row.has_reject_direct_send ? std::string{}
                                    : std::string(row.title) + " has no RejectDirectSend";
}

bool is_front_door(std::string_view host) noexcept {
  return is_under_any(host, &MailHosts::front_doors) && !is_submission_host(host);
}

bool is_submission_host(std::string_view host) noexcept {
  return std::any_of(mail_systems.begin(), mail_systems.end(), [&](const MailHosts& system) {
    return std::any_of(system.submission.begin(), system.submission.end(),
                       [&](std::string_view name) { return iequals(host, name); });
  });
}

bool is_exchange_online_host(std::string_view host) noexcept {
  return is_under_any(host, &MailHosts::servers) || is_under_any(host, &MailHosts::front_doors) ||
         is_submission_host(host);
}

bool is_exchange_online_sender(std::string_view host) noexcept {
  return std::any_of(mail_systems.begin(), mail_systems.end(),
                     [&](const MailHosts& system) { return is_under(host, system.outbound); }) ||
         is_under_any(host, &MailHosts::mailboxes);
}

bool is_exchange_online_id(std::string_view domain) noexcept {
  return is_under_any(domain, &MailHosts::mailboxes);
}

bool is_acs_domain(std::string_view domain) noexcept {
  return iequals(domain, "azurecomm.net") || is_under(domain, "azurecomm.net");
}

bool is_acs_selector(std::string_view selector) noexcept {
  return iequals(selector, "selector1-azurecomm-prod-net") ||
         iequals(selector, "selector2-azurecomm-prod-net");
}

bool is_exchange_online_certificate(std::string_view name) noexcept {
  if (name.starts_with("*.")) name.remove_prefix(2);
  return std::any_of(mail_systems.begin(), mail_systems.end(), [&](const MailHosts& system) {
    return std::any_of(
        system.certificates.begin(), system.certificates.end(),
        [&](std::string_view domain) { return iequals(name, domain) || is_under(name, domain); });
  });
}

bool is_onmicrosoft(std::string_view domain) noexcept {
  return std::any_of(rows.begin(), rows.end(), [&](const CloudRow& row) {
    return iequals(domain, row.initial_domain) || is_under(domain, row.initial_domain);
  });
}

std::optional<Cloud> cloud_of_initial_domain(std::string_view domain) noexcept {
  for (const CloudRow& row : rows) {
    if (!is_under(domain, row.initial_domain)) continue;
    if (row.initial_domain == rows.front().initial_domain) return std::nullopt;
    return row.cloud;
  }
  return std::nullopt;
}

}  // namespace postern::policy
