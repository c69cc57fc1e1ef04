// X-Forefront-Antispam-Report, the filter's notes on a message that came through Exchange Online.
// https://learn.microsoft.com/defender-office-365/message-headers-eop-mdo
//
//   CIP:203.0.113.7;CTRY:DE;LANG:en;SCL:1;SRV:;IPV:NLI;SFV:NSPM;H:scanner;PTR:InfoDomainNonexistent;
//     CAT:NONE;SFS:(13230040);DIR:INB;
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ip.hpp"

namespace postern::message {

struct AntispamReport {
  /// CIP, the address that connected; nullopt for 255.255.255.255, which marks mail that was
  /// submitted inside the service.
  std::optional<IpAddress> connecting_ip;
  bool submitted_inside = false;       ///< CIP:255.255.255.255
  std::string country;                 ///< CTRY
  std::string helo;                    ///< H
  std::string reverse_name;            ///< PTR; empty for "InfoDomainNonexistent" and the like
  std::string verdict;                 ///< SFV: "NSPM", "SPM", "SKN", …
  std::optional<int> spam_confidence;  ///< SCL, -1 to 9
  std::string category;                ///< CAT: "NONE", "SPOOF", "PHSH", …
  std::string direction;               ///< DIR: "INB", "OUT", "INT"
};

/// `text` is unfolded. Never fails; unknown keys are passed over.
AntispamReport parse_antispam_report(std::string_view text);

/// An SCL: -1 to 9; nullopt for anything else.
std::optional<int> parse_spam_confidence(std::string_view text) noexcept;

}  // namespace postern::message
