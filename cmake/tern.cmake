# The build's own vocabulary: tern_precompile(), tern_find_library(), tern_library(), tern_kernel_flags().

# -ffp-contract=off is law (docs/numerics.md, rule 1): without it g++ fuses a*b+c on some ISAs only.
add_library(tern_flags INTERFACE)
target_compile_options(tern_flags INTERFACE -Wall -Wextra -ffp-contract=off -fno-fast-math)
# One set of objects for the program and for libtern.so. Hidden, a symbol costs no more in position-independent code than
# in an executable's; what the library exports is src/api/libtern.map's business.
target_compile_options(tern_flags INTERFACE -fPIC -fvisibility=hidden -fvisibility-inlines-hidden)
target_include_directories(tern_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
if(TERN_SANITIZE)
  target_compile_options(tern_flags INTERFACE -fsanitize=${TERN_SANITIZE} -fno-sanitize-recover=all
                                              -fno-omit-frame-pointer -g1)
  if(TERN_SANITIZE MATCHES undefined)
    # Dear to compile, for nothing new: a null pointer is a crash that AddressSanitizer reports.
    target_compile_options(tern_flags INTERFACE -fno-sanitize=null,vptr)
  endif()
  target_link_options(tern_flags INTERFACE -fsanitize=${TERN_SANITIZE})
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

# tern_precompile(TARGET HEADERS header... | LIKE target): the big library headers of the target's files, read once for
# it and for those LIKE it: much of the time to compile a test or a command goes into them. Not beside ccache, which
# would have to miss whatever uses them.
function(tern_precompile target)
  cmake_parse_arguments(ARG "" "LIKE" "HEADERS" ${ARGN})
  if(CCACHE_PROGRAM)
    return()
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")  # false, in g++ 12's own char_traits.h, and silent unless precompiled
    target_compile_options(${target} PRIVATE -Wno-array-bounds -Wno-stringop-overread)
  endif()
  if(ARG_LIKE)
    target_precompile_headers(${target} REUSE_FROM ${ARG_LIKE})
  else()
    list(TRANSFORM ARG_HEADERS REPLACE "(.+)" "<\\1>")
    target_precompile_headers(${target} PRIVATE ${ARG_HEADERS})
  endif()
endfunction()

# tern_find_library(NAME HEADER): an imported target NAME for a C library without a CMake package of its own.
function(tern_find_library name header)
  find_library(${name}_LIBRARY NAMES ${name} REQUIRED)
  find_path(${name}_INCLUDE ${header} REQUIRED)
  add_library(${name} INTERFACE IMPORTED GLOBAL)
  target_link_libraries(${name} INTERFACE ${${name}_LIBRARY})
  target_include_directories(${name} INTERFACE ${${name}_INCLUDE})
endfunction()

# tern_library(NAME DEPS folder... EXTERNAL target...): src/NAME/**.cc less the tests, as library tern_NAME, and one
# test program tern_NAME_test of src/NAME/**_test.cc.
function(tern_library name)
  cmake_parse_arguments(ARG "" "" "DEPS;EXTERNAL" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(TRANSFORM ARG_DEPS PREPEND tern_)
  if(NOT sources)
    add_library(tern_${name} INTERFACE)
    target_link_libraries(tern_${name} INTERFACE tern_flags ${ARG_DEPS} ${ARG_EXTERNAL})
    return()
  endif()
  add_library(tern_${name} STATIC ${sources})
  target_link_libraries(tern_${name} PUBLIC tern_flags ${ARG_DEPS} ${ARG_EXTERNAL})
  set_property(GLOBAL APPEND PROPERTY TERN_TESTED ${name})
  set_property(GLOBAL PROPERTY TERN_TESTS_${name} "${tests}")
endfunction()

# Only a file named for an ISA gets that ISA's flags (docs/numerics.md, rule 11).
function(tern_kernel_flags)
  file(GLOB_RECURSE kernel_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/kernels/*.cc)
  foreach(file IN LISTS kernel_sources)
    set(flags "")
    if(file MATCHES "/x86_[a-z0-9]+(_test)?\\.cc$" AND NOT CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
      set_source_files_properties(${file} PROPERTIES HEADER_FILE_ONLY ON)
    elseif(file MATCHES "/arm_[a-z0-9]+(_test)?\\.cc$" AND NOT CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
      set_source_files_properties(${file} PROPERTIES HEADER_FILE_ONLY ON)
    elseif(file MATCHES "/x86_avx2\\.cc$")
      set(flags -mavx2 -mfma -mf16c)
    elseif(file MATCHES "/x86_avxvnni\\.cc$")
      set(flags -mavx2 -mfma -mf16c -mavxvnni)
    elseif(file MATCHES "/x86_avx512(vnni|vbmi|zen4)(_test)?\\.cc$")
      set(flags -mavx2 -mfma -mf16c -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni -mprefer-vector-width=512)
      if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        list(APPEND flags -Wno-uninitialized -Wno-maybe-uninitialized)  # false, in g++ 12's own avx512fintrin.h
      endif()
      if(file MATCHES "vbmi")
        list(APPEND flags -mavx512vbmi)
      endif()
    elseif(file MATCHES "/arm_dotprod\\.cc$")
      set(flags -march=armv8.2-a+dotprod)
    elseif(file MATCHES "/arm_i8mm\\.cc$")
      set(flags -march=armv8.2-a+dotprod+i8mm)
    endif()
    if(flags)
      set_source_files_properties(${file} PROPERTIES COMPILE_OPTIONS "${flags}" SKIP_PRECOMPILE_HEADERS ON)
    endif()
  endforeach()
endfunction()
