// What the DMARC records of a domain ask receivers to do with forged mail of it: evaluated as
// receivers evaluate them (RFC 9989), over records at hand.
#pragma once

#include <cstdint>
#include <string>

#include "auth/dmarc_record.hpp"
#include "auth/known_texts.hpp"

namespace postern::auth {

enum class DmarcState : std::uint8_t {
  not_known,   ///< nobody looked at a name that it hangs on
  missing,     ///< no policy
  unreadable,  ///< a text that was meant as a record and is none: as good as missing
  several,     ///< more than one record, so none counts (RFC 9989, 4.10)
  open,        ///< forged mail of the domain itself is let through
  partly,      ///< some of it: subdomains, or with receivers that go by another RFC
  enforced,    ///< quarantine or more for all of it
};

struct DmarcStanding {
  DmarcState state = DmarcState::not_known;
  std::string policy_domain;  ///< where the record stands: the domain itself or one above it
  std::string record;         ///< its text, or that which is none
  // What receivers are asked to do with mail that fails, t=y applied (RFC 9989, 4.7).
  DmarcPolicy own = DmarcPolicy::none;          ///< in the domain's name
  DmarcPolicy subdomains = DmarcPolicy::none;   ///< of names below it that exist
  DmarcPolicy nonexistent = DmarcPolicy::none;  ///< of names below it that don't
  std::string because;  ///< why it is not enforced, one clause; empty where it is
  std::string unread;   ///< of not_known: the domain whose _dmarc. record decides
};

/// `domain` in normal form. Of the names above it that the tree walk asks (RFC 9989, 4.10), one
/// that nobody looked at makes it not known where its record could change the answer. Top-level
/// domains are taken to have none where nobody looked, and for the names below a domain that has a
/// record of its own, registries such as co.uk. Names below the domain are taken to have none of
/// their own.
DmarcStanding dmarc_standing(const KnownTexts&, const std::string& domain);

}  // namespace postern::auth
