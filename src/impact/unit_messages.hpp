// What one message adds to its unit. Internal to the room.
#pragma once

#include <cstdint>
#include <string_view>

#include "evidence/message.hpp"
#include "impact/services.hpp"
#include "impact/unit.hpp"
#include "policy/policy.hpp"

namespace postern::impact {

/// Parts of a message that several steps need, worked out once.
struct Marks {
  explicit Marks(const evidence::Message&);
  std::string_view id_domain;  ///< of its Message-ID
  std::uint64_t path_hash = 0;
  std::uint64_t recipient_hash = 0;
};

class UnitMessages {
 public:
  /// Both must outlive this.
  UnitMessages(const policy::Policy& policy, const Services& services)
      : policy_(policy), services_(services) {}

  /// Counts the message, with what its results prove; its verdicts are counted by who knows them.
  void add(Unit&, const evidence::Message&, const Marks&, policy::Known proof) const;

 private:
  void add_name(Unit&, Samples& into, std::string_view host) const;
  void add_names(Unit&, const evidence::Message&, std::string_view id_domain) const;

  const policy::Policy& policy_;
  const Services& services_;
};

/// Whether a signature proves that Azure Communication Services sent it, which Exchange exempts
/// from the switch. A HELO, a reverse name or a Message-ID are the sender's word.
bool is_acs(const evidence::Message&) noexcept;

/// Whether a result of SPF, DKIM or DMARC is told, or was not believed.
bool claims_anything(const evidence::AuthResults&) noexcept;

}  // namespace postern::impact
