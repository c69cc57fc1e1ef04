// How connectors of one policy can match, whoever sends. Internal to the room.
#pragma once

#include <cstddef>

#include "difference/bits.hpp"
#include "difference/classes.hpp"
#include "difference/space.hpp"

namespace postern::difference {

struct Ways {
  Ways(const Space&, const Variant&);

  // Sets of connectors.
  Bits certificate_alone;        ///< Partner, enough by itself
  Bits certificate_and_address;  ///< Partner, needs both
  Bits address_alone;            ///< Partner
  Bits demands_tls;              ///< Partner
  Bits restricts;                ///< Partner, refuses what it covers and does not match
  Bits domain_only;              ///< Partner, names neither address nor certificate
  Bits on_premises;
  Bits on_premises_addresses;  ///< classes of addresses
};

}  // namespace postern::difference
