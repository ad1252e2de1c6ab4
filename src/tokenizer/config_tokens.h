#pragma once
// What tokenizer_config.json and its like say of tokens, whichever file they stand beside.
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "tokenizer/spec.h"
#include "tokenizer/vocabulary.h"

namespace tern {

/// The tokens of `spec` that are matched whole, special or not, by their text; the index looks into the spec.
VocabularyIndex added_tokens_of(const TokenizerSpec& spec);

/// The id of a token given as a string or as an object with "content". kUnsupported when it is none of
/// `added`: transformers makes an added token of it, also of one that is in the vocabulary, and then cuts
/// texts at it.
Result<int32_t> token_id(const Json& token, const VocabularyIndex& added, std::string_view where);
/// The same of the token that `config` names under `key`; -1 where it names none.
Result<int32_t> named_token(const Json& config, const char* key, const VocabularyIndex& added,
                            std::string_view where);
/// Every token that `object` names: fields "..._token", and the lists of further special tokens.
Result<std::vector<int32_t>> named_tokens(const Json& object, const VocabularyIndex& added,
                                          std::string_view where);

/// kUnsupported where a token is matched in other ways than by its text alone.
Status check_match_flags(const Json& token, std::string_view where);
/// kUnsupported for special tokens that transformers encodes as other text.
Status check_not_split(const Json& config, std::string_view where);

}  // namespace tern
