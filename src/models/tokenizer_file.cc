#include "models/tokenizer_file.h"

#include <filesystem>

#include "base/mmap.h"
#include "models/json_file.h"
#include "tokenizer/hf_config.h"
#include "tokenizer/sentencepiece.h"
#include "tokenizer/tokenizer.h"

namespace tern {
Result<TokenizerSpec> read_tokenizer_file(const std::string& path) {
  TERN_ASSIGN(const std::string bytes, read_small_file(path, kMaxTokenizerFile));
  // JSON starts with {, sentencepiece with a piece, tiktoken with base64.
  const size_t first = bytes.find_first_not_of(" \t\r\n");
  const bool is_json = path.ends_with(".json") || (first != std::string::npos && bytes[first] == '{');
  const auto beside = [&](const char* name) {
    return read_json_object(std::filesystem::path(path).replace_filename(name).string());
  };
  if (!is_json && looks_like_sentencepiece(bytes)) {
    TERN_ASSIGN(const Json config, beside("tokenizer_config.json"));
    TERN_ASSIGN(const Json added, beside("added_tokens.json"));
    TERN_ASSIGN(TokenizerSpec spec, tokenizer_spec_from_sentencepiece(bytes, path));
    TERN_TRY(apply_sentencepiece_config(config, added, path, &spec));
    return spec;
  }
  if (!is_json) return tokenizer_spec_from_tiktoken(bytes, path);
  TERN_ASSIGN(const Json tokenizer, parse_json(bytes, path));
  TERN_ASSIGN(const Json config, beside("tokenizer_config.json"));
  TERN_ASSIGN(const Json map, beside("special_tokens_map.json"));
  TERN_ASSIGN(const Json added, beside("added_tokens.json"));
  TERN_ASSIGN(TokenizerSpec spec, tokenizer_spec_from_hf_json(tokenizer, config, path));
  TERN_TRY(apply_special_tokens_map(map, fmt::format("{}: special_tokens_map", path), &spec));
  TERN_TRY(check_added_tokens_file(added, fmt::format("{}: added_tokens.json", path), spec));
  return spec;
}

}  // namespace tern
