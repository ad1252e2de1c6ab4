# Target torch: LibTorch with OpenMP, whose threads ours are (src/train/parallel.h). Debian's libtorch-dev, or another
# one: -DTERN_TORCH_DIR=.../site-packages/torch. Its libraries are linked directly: Torch's own CMake package asks for what
# those were built with.
set(TERN_TORCH_DIR "" CACHE PATH "A LibTorch folder (include/, lib/) to use instead of the system's")
find_path(TORCH_INCLUDE torch/csrc/autograd/custom_function.h HINTS ${TERN_TORCH_DIR}/include)
find_library(TORCH_CPU_LIBRARY torch_cpu HINTS ${TERN_TORCH_DIR}/lib)
find_library(TORCH_C10_LIBRARY c10 HINTS ${TERN_TORCH_DIR}/lib)
find_package(OpenMP COMPONENTS CXX QUIET)
if(TORCH_INCLUDE AND TORCH_CPU_LIBRARY AND TORCH_C10_LIBRARY AND OpenMP_CXX_FOUND)
  add_library(torch INTERFACE IMPORTED GLOBAL)
  target_include_directories(torch SYSTEM INTERFACE ${TORCH_INCLUDE} ${TORCH_INCLUDE}/torch/csrc/api/include)
  target_link_libraries(torch INTERFACE ${TORCH_CPU_LIBRARY} ${TORCH_C10_LIBRARY} OpenMP::OpenMP_CXX)
  if(EXISTS ${TORCH_INCLUDE}/gloo/algorithm.h)  # what c10d's own header asks for
    target_compile_definitions(torch INTERFACE TERN_TORCH_GLOO)
  endif()
  # A GPU build's operations register themselves when their library is loaded, although nothing refers to it.
  find_library(TORCH_CUDA_LIBRARY torch_cuda HINTS ${TERN_TORCH_DIR}/lib)
  if(TORCH_CUDA_LIBRARY)
    target_link_libraries(torch INTERFACE -Wl,--push-state,--no-as-needed ${TORCH_CUDA_LIBRARY} -Wl,--pop-state)
  endif()
  set(TERN_TORCH_FOUND ON)
else()
  set(TERN_TORCH_FOUND OFF)
endif()
