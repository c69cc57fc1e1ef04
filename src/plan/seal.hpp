// What tells a document as postern wrote it from one that somebody edited or cut. Internal to the
// room: the library's header is heavy.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "plan/tenant_json.hpp"

namespace postern::plan {

/// "sha256:…" of the octets.
std::string sha256_mark(std::string_view octets);

/// "sha256:…" over all of a document but its member "seal": its JSON in UTF-8 without white space,
/// the members of each object in the order of their names. No signature: who writes a document
/// anew can seal it anew.
std::string seal_of(const Json& document);

/// As document_text, with its seal as the last member.
std::string sealed_text(Json document);

/// The seal that is in it. Errors: none is, or it is that of another document.
Result<std::string> check_seal(const Json& document, const std::string& file,
                               std::string_view written_by, std::string_view remedy);

}  // namespace postern::plan
