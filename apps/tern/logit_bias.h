#pragma once
// --logit-bias: `128=-100,"<|eot_id|>"=2.5`, tokens by id or by their text as a JSON string.
#include <optional>
#include <string>
#include <vector>

#include "engine/session.h"

namespace tern {

/// The text of a token that was named by text; its id is not known before there is a tokenizer.
using BiasTokens = std::vector<std::optional<std::string>>;

struct NamedBias {
  std::vector<LogitBias> bias;  ///< id -1 for tokens named by text
  BiasTokens tokens;            ///< one for each of them
};

/// Every item of every list. kInvalidArgument shows the item that cannot be read.
Result<NamedBias> parse_logit_bias(const std::vector<std::string>& lists);

/// Sets the ids of tokens named by text: by the very bytes of the token, a blank in front included.
/// kInvalidArgument when there is not exactly one such token; without a tokenizer, kNotFound as
/// Engine::tokenizer().
Status resolve_logit_bias(const BiasTokens& tokens, const Engine& engine, std::vector<LogitBias>* bias);

}  // namespace tern
