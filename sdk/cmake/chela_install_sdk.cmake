# Component `sdk` of the install: everything a plugin author needs, movable as a whole.
#   include/chela/            headers              share/chela/schema/    JSON Schemas
#   lib/cmake/chela/          find_package(chela)  share/chela/template/  a plugin to copy
#   share/chela/src/json.cpp  Boost.JSON's source  share/chela/testing/   FakeHost, fixtures
include(CMakePackageConfigHelpers)

# Headers only, so neither the processor nor lib's architecture folder matters.
set(package_dir lib/cmake/chela)

install(TARGETS chela_abi EXPORT chela_abi COMPONENT sdk)
install(EXPORT chela_abi FILE chelaTargets.cmake NAMESPACE chela:: DESTINATION ${package_dir} COMPONENT sdk)
set_target_properties(chela_abi PROPERTIES EXPORT_NAME abi)

configure_package_config_file(cmake/chelaConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/chelaConfig.cmake
  INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/chelaConfigVersion.cmake
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/chelaConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/chelaConfigVersion.cmake
  cmake/chela_add_plugin.cmake cmake/chela_cxx_targets.cmake cmake/chela_plugin.version
  DESTINATION ${package_dir} COMPONENT sdk)

install(DIRECTORY include/chela DESTINATION include COMPONENT sdk FILES_MATCHING PATTERN "*.h")
install(DIRECTORY testing/chela DESTINATION share/chela/testing COMPONENT sdk FILES_MATCHING PATTERN "*.h")
install(DIRECTORY schema DESTINATION share/chela COMPONENT sdk FILES_MATCHING PATTERN "*.schema.json")
install(DIRECTORY template DESTINATION share/chela COMPONENT sdk)
install(FILES src/json.cpp DESTINATION share/chela/src COMPONENT sdk)
install(FILES README.md ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION share/doc/chela-sdk COMPONENT sdk)
