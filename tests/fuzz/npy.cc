// A .npy array: what is read is what is written.
#include "io/npy.h"

#include <cstring>

#include "base/check.h"
#include "base/memory_file.h"
#include "tests/fuzz/fuzz.h"

namespace tern::fuzz {
namespace {

void run(std::string_view bytes) {
  static testing::MemoryFile memory;
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

TERN_FUZZ(tern::fuzz::run)
