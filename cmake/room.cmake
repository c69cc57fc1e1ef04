# postern_room(NAME SOURCES ... USES ... LIBRARIES ... TESTS ...)
#
# One room is one static library, postern_NAME. Sources are reached as "room/file.hpp". Tests stand
# beside the code and become one executable, NAME_test.
#   USES       rooms that this room's files include
#   THROUGH    rooms whose headers come along with those of USES
#   TEST_USES  rooms that only its tests include
#   LIBRARIES  outside libraries, kept private unless listed after PUBLIC_LIBRARIES
#
# A room's sources see its own headers and those of USES and THROUGH, and no others: one that includes
# more does not compile. packaging/house.py sees to it that they list no more than is included either.
function(postern_room name)
  cmake_parse_arguments(
    ROOM "" ""
    "SOURCES;USES;THROUGH;LIBRARIES;PUBLIC_LIBRARIES;TESTS;TEST_USES;TEST_LIBRARIES" ${ARGN})
  add_library(postern_${name} STATIC ${ROOM_SOURCES})
  target_include_directories(postern_${name} PUBLIC
                             $<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/rooms/${name}>)
  # One folder a room, which holds the room alone.
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/rooms/${name})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_BINARY_DIR}/rooms/${name}/${name}
       SYMBOLIC)
  # INTERFACE: who links the room links all below it; the room itself, an archive, links nothing, and
  # so gets no include path by this.
  list(TRANSFORM ROOM_USES PREPEND postern_ OUTPUT_VARIABLE linked)
  target_link_libraries(postern_${name} INTERFACE ${linked} PUBLIC ${ROOM_PUBLIC_LIBRARIES}
                        PRIVATE ${ROOM_LIBRARIES})
  set_property(TARGET postern_${name} PROPERTY POSTERN_PUBLIC_LIBRARIES ${ROOM_PUBLIC_LIBRARIES})
  foreach(room ${ROOM_USES} ${ROOM_THROUGH})
    target_include_directories(postern_${name} PRIVATE
                               $<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/rooms/${room}>)
    get_property(libraries TARGET postern_${room} PROPERTY POSTERN_PUBLIC_LIBRARIES)
    target_link_libraries(postern_${name} PRIVATE ${libraries})
  endforeach()
  if(POSTERN_TESTS AND ROOM_TESTS)
    add_executable(${name}_test ${ROOM_TESTS})
    list(TRANSFORM ROOM_TEST_USES PREPEND postern_)
    target_link_libraries(${name}_test PRIVATE postern_${name} GTest::gtest_main ${ROOM_TEST_USES}
                          ${ROOM_TEST_LIBRARIES} ${ROOM_LIBRARIES})
    target_compile_definitions(${name}_test PRIVATE
                               POSTERN_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                               POSTERN_ROOM_DIR="${CMAKE_CURRENT_SOURCE_DIR}")
    gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60
                         PROPERTIES TIMEOUT 300)
  endif()
endfunction()
