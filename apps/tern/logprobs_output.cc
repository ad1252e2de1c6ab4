#include "apps/tern/logprobs_output.h"

namespace tern {
namespace {

std::string quoted(int32_t id, const Tokenizer* tokenizer) {
  if (tokenizer == nullptr) return fmt::to_string(id);
  return dump_json(Json(std::string(tokenizer->piece(id, true))));
}

Json token_json(const TokenLogprob& token, const Tokenizer* tokenizer) {
  Json json = {{"id", token.id}, {"token", nullptr}, {"bytes", nullptr}, {"logprob", token.logprob}};
  if (tokenizer != nullptr) {
    const std::string piece(tokenizer->piece(token.id, true));
    json["token"] = piece;
    json["bytes"] = std::vector<uint8_t>(piece.begin(), piece.end());
  }
  return json;
}

}  // namespace

Json top_logprobs_json(const GenerateResult& result, const Tokenizer* tokenizer) {
  Json lists = Json::array();
  for (const std::vector<TokenLogprob>& top : result.top_logprobs) {
    Json list = Json::array();
    for (const TokenLogprob& token : top) list.push_back(token_json(token, tokenizer));
    lists.push_back(std::move(list));
  }
  return lists;
}

std::string describe_logprobs(const GenerateResult& result, const Tokenizer* tokenizer) {
  std::string text;
  for (size_t i = 0; i < result.logprobs.size(); ++i) {
    text += fmt::format("{:9.4f}  {}", result.logprobs[i], quoted(result.ids[i], tokenizer));
    if (i < result.top_logprobs.size()) {
      for (const TokenLogprob& token : result.top_logprobs[i]) {
        text += fmt::format("  | {:.4f} {}", token.logprob, quoted(token.id, tokenizer));
      }
    }
    text += '\n';
  }
  return text;
}

}  // namespace tern
