#include "models/tokenizer_file.h"

#include <filesystem>

#include "base/mmap.h"
#include "models/json_file.h"
#include "tokenizer/tokenizer.h"

namespace tern {
namespace {

constexpr uint64_t kMaxTokenizerFile = uint64_t{256} << 20;

}  // namespace

Result<TokenizerSpec> read_tokenizer_file(const std::string& path) {
  TERN_ASSIGN(const std::string bytes, read_small_file(path, kMaxTokenizerFile));
  // JSON starts with {, tiktoken with base64.
  const size_t first = bytes.find_first_not_of(" \t\r\n");
  const bool is_json = path.ends_with(".json") || (first != std::string::npos && bytes[first] == '{');
  if (!is_json) return tokenizer_spec_from_tiktoken(bytes, path);
  TERN_ASSIGN(const Json tokenizer, parse_json(bytes, path));
  const auto beside = std::filesystem::path(path).replace_filename("tokenizer_config.json");
  TERN_ASSIGN(const Json config, read_json_object(beside.string()));
  return tokenizer_spec_from_hf_json(tokenizer, config, path);
}

}  // namespace tern
