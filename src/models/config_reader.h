#pragma once
// Reads an architecture's numbers from either source, every one checked against one table of limits. Used by
// each architecture's config.cc.
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "io/gguf.h"
#include "models/config.h"

namespace tern {

struct OpenOptions;

/// GGUF keys of our own: the model's bos (u32, or i32 -1 for none) and every end token (i32 array), whatever
/// the tokenizer's keys hold.
constexpr const char* kGgufBosKey = "tern.bos_token_id";
constexpr const char* kGgufEosKey = "tern.eos_token_ids";
/// And the exact scales of a model whose tensors cannot hold them: f32 array in the tensor table's order, and
/// "multiply" or "divide".
constexpr const char* kGgufScalesKey = "tern.linear_scales";
constexpr const char* kGgufScaleOpKey = "tern.linear_scale_op";
/// And how a chat becomes ids: "whole" or "parts".
constexpr const char* kGgufChatEncodingKey = "tern.chat_encoding";

/// Where a config comes from and what the reader may tell the user.
struct ConfigContext {
  std::string what;  ///< file name for messages
  const OpenOptions* options;
  std::vector<std::string>* warnings;
};

/// Dimensions, eps, RoPE and special tokens from config.json. `default_theta` is the class default of
/// transformers. Errors: kBadFile names a missing, mistyped or out-of-range field; kUnsupported names what is
/// not built (RoPE scaling, biases).
Status read_hf_dimensions(const Json& json, const ConfigContext& context, double default_theta,
                          ModelConfig& config);
/// The same from `{architecture}.` keys.
Status read_gguf_dimensions(const Gguf& gguf, const std::string& architecture, const ConfigContext& context,
                            ModelConfig& config);
/// The activation that `stated` (the value of `key`, or nothing) and --activation give for an architecture
/// that is trained with `expected`. kAmbiguous when they conflict and no option decides.
Result<Activation> resolve_activation(const std::optional<std::string>& stated, std::string_view key,
                                      Activation expected, const ConfigContext& context);
/// Adds eos ids of a JSON value (an integer or a list) to config.eos; kBadFile names `what` when one is out
/// of range.
Status add_hf_eos(const Json& value, std::string_view what, ModelConfig& config);

}  // namespace tern
