// config.json, generation_config.json, tokenizer_config.json and special_tokens_map.json of a Hugging Face folder,
// separated by bytes 0. Its weights are those of kTinyConfig, its tokenizer one of bytes alone.
#include <array>

#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/run_model.h"
#include "tests/fuzz/tiny_folder.h"
#include "tokenizer/chat_template.h"

namespace tern::fuzz {
namespace {

constexpr std::array kNames = {"config.json", "generation_config.json", "tokenizer_config.json",
                               "special_tokens_map.json"};

void run(std::string_view bytes) {
  static std::array<MemoryFile, kNames.size()> parts;
  static MemoryFile weights, tokenizer;
  static MemoryFolder folder;
  [[maybe_unused]] static const bool made = [] {
    weights.set(tiny_weights());
    tokenizer.set(byte_tokenizer());
    folder.link(weights, "model.safetensors");
    folder.link(tokenizer, "tokenizer.json");
    for (size_t i = 0; i < parts.size(); ++i) folder.link(parts[i], kNames[i]);
    return true;
  }();
  for (MemoryFile& part : parts) {
    const size_t end = std::min(bytes.find('\0'), bytes.size());
    part.set(end == 0 ? "{}" : bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  const auto file = open_model(folder.path());
  if (file == nullptr) return;
  if (!file->chat_template().empty()) (void)ChatTemplate::parse(file->chat_template());
  run_model(file, {});
}

}  // namespace
}  // namespace tern::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tern::fuzz::run(tern::fuzz::as_text(data, size));
  return 0;
}
