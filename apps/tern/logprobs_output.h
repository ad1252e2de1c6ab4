#pragma once
// Log-probabilities of an answer's tokens, for programs and for people.
#include <string>

#include "base/json.h"
#include "engine/session.h"

namespace tern {

/// One array a token: {"id", "token", "bytes", "logprob"} of the likeliest, likeliest first. `tokenizer` may
/// be nullptr: then token and bytes are null.
Json top_logprobs_json(const GenerateResult& result, const Tokenizer* tokenizer);

/// One line a token: its log-probability, its text (its id without a tokenizer), and the likeliest beside it.
std::string describe_logprobs(const GenerateResult& result, const Tokenizer* tokenizer);

}  // namespace tern
