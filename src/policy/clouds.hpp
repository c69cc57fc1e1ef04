// Microsoft's clouds: one row each, with every host and address name that Postern knows of it.
// Whoever wants to know whether a name is Exchange Online's, or where a cloud's interfaces are,
// asks here.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "policy/tenant.hpp"

namespace postern::policy {

/// What the clouds are called in files and options.
inline constexpr std::array<std::pair<std::string_view, Cloud>, 6> cloud_names{
    {{"worldwide", Cloud::worldwide},
     {"gcc", Cloud::gcc},
     {"gcc-high", Cloud::gcc_high},
     {"dod", Cloud::dod},
     {"china", Cloud::china},
     {"none", Cloud::none}}};

/// The hosts that carry a cloud's mail. Suffixes are without a leading dot and never a host
/// themselves; all names in lower case.
struct MailHosts {
  /// Suffixes of the hosts that take mail from the Internet (MX). A domain's own name is made
  /// under the first: contoso-com.mail.protection.outlook.com.
  std::span<const std::string_view> front_doors;
  /// Hosts for clients that sign in, High Volume Email among them.
  std::span<const std::string_view> submission;
  /// Suffixes of the servers inside, as Received lines and Message-IDs name them.
  std::span<const std::string_view> servers;
  /// Suffixes of the mailbox servers, which make Message-IDs of their own name.
  std::span<const std::string_view> mailboxes;
  /// Suffix of the servers that send to the Internet, as they greet and as DNS names them.
  std::string_view outbound;
  /// The domains whose names its servers' certificates bear, the same for every tenant.
  std::span<const std::string_view> certificates;
};

struct CloudRow {
  Cloud cloud;
  std::string_view title;     ///< "GCC High", as Microsoft writes it
  const MailHosts* mail;      ///< GCC's mail runs on the worldwide hosts, DoD's on GCC High's
  std::string_view sign_in;   ///< base address without trailing slash, like the next two
  std::string_view exchange;  ///< the admin interface
  std::string_view graph;
  std::string_view initial_domain;  ///< "onmicrosoft.com": what initial domains end in
  /// RejectDirectSend exists (Exchange Team blog, note of November 2025: not in GCC High and DoD).
  bool has_reject_direct_send;
};

/// All clouds; Cloud::none, which is no cloud of Microsoft's, has no row. Sources: Microsoft 365
/// endpoints (learn.microsoft.com, "Office 365 URLs and IP address ranges", and its pages for GCC
/// High, DoD and 21Vianet), "DNS records for Office 365 GCC High" and "… DoD", "How SMTP DNS-based
/// Authentication of Named Entities (DANE) works" (mx.microsoft), "Manage high volume emails",
/// "Exchange Online Admin API", "National cloud deployments"; inside names from Received lines of
/// public mail. docs/live.md marks what is uncertain.
std::span<const CloudRow> clouds() noexcept;

/// The row of a cloud; worldwide's for Cloud::none.
const CloudRow& row_of(Cloud) noexcept;

/// "GCC High has no RejectDirectSend"; empty for the clouds that have it, and for Cloud::none,
/// where a gate may stand instead.
std::string lack_of_switch(Cloud);

// The questions below take a name as it was found: in any case, in normal form otherwise. They ask
// all clouds, for mail crosses from one to the other.

/// A host that takes mail from the Internet for a tenant, and no submission host below its suffix
/// (smtp.hve.mx.microsoft).
bool is_front_door(std::string_view host) noexcept;

/// A host that takes mail of clients that have signed in.
bool is_submission_host(std::string_view host) noexcept;

/// Any host of Exchange Online that shows up in a Received line: inside, at its front door, at its
/// way out.
bool is_exchange_online_host(std::string_view host) noexcept;

/// A server that sends Exchange Online's mail to the Internet, or a mailbox server.
bool is_exchange_online_sender(std::string_view host) noexcept;

/// The domain of a Message-ID that Exchange Online gave: the server that wrote it.
bool is_exchange_online_id(std::string_view domain) noexcept;

/// The domain by which Azure Communication Services sign what they send, or one below it
/// (learn.microsoft.com, "Domain authentication for email communication services").
bool is_acs_domain(std::string_view domain) noexcept;
/// The selectors under which a customer's domain publishes their keys (the same page). It says so
/// of a signature of that customer alone: anybody may call a selector of their own so.
bool is_acs_selector(std::string_view selector) noexcept;

/// A certificate's name (or "*.name") that all customers of Exchange Online share.
bool is_exchange_online_certificate(std::string_view name) noexcept;

/// The cloud that an initial domain tells: GCC High where DoD shares the name; nullopt for any
/// other domain and for onmicrosoft.com, which worldwide shares with GCC.
std::optional<Cloud> cloud_of_initial_domain(std::string_view domain) noexcept;

}  // namespace postern::policy
