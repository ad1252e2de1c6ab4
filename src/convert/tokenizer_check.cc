#include "convert/tokenizer_check.h"

#include "convert/compare_facts.h"
#include "tokenizer/export_gguf.h"
#include "tokenizer/export_hf.h"
#include "tokenizer/sentencepiece.h"
#include "tokenizer/tokenizer.h"

namespace tern {
namespace {

/// As Tern reads the output; with `standard_keys` alone, as other engines do.
Result<TokenizerSpec> through_gguf(const TokenizerSpec& spec, const ConvertPlan& plan, bool standard_keys) {
  TERN_ASSIGN(const GgufVocabulary vocabulary, gguf_vocabulary(spec, plan.config.vocab));
  GgufTokenizerFields fields = fields_of(vocabulary, spec);
  if (standard_keys) {
    fields.rules.clear();
    if (spec.model == TokenizerModel::kBpe) fields.merges = nullptr;
  }
  return tokenizer_spec_from_gguf_fields(fields, "in GGUF");
}

Result<TokenizerSpec> through_hf(const TokenizerSpec& spec, const ConvertPlan& plan) {
  const Json config = tokenizer_config_json(spec, "", plan.config.eos);
  if (is_sentencepiece(spec)) {
    constexpr std::string_view kName = "as tokenizer.model";
    TERN_ASSIGN(const std::string model, sentencepiece_model(spec));
    TERN_ASSIGN(TokenizerSpec read, tokenizer_spec_from_sentencepiece(model, kName));
    TERN_TRY(apply_sentencepiece_config(config, nullptr, kName, &read));
    return read;
  }
  TERN_ASSIGN(const Json json, tokenizer_json(spec));
  return tokenizer_spec_from_hf_json(json, config, "as tokenizer.json");
}

/// What of the tokenizer stands where other engines do not look.
Status note_own_keys(const TokenizerSpec& made, ConvertPlan& plan) {
  TERN_ASSIGN(const TokenizerSpec standard, through_gguf(made, plan, /*standard_keys=*/true));
  std::vector<Difference> differences;
  internal::compare_tokenizers(made, standard, differences);
  if (differences.empty()) return {};
  std::vector<std::string_view> fields;
  fields.reserve(differences.size());
  for (const Difference& difference : differences) fields.push_back(difference.where);
  plan.losses.push_back(
      {fmt::format("the tokenizer stands in part where only Tern looks; others differ in: {}",
                   fmt::join(fields, ", ")),
       {}});
  return {};
}

}  // namespace

Status check_made_tokenizer(const ModelFile& file, ConvertPlan& plan) {
  const bool to_gguf = plan.options.to == ConvertTarget::kGguf;
  const bool copied = (file.gguf() != nullptr) == to_gguf && !plan.options.open.tokenizer;
  if (!file.tokenizer() || copied) return {};
  TokenizerSpec own = *file.tokenizer();
  const auto made = to_gguf ? through_gguf(own, plan, /*standard_keys=*/false) : through_hf(own, plan);
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
  return to_gguf ? note_own_keys(*made, plan) : Status();
}

}  // namespace tern
