// model.safetensors, or, when the bytes begin with {, model.safetensors.index.json, beside a fixed
// config.json.
#include "io/safetensors.h"

#include "base/check.h"
#include "base/memory_file.h"
#include "convert/try_commands.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/tiny_folder.h"

namespace tern::fuzz {
namespace {

void read_everything(const Safetensors& file) {
  uint64_t sum = 0;
  for (const TensorEntry& entry : file.tensors()) {
    TERN_CHECK(file.find(entry.name) == &entry);
    TERN_CHECK(dtype_bytes(entry.dtype, entry.elements()) == entry.bytes.size());
    for (const uint8_t byte : entry.bytes) sum += byte;
  }
  volatile uint64_t sink = sum;
  (void)sink;
}

void run_shards(std::string_view index) {
  static testing::MemoryFile memory, first, second;
  static testing::MemoryFolder folder;
  [[maybe_unused]] static const bool made = [] {
    first.set(safetensors({{"a", DType::kF32, {2}}, {"b", DType::kU8, {3}}}));
    second.set(safetensors({{"c", DType::kBF16, {1}}}));
    folder.link(memory, "model.safetensors.index.json");
    folder.link(first, "model-1.safetensors");
    folder.link(second, "model-2.safetensors");
    return true;
  }();
  memory.set(index);
  const auto file = Safetensors::open_folder(folder.path());
  if (file) read_everything(**file);
}

void run_model_of(std::string_view bytes) {
  static testing::MemoryFile memory, config;
  static testing::MemoryFolder folder;
  [[maybe_unused]] static const bool made = [] {
    config.set(kTinyConfig);
    folder.link(config, "config.json");
    folder.link(memory, "model.safetensors");
    return true;
  }();
  memory.set(bytes);
  const auto raw = Safetensors::open_file(memory.path());
  if (!raw) return;
  read_everything(**raw);
  (void)testing::try_commands(folder.path());
}

void run(std::string_view bytes) {
  bytes.starts_with('{') ? run_shards(bytes) : run_model_of(bytes);
}

}  // namespace
}  // namespace tern::fuzz

TERN_FUZZ(tern::fuzz::run)
