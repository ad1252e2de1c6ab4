#include "apps/tern/tokenizer_file.h"

#include <filesystem>

#include "base/json.h"
#include "base/mmap.h"
#include "tokenizer/tokenizer.h"

namespace tern {
namespace {

constexpr uint64_t kMaxTokenizerBytes = uint64_t{256} << 20;
constexpr uint64_t kMaxConfigBytes = uint64_t{64} << 20;

}  // namespace

Result<TokenizerSpec> read_tokenizer_file(const std::string& path) {
  TERN_ASSIGN(const std::string bytes, read_small_file(path, kMaxTokenizerBytes));
  // JSON starts with {, tiktoken with base64.
  const size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || bytes[first] != '{') return tokenizer_spec_from_tiktoken(bytes, path);
  TERN_ASSIGN(const Json tokenizer, parse_json(bytes, path));
  Json config;
  const std::string config_path =
      std::filesystem::path(path).replace_filename("tokenizer_config.json").string();
  auto config_text = read_small_file(config_path, kMaxConfigBytes);
  if (config_text) {
    TERN_ASSIGN(config, parse_json(*config_text, config_path));
  } else if (config_text.error().code() != ErrorCode::kNotFound) {
    return tl::unexpected(config_text.error());
  }
  return tokenizer_spec_from_hf_json(tokenizer, config, path);
}

}  // namespace tern
