# `cmake --install` gives users what find_package(tacet) needs: headers, libraries, the tacet command.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tacet)
install(TARGETS tacet_graph tacet_protocols tacet_transport tacet_actors tacet_apps
  EXPORT tacet ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS tacet RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(EXPORT tacet NAMESPACE tacet:: FILE tacet-targets.cmake DESTINATION ${config_dir})
install(DIRECTORY apps/include/tacet DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
foreach(folder graph apps)
  install(DIRECTORY ${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tacet
    FILES_MATCHING PATTERN "*.hpp" PATTERN "*.inc"
    PATTERN "include" EXCLUDE PATTERN "bench" EXCLUDE PATTERN "cli" EXCLUDE PATTERN "io" EXCLUDE
    PATTERN "cluster" EXCLUDE PATTERN "draw" EXCLUDE PATTERN "main" EXCLUDE PATTERN "examples" EXCLUDE
    PATTERN "tools" EXCLUDE PATTERN "infer" EXCLUDE)
endforeach()
configure_package_config_file(cmake/tacet-config.cmake.in ${PROJECT_BINARY_DIR}/tacet-config.cmake
  INSTALL_DESTINATION ${config_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tacet-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tacet-config.cmake ${PROJECT_BINARY_DIR}/tacet-config-version.cmake
  cmake/FindCAF.cmake DESTINATION ${config_dir})
