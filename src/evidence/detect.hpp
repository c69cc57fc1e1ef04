// Which format a text is, told from its content: by the registry's columns and first octets.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "evidence/format.hpp"

namespace postern::evidence {

/// `first_piece` is the start of the text, as UTF-8. The error names what was seen and the formats
/// that are known.
Result<Format> detect(std::string_view first_piece, const std::string& name);

/// The separator of a CSV: comma, semicolon or tab, by its header line.
char separator_of(std::string_view first_piece) noexcept;

/// The names in a CSV's header line, without quotes.
std::vector<std::string_view> header_of(std::string_view first_piece, char separator);

/// The keys in the start of a JSON text, each once, and the names of columns that it lists.
std::vector<std::string_view> json_keys(std::string_view first_piece);

/// The first piece without a byte order mark and without Excel's "sep=;" or PowerShell's "#TYPE"
/// line.
std::string_view skip_preamble(std::string_view first_piece) noexcept;

}  // namespace postern::evidence
