#pragma once
// The files beside tokenizer.json, which transformers reads as well: tokenizer_config.json, and the older
// special_tokens_map.json and added_tokens.json. Whatever in them would change the ids is refused.
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "tokenizer/spec.h"

namespace tern {

/// `spec` is what tokenizer.json says; gets bos, eos and unk where it has none, and as special tokens those
/// that the config names or calls so. kUnsupported when the config adds a token, changes how one is matched,
/// or has transformers encode in another way.
Status apply_tokenizer_config(const Json& config, std::string_view what, TokenizerSpec* spec);
/// Every token that special_tokens_map.json names must be an added one of tokenizer.json, and is special.
Status apply_special_tokens_map(const Json& map, std::string_view what, TokenizerSpec* spec);
/// Every token must be one of tokenizer.json, with its id, for added_tokens.json: {text: id}.
Status check_added_tokens_file(const Json& tokens, std::string_view what, const TokenizerSpec& spec);

}  // namespace tern
