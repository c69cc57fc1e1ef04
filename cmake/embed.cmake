# postern_embed(OUTPUT FILES...): a .cpp that defines postern::embedded_files(), the named files'
# names and contents, so that the binary stands alone.
function(postern_embed output namespace)
  set(body "")
  foreach(file ${ARGN})
    file(READ ${file} text)
    get_filename_component(name ${file} NAME)
    string(APPEND body "    {\"${name}\", R\"postern(${text})postern\"},\n")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  endforeach()
  list(LENGTH ARGN count)
  file(CONFIGURE OUTPUT ${output} CONTENT "// Generated from the data files named below.
#include <span>

#include \"base/embedded.hpp\"

namespace postern::${namespace} {

std::span<const EmbeddedFile> embedded_files() noexcept;

std::span<const EmbeddedFile> embedded_files() noexcept {
  static constexpr EmbeddedFile files[] = {
@body@  };
  return files;
}

}  // namespace postern::${namespace}
" @ONLY)
endfunction()
