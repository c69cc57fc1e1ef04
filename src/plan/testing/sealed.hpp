// A plan or record file that somebody edited and sealed anew: what then still stands against it.
// For tests alone.
#pragma once

#include <string>
#include <string_view>

#include "plan/seal.hpp"

namespace postern::plan::testing {

inline std::string resealed(std::string_view text) {
  const Json document = Json::parse(text, nullptr, false);
  return document.is_object() ? sealed_text(document) : std::string(text);
}

}  // namespace postern::plan::testing
