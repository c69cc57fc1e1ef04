// How a device or an application signs in instead of coming in anonymously, and what that costs it.
// Internal to the room.
#pragma once

#include <string>

#include "impact/impact.hpp"

namespace postern::impact {

/// One clause, without a full stop: "let it sign in: …". Names SMTP AUTH with its end for
/// passwords, and High Volume Email with its price where the sender writes to recipients inside
/// alone.
std::string sign_in_advice(const Sender&);

}  // namespace postern::impact
