# Cross build for AArch64 on Debian: g++-aarch64-linux-gnu, the libraries as :arm64 packages (multiarch: they lie in
# /usr/lib/aarch64-linux-gnu) and qemu-user, under which CTest runs the test programs.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
# A library that is only there for the build machine must be missed at configure time, not at link time.
set(CMAKE_IGNORE_PREFIX_PATH /usr/local)
set(CMAKE_IGNORE_PATH /usr/lib/x86_64-linux-gnu /usr/lib/x86_64-linux-gnu/cmake /lib/x86_64-linux-gnu
                      /usr/include/x86_64-linux-gnu)

# "max" has every level that we know. TERN_QEMU_CPU=cortex-a53 is a CPU without FEAT_DotProd.
set(TERN_QEMU_CPU max CACHE STRING "CPU that qemu-aarch64 plays in tests")
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -cpu ${TERN_QEMU_CPU})
