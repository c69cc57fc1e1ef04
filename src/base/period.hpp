// A period that somebody asked for, as people read it.
#pragma once

#include <optional>
#include <string>

#include "base/time.hpp"

namespace postern {

/// "from 2026-10-10T00:00:00Z to 2026-10-20T00:00:00Z", "from … on", "before …"; empty where it has
/// neither end. The second is the first moment that does not belong to it.
std::string words_of_period(std::optional<UnixTime> since, std::optional<UnixTime> until);

}  // namespace postern
