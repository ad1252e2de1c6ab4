#include "convert/gguf_tokenizer.h"

#include <vector>

#include "tokenizer/export_gguf.h"
#include "tokenizer/tokenizer.h"

namespace tern {
namespace {

void add_id(GgufWriter& writer, const char* name, int32_t id) {
  if (id >= 0) writer.add_u32(fmt::format("tokenizer.ggml.{}_token_id", name), static_cast<uint32_t>(id));
}

/// Other engines stop at three tokens by number (and at further ones that they know by their text). A model
/// may end at ids that its tokenizer, perhaps another model's, does not have.
void add_end_tokens(GgufWriter& writer, const TokenizerSpec& spec, std::span<const int32_t> eos) {
  std::vector<int32_t> ends;
  if (spec.eos >= 0) ends.push_back(spec.eos);
  for (const int32_t id : eos) {
    if (id != spec.eos && static_cast<size_t>(id) < spec.tokens.size()) ends.push_back(id);
  }
  ends.resize(3, -1);
  add_id(writer, "eos", ends[0]);
  add_id(writer, "eot", ends[1]);
  add_id(writer, "eom", ends[2]);
  // Only batches need padding; published files take the end of text for it.
  add_id(writer, "padding", ends[0]);
}

}  // namespace

Status add_gguf_tokenizer(GgufWriter& writer, const TokenizerSpec& spec, const std::string& chat_template,
                          std::span<const int32_t> eos, int64_t vocab) {
  TERN_ASSIGN(const GgufVocabulary vocabulary, gguf_vocabulary(spec, vocab));
  writer.add_string("tokenizer.ggml.model", vocabulary.model);
  writer.add_string("tokenizer.ggml.pre", std::string(pre_tokenizer_name(spec.pre)));
  writer.add_strings("tokenizer.ggml.tokens", vocabulary.tokens);
  writer.add_f32s("tokenizer.ggml.scores", vocabulary.scores);
  writer.add_i32s("tokenizer.ggml.token_type", vocabulary.token_types);
  const bool is_byte_level = spec.model == TokenizerModel::kByteBpe;
  if (is_byte_level || !vocabulary.merges.empty())
    writer.add_strings("tokenizer.ggml.merges", vocabulary.merges);
  add_id(writer, "bos", spec.bos);
  add_end_tokens(writer, spec, eos);
  add_id(writer, "unknown", spec.unk);
  writer.add_bool("tokenizer.ggml.add_bos_token", spec.add_bos);
  writer.add_bool("tokenizer.ggml.add_eos_token", spec.add_eos);
  writer.add_bool("tokenizer.ggml.add_space_prefix", spec.add_prefix_space);
  if (!is_byte_level) writer.add_bool("tokenizer.ggml.remove_extra_whitespaces", spec.remove_extra_blanks);
  if (!spec.chars_map.empty()) writer.add_u8s("tokenizer.ggml.precompiled_charsmap", spec.chars_map);
  if (!vocabulary.rules.empty()) writer.add_string("tokenizer.tern", vocabulary.rules);
  if (!chat_template.empty()) writer.add_string("tokenizer.chat_template", chat_template);
  return {};
}

}  // namespace tern
