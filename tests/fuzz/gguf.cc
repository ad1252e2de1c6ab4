// A GGUF file: everything that it promises is read, and where it is a model, the model runs.
#include "io/gguf.h"
#include "base/check.h"
#include "base/memory_file.h"
#include "convert/try_commands.h"
#include "quant/blocks.h"
#include "tests/fuzz/fuzz.h"

namespace tern::fuzz {
namespace {

void read_everything(const Gguf& gguf) {
  for (const auto& [key, value] : gguf.metadata()) {
    (void)gguf.get_uint(key);
    (void)gguf.get_float(key);
    (void)gguf.get_bool(key);
    (void)gguf.get_string(key);
    (void)gguf.get_strings(key);
    (void)gguf.get_ints(key);
  }
  for (const TensorEntry& entry : gguf.tensors()) {
    TERN_CHECK(gguf.find(entry.name) == &entry);
    TERN_CHECK(dtype_bytes(entry.dtype, entry.elements()) == entry.bytes.size());
    if (dtype_is_ternary(entry.dtype)) continue;  // Tern decodes them as linears only
    std::vector<float> values(entry.elements());
    TERN_CHECK(dequantize(entry.dtype, entry.bytes.data(), values.size(), values.data()).has_value());
  }
}

void run(std::string_view bytes) {
  static testing::MemoryFile memory;
  memory.set(bytes);
  const auto gguf = Gguf::open(memory.path());
  if (!gguf) return;
  read_everything(**gguf);
  (void)testing::try_commands(memory.path());
}

}  // namespace
}  // namespace tern::fuzz

TERN_FUZZ(tern::fuzz::run)
