# Compiler settings that hold for every target of the tree.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow)
# A compiler that nobody here has tried must not keep a user from building.
if(POSTERN_WARNINGS_AS_ERRORS)
  add_compile_options(-Werror)
endif()

# A unity build (the release preset) compiles a room's files as one. These two warnings take each of
# them for a header then: a type of its own in a class, a name of its own that another's local hides.
# The other presets build file by file and keep them.
if(CMAKE_UNITY_BUILD)
  add_compile_options(-Wno-shadow $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()

# GCC 12 sees overlaps in std::string that are not there (GCC bug 105651).
add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)

if(POSTERN_SANITIZE)
  # Asio keeps the memory of what has ended for what begins next, and a sanitizer would not see that
  # somebody still uses it.
  add_compile_definitions(BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING
                          BOOST_ASIO_DISABLE_SMALL_BLOCK_RECYCLING)
  add_compile_options(-fsanitize=${POSTERN_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${POSTERN_SANITIZE})
  if(POSTERN_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio's fences, which GCC's thread sanitizer does not follow, and warns of.
    add_compile_options(-Wno-tsan)
  endif()
endif()

if(POSTERN_COVERAGE)
  # Threads count too: a lost count would be a line that nobody ran.
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()

if(NOT POSTERN_SANITIZE AND CMAKE_BUILD_TYPE STREQUAL "Release")
  # Where it was built is no part of what was built (packaging/reproducible.sh).
  add_compile_options(-ffile-prefix-map=${CMAKE_BINARY_DIR}=build -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong)
  add_link_options(-pie -Wl,-z,relro,-z,now)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
