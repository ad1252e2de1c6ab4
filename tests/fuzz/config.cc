// config.json, generation_config.json, tokenizer_config.json and special_tokens_map.json of a Hugging Face
// folder, separated by bytes 0. Its weights are those of kTinyConfig, its tokenizer one of bytes alone.
#include <array>

#include "base/memory_file.h"
#include "convert/try_commands.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/tiny_folder.h"

namespace tern::fuzz {
namespace {

constexpr std::array kNames = {"config.json", "generation_config.json", "tokenizer_config.json",
                               "special_tokens_map.json"};

void run(std::string_view bytes) {
  static std::array<testing::MemoryFile, kNames.size()> parts;
  static testing::MemoryFile weights, tokenizer;
  static testing::MemoryFolder folder;
  [[maybe_unused]] static const bool made = [] {
    weights.set(tiny_weights());
    tokenizer.set(byte_tokenizer());
    folder.link(weights, "model.safetensors");
    folder.link(tokenizer, "tokenizer.json");
    for (size_t i = 0; i < parts.size(); ++i) folder.link(parts[i], kNames[i]);
    return true;
  }();
  for (testing::MemoryFile& part : parts) {
    const size_t end = std::min(bytes.find('\0'), bytes.size());
    part.set(end == 0 ? "{}" : bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  (void)testing::try_commands(folder.path());
}

}  // namespace
}  // namespace tern::fuzz

TERN_FUZZ(tern::fuzz::run)
