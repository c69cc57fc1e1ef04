// Data files compiled in, so that the binary stands alone (cmake/embed.cmake).
#pragma once

#include <string_view>

namespace postern {

struct EmbeddedFile {
  std::string_view name;
  std::string_view text;
};

}  // namespace postern
