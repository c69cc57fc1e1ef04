# cmake -D BUILD=… -D WORK=… -D COMPILER=… -D SOURCE=… -P test.cmake
#
# Installs the package auth, moves it, builds the program beside this file against it, and compares
# what that prints. The README of auth shows the same program.
set(CMAKE_EXECUTE_PROCESS_COMMAND_ERROR_IS_FATAL ANY)
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})

file(READ ${CMAKE_CURRENT_LIST_DIR}/main.cpp program)
file(READ ${SOURCE}/src/auth/README.md readme)
string(FIND "${readme}" "${program}" shown)
if(shown EQUAL -1)
  message(FATAL_ERROR "src/auth/README.md does not quote tests/auth_package/main.cpp")
endif()

function(run)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE out ERROR_VARIABLE out RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${ARGN}\n${out}")
  endif()
  set(out "${out}" PARENT_SCOPE)
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --component development --prefix ${WORK}/first)
file(RENAME ${WORK}/first ${WORK}/prefix)
# What comes after ${_IMPORT_PREFIX} is inside the package, however the tree's own folder is called.
file(GLOB_RECURSE files ${WORK}/prefix/*.cmake)
foreach(file ${files})
  file(READ ${file} text)
  string(REGEX REPLACE "\\$\\{(_IMPORT_PREFIX|PACKAGE_PREFIX_DIR)\\}[^;\"]*" "" text "${text}")
  foreach(folder ${SOURCE} ${BUILD} ${WORK})
    string(FIND "${text}" "${folder}" found)
    if(NOT found EQUAL -1)
      message(FATAL_ERROR "${file} names ${folder}, a folder of the machine that built it")
    endif()
  endforeach()
endforeach()
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${WORK}/build -D CMAKE_BUILD_TYPE=Debug
    -D CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_PREFIX_PATH=${WORK}/prefix)
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/outside)

string(REGEX REPLACE "SRS0=[^=]+=" "SRS0=HASH=" out "${out}")
set(wanted "spf=pass
  example.com : v=spf1 include:spf.example.net -all
  spf.example.net : v=spf1 ip4:192.0.2.0/29 ~all
  spf.example.net ip4:192.0.2.0/29: matched
  example.com include:spf.example.net: matched
SRS0=HASH=G3=example.com=ann@forwarder.example
ann@example.com
")
if(NOT out STREQUAL wanted)
  message(FATAL_ERROR "the program prints\n${out}and not\n${wanted}")
endif()
