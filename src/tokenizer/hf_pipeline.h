#pragma once
// The parts of tokenizer.json around the BPE model: what each must be for Tern to give the same ids.
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "tokenizer/spec.h"

namespace tern {

/// How LLaMA 3's tokenizer.json cuts text.
constexpr std::string_view kLlama3Regex =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

/// A component's "type", or "?" when it has none.
std::string type_of(const Json& component);

/// Each takes the whole tokenizer.json; kUnsupported names what Tern does not do.
Status check_normalizer(const Json& tokenizer, std::string_view what);
Status check_decoder(const Json& tokenizer, std::string_view what);
/// Sets `pre` and `add_prefix_space`.
Status read_pre_tokenizer(const Json& tokenizer, std::string_view what, TokenizerSpec* spec);
/// The id that the post-processor puts in front of a text; nothing when it adds none.
Result<std::optional<int32_t>> read_post_processor(const Json& tokenizer, std::string_view what);

}  // namespace tern
