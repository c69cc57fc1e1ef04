# What is installed, and the .deb (cpack -G DEB in the build folder).
include(GNUInstallDirs)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME program)

install(TARGETS postern RUNTIME)

# Man pages and completions come from the program's own definition of its commands.
set(manual ${CMAKE_BINARY_DIR}/manual)
add_custom_target(
  manual ALL
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${manual}
  COMMAND postern manual --out ${manual}/man1
  COMMAND gzip -9nfr ${manual}/man1
  COMMAND postern completion bash --out ${manual}/postern.bash
  COMMAND postern completion zsh --out ${manual}/_postern
  COMMAND postern completion fish --out ${manual}/postern.fish
  COMMAND postern completion powershell --out ${manual}/postern.ps1
  COMMAND gzip -9nc ${CMAKE_SOURCE_DIR}/packaging/changelog > ${manual}/changelog.gz
  DEPENDS postern
  VERBATIM)
install(DIRECTORY ${manual}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
install(FILES ${manual}/postern.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
        RENAME postern)
install(FILES ${manual}/_postern DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${manual}/postern.fish
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

install(FILES ${manual}/postern.ps1 DESTINATION ${CMAKE_INSTALL_DATADIR}/postern)

# The gate as a service: units, user, folder, and settings to begin with. The sockets of the units are
# for who wants the SMTP door; none of them is enabled by the package.
file(GLOB units CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/packaging/systemd/*)
install(FILES ${units} DESTINATION lib/systemd/system)
install(FILES packaging/debian/sysusers.conf DESTINATION lib/sysusers.d RENAME postern.conf)
install(FILES packaging/debian/tmpfiles.conf DESTINATION lib/tmpfiles.d RENAME postern.conf)
install(FILES packaging/gate.toml packaging/tenant.toml DESTINATION /etc/postern)

# Documents, and what they link to (packaging/links.py looks).
install(FILES packaging/copyright ${manual}/changelog.gz README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY examples/contoso examples/cluster DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(DIRECTORY tests/conclusions tests/decisions tests/senders DESTINATION ${CMAKE_INSTALL_DOCDIR}/tests)
install(FILES src/auth/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/src/auth)
install(FILES fuzz/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/fuzz)

set(CPACK_GENERATOR DEB)
# The program alone; libraries and headers (cmake/auth_package.cmake) are another component.
set(CPACK_INSTALL_CMAKE_PROJECTS "${CMAKE_BINARY_DIR};${PROJECT_NAME};program;/")
set(CPACK_PACKAGE_NAME postern)
set(CPACK_PACKAGE_VERSION ${POSTERN_VERSION})
set(CPACK_PACKAGE_CONTACT "The Postern developers <postern@postern.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "close the back door of a mail system: Direct Send")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "Direct Send is mail that reaches an organisation's own mail host
 without sign-in, under the organisation's own domain as envelope sender.
 Postern audits whether a Microsoft 365 tenant rejects it, shows from the
 tenant's own mail evidence who sends that way and who would break, and
 enforces the same rule in front of any mail server.")
set(CPACK_DEBIAN_PACKAGE_SECTION mail)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    "${CMAKE_SOURCE_DIR}/packaging/debian/conffiles;${CMAKE_SOURCE_DIR}/packaging/debian/postinst;${CMAKE_SOURCE_DIR}/packaging/debian/prerm;${CMAKE_SOURCE_DIR}/packaging/debian/postrm")
include(CPack)
