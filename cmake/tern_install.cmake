# libtern.so, and what `cmake --install` puts where. Components: program (bin/tern), library (libtern.so.0), development
# (headers, libtern.so, the CMake package, tern.pc).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

add_library(tern_shared SHARED $<TARGET_OBJECTS:tern_api>)
target_link_libraries(tern_shared PRIVATE tern_engine)
set(map ${CMAKE_SOURCE_DIR}/src/api/libtern.map)
target_link_options(tern_shared PRIVATE -Wl,--version-script=${map})
if(NOT TERN_SANITIZE)  # their run-time library belongs to the program
  target_link_options(tern_shared PRIVATE -Wl,--no-undefined)
endif()
target_include_directories(tern_shared INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(tern_shared INTERFACE cxx_std_20)  # <tern/tern.h>; C programs are not concerned
set_target_properties(tern_shared PROPERTIES OUTPUT_NAME tern EXPORT_NAME tern LINKER_LANGUAGE CXX
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} LINK_DEPENDS ${map})

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tern)
install(TARGETS tern RUNTIME COMPONENT program)
install(TARGETS tern_shared EXPORT ternTargets
  LIBRARY COMPONENT library NAMELINK_COMPONENT development)
install(DIRECTORY include/tern TYPE INCLUDE COMPONENT development FILES_MATCHING PATTERN "*.h")
install(EXPORT ternTargets NAMESPACE tern:: DESTINATION ${package_dir} COMPONENT development)

# The package is its one target: libtern asks nothing of those who link it. The loader finds what it needs to run (fmt).
file(WRITE ${CMAKE_BINARY_DIR}/ternConfig.cmake "include(\${CMAKE_CURRENT_LIST_DIR}/ternTargets.cmake)\n")
write_basic_package_version_file(${CMAKE_BINARY_DIR}/ternConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/ternConfig.cmake ${CMAKE_BINARY_DIR}/ternConfigVersion.cmake
  DESTINATION ${package_dir} COMPONENT development)

# Relative to itself, so that the tree can be moved, or unpacked anywhere.
file(RELATIVE_PATH TERN_PC_TO_PREFIX /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
configure_file(${CMAKE_SOURCE_DIR}/cmake/tern.pc.in ${CMAKE_BINARY_DIR}/tern.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/tern.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
