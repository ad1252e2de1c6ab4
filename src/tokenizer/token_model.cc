#include "tokenizer/token_model.h"

#include "tokenizer/bpe.h"
#include "tokenizer/char_bpe.h"
#include "tokenizer/unigram.h"

namespace tern {
namespace {

template <typename Model>
Result<std::unique_ptr<TokenModel>> make(const TokenizerSpec& spec) {
  TERN_ASSIGN(Model model, Model::create(spec));
  return std::make_unique<Model>(std::move(model));
}

}  // namespace

Result<std::unique_ptr<TokenModel>> make_token_model(const TokenizerSpec& spec) {
  switch (spec.model) {
    case TokenizerModel::kByteBpe:
      return make<Bpe>(spec);
    case TokenizerModel::kBpe:
      return make<CharBpe>(spec);
    case TokenizerModel::kUnigram:
      return make<Unigram>(spec);
  }
  return fail(ErrorCode::kUnsupported, "tokenizer model {} is not known", static_cast<int>(spec.model));
}

}  // namespace tern
