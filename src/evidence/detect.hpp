// Which format a text is, told from its content.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "evidence/reader.hpp"

namespace postern::evidence {

/// `first_piece` is the start of the text, as UTF-8. The error names what was seen and the formats
/// that are known.
Result<Format> detect(std::string_view first_piece, const std::string& name);

/// The separator of a CSV: comma, semicolon or tab, by its header line.
char separator_of(std::string_view first_piece) noexcept;

/// The first piece without a byte order mark and without Excel's "sep=;" or PowerShell's "#TYPE"
/// line.
std::string_view skip_preamble(std::string_view first_piece) noexcept;

}  // namespace postern::evidence
