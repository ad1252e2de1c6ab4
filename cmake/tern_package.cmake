# Debian packages of the install components (cmake/tern_install.cmake): tern, libtern0, libtern-dev. scripts/deb.sh makes
# them; what a package needs beside the components' files is in packaging/deb.
set(TERN_MAINTAINER "The Tern maintainers <maintainers@tern.invalid>" CACHE STRING "Who answers for the packages")

set(CPACK_GENERATOR DEB)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_PACKAGE_NAME tern)
set(CPACK_PACKAGE_CONTACT "${TERN_MAINTAINER}")
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR})
set(CPACK_COMPONENTS_ALL program library development)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(version ${PROJECT_VERSION})

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME tern)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
# libcurl is loaded when something is fetched (src/net/curl_api.h), and checks certificates.
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS "libcurl4 (>= 7.85) | libcurl3-gnutls (>= 7.85), ca-certificates")
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "runs language models of ternary weights, exactly
Tern runs language models whose weights are -1, 0 or +1 (BitNet b1.58), and
dense ones, on any CPU, and gives the same bits on all of them. It reads GGUF
files and Hugging Face folders, converts them without loss, measures them, and
talks in a terminal.")

set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libtern${PROJECT_VERSION_MAJOR})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${CMAKE_SOURCE_DIR}/packaging/deb/triggers)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION "runs language models of ternary weights, exactly (library)
libtern is what the program tern does with models, for other programs: it
completes texts, scores and embeds them.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libtern-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${CPACK_DEBIAN_LIBRARY_PACKAGE_NAME} (= ${version})")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "runs language models of ternary weights, exactly (development files)
Headers of libtern for C and C++, and what CMake and pkg-config need.")

# Libraries of several architectures may stand side by side where each has a folder of its own.
if(CMAKE_LIBRARY_ARCHITECTURE AND CMAKE_INSTALL_LIBDIR MATCHES "${CMAKE_LIBRARY_ARCHITECTURE}")
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_MULTIARCH same)
  set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_MULTIARCH same)
endif()

# Every package has its copyright and its changelog, and compressed man pages.
configure_file(${CMAKE_SOURCE_DIR}/packaging/deb/changelog.in ${CMAKE_BINARY_DIR}/deb/changelog @ONLY)
set(CPACK_TERN_CHANGELOG ${CMAKE_BINARY_DIR}/deb/changelog)
set(CPACK_TERN_COPYRIGHT ${CMAKE_SOURCE_DIR}/packaging/deb/copyright)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/packaging/deb/documents.cmake)
include(CPack)
