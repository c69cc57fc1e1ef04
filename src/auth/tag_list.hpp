// tag=value lists, as DKIM, ARC and their key records write them (RFC 6376, 3.2).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace postern::auth {

struct Tag {
  std::string_view name;   ///< as written; names are case-sensitive
  std::string_view value;  ///< as written, without surrounding white space, may be folded inside
};

class TagList {
 public:
  static constexpr std::size_t most_tags = 64;

  /// Views point into `text`. Errors (`what` names the fault, `where` the octet): a name that is
  /// none, no '=', a value with octets outside of VALCHAR and folding white space, the same tag
  /// twice (RFC 6376, 3.2: the whole list is invalid), over 64 tags. UTF-8 is let through (RFC
  /// 8616, 5).
  static Result<TagList> parse(std::string_view text);

  /// nullptr where there is none.
  [[nodiscard]] const Tag* find(std::string_view name) const noexcept;
  [[nodiscard]] const std::vector<Tag>& tags() const noexcept { return tags_; }

 private:
  std::vector<Tag> tags_;
};

/// `value` without any white space.
std::string without_space(std::string_view value);
/// The elements of a colon-separated list, white space around each removed.
std::vector<std::string_view> colon_list(std::string_view value);

}  // namespace postern::auth
