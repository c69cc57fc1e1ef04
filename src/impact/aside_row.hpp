// What is kept of a message that is set aside: enough to count it. Internal to the room.
#pragma once

#include <bit>
#include <cstdint>

#include "base/time.hpp"
#include "evidence/reader.hpp"
#include "evidence/view.hpp"
#include "impact/concern.hpp"

namespace postern::impact {

struct AsideRow {
  UnixTime time = 0;
  std::uint64_t count = 0;
  std::uint64_t recipient = 0;  ///< hash of the address
  std::uint64_t source = 0;     ///< key of the client's address
  std::uint64_t sender = 0;     ///< hash of the envelope sender
  Concern concern = Concern::yes;
  bool is_dated = false;
  bool other_period = false;  ///< before --since or after --until: nothing else is looked at
  bool is_of_the_tenant = false;
  bool path_known = false;
  bool has_address = false;
  bool is_held_back = false;
  evidence::View seen = evidence::View::none;  ///< View::none: it did not come in here
};
static_assert(sizeof(AsideRow) == sizeof(evidence::Brief));

inline evidence::Brief as_brief(const AsideRow& row) noexcept {
  return std::bit_cast<evidence::Brief>(row);
}
inline AsideRow as_aside_row(const evidence::Brief& brief) noexcept {
  return std::bit_cast<AsideRow>(brief);
}

}  // namespace postern::impact
