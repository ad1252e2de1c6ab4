// A .npy array: what is read is what is written.
#include "io/npy.h"

#include <cstring>

#include "tests/fuzz/memory_file.h"

namespace tern::fuzz {
namespace {

void run(std::string_view bytes) {
  static MemoryFile memory;
  memory.set(bytes);
  const auto array = read_npy(memory.path());
  if (!array) return;
  uint64_t elements = 1;
  for (const uint64_t dim : array->shape) elements *= dim;
  TERN_CHECK(elements == array->values.size());
  const size_t data = elements * sizeof(float);
  TERN_CHECK(data <= bytes.size() &&
             (data == 0 || std::memcmp(array->values.data(), bytes.data() + bytes.size() - data, data) == 0));
}

}  // namespace
}  // namespace tern::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tern::fuzz::run(tern::fuzz::as_text(data, size));
  return 0;
}
