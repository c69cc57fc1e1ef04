# postern_room(NAME SOURCES ... USES ... LIBRARIES ... TESTS ...)
#
# One room is one static library, postern_NAME. Sources are reached as "room/file.hpp" from every
# room that links it. Tests stand beside the code and become one executable, NAME_test.
#   USES       rooms this room may include
#   LIBRARIES  outside libraries, kept private unless listed after PUBLIC_LIBRARIES
function(postern_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;USES;LIBRARIES;PUBLIC_LIBRARIES;TESTS;TEST_LIBRARIES"
                        ${ARGN})
  add_library(postern_${name} STATIC ${ROOM_SOURCES})
  target_include_directories(postern_${name} PUBLIC
                             $<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/rooms/${name}>)
  # Only the rooms that are linked are on the include path: the link graph is the include graph.
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/rooms/${name})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_BINARY_DIR}/rooms/${name}/${name}
       SYMBOLIC)
  list(TRANSFORM ROOM_USES PREPEND postern_)
  target_link_libraries(postern_${name} PUBLIC ${ROOM_USES} ${ROOM_PUBLIC_LIBRARIES}
                        PRIVATE ${ROOM_LIBRARIES})
  if(POSTERN_TESTS AND ROOM_TESTS)
    add_executable(${name}_test ${ROOM_TESTS})
    target_link_libraries(${name}_test PRIVATE postern_${name} GTest::gtest_main
                          ${ROOM_TEST_LIBRARIES} ${ROOM_LIBRARIES})
    target_compile_definitions(${name}_test PRIVATE
                               POSTERN_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                               POSTERN_ROOM_DIR="${CMAKE_CURRENT_SOURCE_DIR}")
    gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60
                         PROPERTIES TIMEOUT 300)
  endif()
endfunction()
