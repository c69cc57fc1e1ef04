// The shipped catalogue, compiled in.
#pragma once

#include <span>
#include <string_view>

namespace postern::audit {

struct EmbeddedFile {
  std::string_view name;
  std::string_view text;
};

std::span<const EmbeddedFile> embedded_files() noexcept;

}  // namespace postern::audit
