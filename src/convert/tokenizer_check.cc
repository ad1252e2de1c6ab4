#include "convert/tokenizer_check.h"

#include "convert/compare_facts.h"
#include "tokenizer/export_gguf.h"
#include "tokenizer/export_hf.h"
#include "tokenizer/tokenizer.h"

namespace tern {
namespace {

Result<TokenizerSpec> through_gguf(const TokenizerSpec& spec, const ConvertPlan& plan) {
  TERN_ASSIGN(const GgufVocabulary vocabulary, gguf_vocabulary(spec, plan.config.vocab));
  GgufTokenizerFields fields;
  fields.model = vocabulary.model;
  fields.pre = pre_tokenizer_name(spec.pre);
  fields.tokens = &vocabulary.tokens;
  fields.token_types.assign(vocabulary.token_types.begin(), vocabulary.token_types.end());
  if (spec.model == TokenizerModel::kByteBpe || !vocabulary.merges.empty())
    fields.merges = &vocabulary.merges;
  if (spec.model != TokenizerModel::kByteBpe) {
    fields.scores.assign(vocabulary.scores.begin(), vocabulary.scores.end());
    fields.add_space_prefix = spec.add_prefix_space;
    fields.remove_extra_whitespaces = spec.remove_extra_blanks;
    for (const char c : spec.chars_map) fields.chars_map.push_back(static_cast<unsigned char>(c));
  }
  fields.rules = vocabulary.rules;
  fields.bos = spec.bos;
  fields.eos = spec.eos;
  fields.unk = spec.unk;
  fields.add_bos = spec.add_bos;
  fields.add_eos = spec.add_eos;
  return tokenizer_spec_from_gguf_fields(fields, "in GGUF");
}

Result<TokenizerSpec> through_hf(const TokenizerSpec& spec, const ConvertPlan& plan) {
  TERN_ASSIGN(const Json json, tokenizer_json(spec));
  return tokenizer_spec_from_hf_json(json, tokenizer_config_json(spec, "", plan.config.eos),
                                     "as tokenizer.json");
}

}  // namespace

Status check_made_tokenizer(const ModelFile& file, ConvertPlan& plan) {
  const bool to_gguf = plan.options.to == ConvertTarget::kGguf;
  const bool copied = (file.gguf() != nullptr) == to_gguf && !plan.options.open.tokenizer;
  if (!file.tokenizer() || copied) return {};
  TokenizerSpec own = *file.tokenizer();
  const auto made = to_gguf ? through_gguf(own, plan) : through_hf(own, plan);
  const auto works = made ? Tokenizer::create(*made) : tl::unexpected<Error>(made.error());
  if (!works) {
    return fail(ErrorCode::kUnsupported,
                "the output could not hold the tokenizer: {}: choose another by --tokenizer",
                works.error().message());
  }
  if (own.merges_by_rank) {  // ranks become the merges that they stand for
    own.merges = made->merges;
    own.merges_by_rank = false;
  }
  std::vector<Difference> differences;
  internal::compare_tokenizers(own, *made, differences);
  const bool stood_in = own.eos < 0;  // by the model's end of text
  if (!stood_in && own.eos != made->eos) {
    differences.push_back({"tokenizer", "eos", {}, {}, fmt::format("{} against {}", own.eos, made->eos)});
  }
  for (const Difference& difference : differences) {
    plan.losses.push_back(
        {fmt::format("the tokenizer changes: {}: {}", difference.where, difference.text), {}});
  }
  return {};
}

}  // namespace tern
