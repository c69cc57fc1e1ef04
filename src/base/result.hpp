// Result and Error: expected failures are values that say what, where and what to do.
#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

#include "base/place.hpp"

namespace postern {

/// An expected failure. Rendered as one line: "where: what; remedy".
struct Error {
  std::string what;    ///< what is wrong, in one clause
  Place where;         ///< in a file, or host and stage; may be empty
  std::string remedy;  ///< what the user can do about it; may be empty

  /// One line without a trailing newline. Control characters are replaced by '?'.
  [[nodiscard]] std::string line() const;
};

template <class T>
using Result = tl::expected<T, Error>;

/// Shorthand for a failed Result.
inline tl::unexpected<Error> fail(std::string what, Place where = {}, std::string remedy = {}) {
  return tl::unexpected<Error>(Error{std::move(what), std::move(where), std::move(remedy)});
}

}  // namespace postern
