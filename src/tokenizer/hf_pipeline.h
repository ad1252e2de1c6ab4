#pragma once
// The parts of tokenizer.json around the model: what each must be for Tern to give the same ids.
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "tokenizer/spec.h"

namespace tern {

/// How LLaMA 3's tokenizer.json cuts text.
constexpr std::string_view kLlama3Regex =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

/// How Qwen2's does.
constexpr std::string_view kQwen2Regex =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
/// GPT-2's, where it is written out.
constexpr std::string_view kGpt2Regex =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

/// A component's "type", or "?" when it has none.
std::string type_of(const Json& component);

/// The steps of a component: those of a Sequence (under `list_key`), or the component itself; none when it is
/// absent.
Result<std::vector<const Json*>> steps_of(const Json& tokenizer, const char* key, const char* list_key,
                                          std::string_view what);
/// A flag of a component, `absent` when it is not there.
Result<bool> flag(const Json& component, std::string_view key, bool absent, std::string_view what);
/// kUnsupported, with the pre_tokenizer shown.
tl::unexpected<Error> unsupported_pre_tokenizer(const Json& tokenizer, std::string_view what);

/// Each takes the whole tokenizer.json; kUnsupported names what Tern does not do.

/// Sets `model`.
Status read_model_type(const Json& tokenizer, std::string_view what, TokenizerSpec* spec);
/// Sets `form` and, of a vocabulary of characters, whether a blank goes in front. Whether the normalizer also
/// writes blanks as "▁".
Result<bool> read_normalizer(const Json& tokenizer, std::string_view what, TokenizerSpec* spec);
Status check_decoder(const Json& tokenizer, std::string_view what, const TokenizerSpec& spec);
/// Sets `pre` and `add_prefix_space` of a byte-level one.
Status read_pre_tokenizer(const Json& tokenizer, std::string_view what, TokenizerSpec* spec);
/// The same where blanks are "▁": `marked` already by the normalizer, or not.
Status read_blank_pre_tokenizer(const Json& tokenizer, bool marked, std::string_view what,
                                TokenizerSpec* spec);
/// The ids that the post-processor puts in front of a text and behind it; nothing where it adds none.
struct PostProcessor {
  std::optional<int32_t> bos, eos;
};
Result<PostProcessor> read_post_processor(const Json& tokenizer, std::string_view what);

}  // namespace tern
