// What is known of the tenant besides the rule, as far as it helps to tell who a sender is.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/prefix_table.hpp"
#include "impact/pins.hpp"
#include "impact/services.hpp"
#include "tenant/configuration.hpp"

namespace postern::impact {

struct Context {
  Services services;
  std::vector<Pin> pins;
  /// Addresses that the domains' own SPF records list one by one, and those of OnPremises
  /// connectors. A prefix wider than /20 (IPv6: /44) is a provider's and no
  /// network of one's own; nor are addresses from which every customer of a service sends.
  PrefixTable own_networks;
  /// Of these, what is nobody else's: without a record's blocks that are wider than /27 (IPv6: /48)
  /// or in a large cloud, since a provider's other customers sit in such.
  PrefixTable own_alone;
  bool spf_known = false;                   ///< an SPF record was read that can be evaluated
  std::vector<std::uint16_t> spf_services;  ///< services that an SPF record includes
  /// Domains whose SPF record includes nobody: what passes comes from addresses of their own.
  /// Sorted.
  std::vector<std::string> spf_of_own_addresses;
  std::vector<std::string> foreign_mx;  ///< MX hosts of accepted domains that aren't Microsoft's
  /// DMARC is enforced wholly on every accepted domain.
  bool dmarc_enforced = false;
  /// No record of that kind was read, which is different from not enforced.
  bool dmarc_known = false;
  policy::RejectDirectSend reject_direct_send = policy::RejectDirectSend::unknown;
  bool at_exchange = true;  ///< Exchange Online takes the mail: the cloud is not `none`
  /// policy::lack_of_switch of the tenant's cloud; empty where there is a switch, or no Exchange.
  std::string lack_of_switch;
  /// A Partner connector that is on refuses mail from elsewhere (5.7.51), or none was read.
  bool may_restrict = true;
  /// Accepted domains, for people.
  std::vector<std::string> domains;
  std::vector<std::string> assumed;  ///< tenant::Configuration's
};

Context context_of(const tenant::Configuration&, Services = {}, std::vector<Pin> = {});

}  // namespace postern::impact
