#pragma once
// Reads an architecture's numbers from either source, every one checked against one table of limits. Used by
// each architecture's config.cc.
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
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

/// Fields or keys (behind "{architecture}.") that change the arithmetic and that an architecture reads
/// itself: in others' files they are refused.
using OwnFields = std::initializer_list<std::string_view>;

/// Dimensions, eps, RoPE and special tokens from config.json. `default_theta` is the class default of
/// transformers, `config.tied_head` the default before. Errors: kBadFile names a missing, mistyped or
/// out-of-range field; kUnsupported names what is not built (RoPE scaling, biases), but for what is in `own`.
Status read_hf_dimensions(const Json& json, const ConfigContext& context, double default_theta,
                          ModelConfig& config, OwnFields own = {});
/// The same from `{architecture}.` keys.
Status read_gguf_dimensions(const Gguf& gguf, const std::string& architecture, const ConfigContext& context,
                            ModelConfig& config, OwnFields own = {});
/// `value` of field `key` when it is within low .. high; kBadFile when it is missing, outside, or no number.
Result<double> number_in(std::optional<double> value, double low, double high, std::string_view key,
                         std::string_view what);
/// The bases and factors that RoPE may have.
inline constexpr double kMaxRopeTheta = 1e12, kMaxRopeFactor = 1e6;
/// The type of RoPE parameters of config.json: "default" when they have none, "(none)" when a factor without
/// a type leaves it open. kUnsupported for a partial rotation.
Result<std::string> rope_kind(const Json& rope, std::string_view what);
/// The activation that field `key` (or {architecture}.hidden_activation) and --activation give for an
/// architecture that is trained with `expected`. kAmbiguous when they conflict and no option decides.
Result<Activation> read_hf_activation(const Json& json, const char* key, Activation expected,
                                      const ConfigContext& context);
Result<Activation> read_gguf_activation(const Gguf& gguf, const std::string& architecture,
                                        Activation expected, const ConfigContext& context);
/// Adds eos ids of a JSON value (an integer or a list) to config.eos; kBadFile names `what` when one is out
/// of range.
Status add_hf_eos(const Json& value, std::string_view what, ModelConfig& config);

}  // namespace tern
