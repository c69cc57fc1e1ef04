// Canonical forms of header fields (RFC 6376, 3.4.1 and 3.4.2).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "message/header.hpp"

namespace postern::auth {

enum class Canonicalisation : std::uint8_t { simple, relaxed };

std::string_view name_of(Canonicalisation) noexcept;

/// The field with its line break. Bare LF counts as a line break.
void append_field(std::string& out, const message::Field& field, Canonicalisation);
/// The same for a signature's own field: the value of b= left out, without the line break
/// (RFC 6376, 3.7).
void append_own_field(std::string& out, const message::Field& field, Canonicalisation);

}  // namespace postern::auth
