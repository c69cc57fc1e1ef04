// What a person changed at the gate's page.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.hpp"

namespace postern::ledger {

struct Change {
  UnixTime time = 0;
  std::string what;    ///< "mode" of a domain, "pin" of a sender
  std::string name;    ///< the domain; the sender
  std::string before;  ///< "observe", "enforce"; "forged"; empty: nothing was set
  std::string after;
  std::string who;  ///< as they called themselves; nobody checked it
  std::string reason;
};

struct ChangeRow {
  std::int64_t id = 0;
  Change change;
};

}  // namespace postern::ledger
