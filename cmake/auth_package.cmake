# The room auth as a package of its own, for other programs: find_package(PosternAuth), target
# Postern::auth, headers "auth/spf.hpp". Installed alone by
#
#   cmake --install BUILD --component development --prefix WHERE
#
# and never part of the .deb (cmake/package.cmake). tests/auth_package builds a program against it.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(auth_rooms base message auth)
foreach(room ${auth_rooms})
  set_target_properties(postern_${room} PROPERTIES EXPORT_NAME ${room})
  target_compile_features(postern_${room} INTERFACE cxx_std_20)
  # Tests stay out.
  install(
    DIRECTORY ${CMAKE_SOURCE_DIR}/src/${room}/
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/postern/${room}
    COMPONENT development
    FILES_MATCHING
    PATTERN "*.hpp"
    PATTERN "testing" EXCLUDE)
endforeach()
set_target_properties(postern_idn2 PROPERTIES EXPORT_NAME idn2)
set_target_properties(postern_unbound PROPERTIES EXPORT_NAME unbound)
# Found by name on the machine where the package is used, not where it was built.
target_link_libraries(postern_idn2 INTERFACE $<INSTALL_INTERFACE:idn2>)
target_link_libraries(postern_unbound INTERFACE $<INSTALL_INTERFACE:unbound>)

install(
  TARGETS postern_auth postern_message postern_base postern_idn2 postern_unbound
  EXPORT PosternAuth
  ARCHIVE COMPONENT development
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/postern)

set(auth_package ${CMAKE_INSTALL_LIBDIR}/cmake/PosternAuth)
install(
  EXPORT PosternAuth
  FILE PosternAuthTargets.cmake
  NAMESPACE Postern::
  DESTINATION ${auth_package}
  COMPONENT development)
configure_package_config_file(
  ${CMAKE_SOURCE_DIR}/cmake/PosternAuthConfig.cmake.in ${CMAKE_BINARY_DIR}/PosternAuthConfig.cmake
  INSTALL_DESTINATION ${auth_package} NO_SET_AND_CHECK_MACRO)
# 0.x: what a minor version changes may break its users.
write_basic_package_version_file(${CMAKE_BINARY_DIR}/PosternAuthConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(
  FILES ${CMAKE_BINARY_DIR}/PosternAuthConfig.cmake
        ${CMAKE_BINARY_DIR}/PosternAuthConfigVersion.cmake
  DESTINATION ${auth_package}
  COMPONENT development)
