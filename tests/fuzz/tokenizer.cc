// tokenizer.json (and behind a byte 0 tokenizer_config.json), a sentencepiece model when the bytes begin as
// one (and behind the last byte 0 JSON of the files beside it), else a tiktoken file.
#include "tokenizer/tokenizer.h"

#include "base/check.h"
#include "tests/fuzz/fuzz.h"
#include "tokenizer/export_gguf.h"
#include "tokenizer/export_hf.h"
#include "tokenizer/sentencepiece.h"

namespace tern::fuzz {
namespace {

Result<TokenizerSpec> read_sentencepiece(std::string_view bytes) {
  const size_t end = bytes.rfind('\0');
  const auto beside =
      end == std::string_view::npos ? Result<Json>(Json()) : parse_json(bytes.substr(end + 1), "beside");
  if (!beside || !beside->is_object()) return tokenizer_spec_from_sentencepiece(bytes, "m");
  TERN_ASSIGN(TokenizerSpec spec, tokenizer_spec_from_sentencepiece(bytes.substr(0, end), "m"));
  TERN_TRY(apply_sentencepiece_config(beside->value("config", Json()), beside->value("added", Json()), "m",
                                      &spec));
  return spec;
}

Result<TokenizerSpec> read_spec(std::string_view bytes) {
  if (looks_like_sentencepiece(bytes)) return read_sentencepiece(bytes);
  if (!bytes.starts_with('{')) return tokenizer_spec_from_tiktoken(bytes, "f");
  const size_t end = std::min(bytes.find('\0'), bytes.size());
  TERN_ASSIGN(const Json json, parse_json(bytes.substr(0, end), "t"));
  Json config;
  if (end < bytes.size()) {
    TERN_ASSIGN(config, parse_json(bytes.substr(end + 1), "c"));
  }
  return tokenizer_spec_from_hf_json(json, config, "t");
}

/// Ids are in range, and where no id stands for missing bytes, they give the text back.
void check_text(const Tokenizer& tokenizer, std::string_view text) {
  for (const bool parse : {false, true}) {
    const auto ids = tokenizer.encode(text, {.add_bos = false, .parse_special = parse});
    for (const int32_t id : ids) TERN_CHECK(id >= 0 && id < tokenizer.vocab_size());
    const TokenizerSpec& spec = tokenizer.spec();
    const bool keeps = spec.model == TokenizerModel::kByteBpe && spec.form == UnicodeForm::kNone;
    if (keeps && spec.unk < 0 && !spec.add_prefix_space) TERN_CHECK(tokenizer.decode(ids, true) == text);
    StreamDecoder decoder(tokenizer);
    for (const int32_t id : ids) (void)decoder.add(id);
    (void)decoder.finish();
  }
}

void run(std::string_view bytes) {
  auto spec = read_spec(bytes);
  if (!spec) return;
  const auto tokenizer = Tokenizer::create(std::move(*spec));
  if (!tokenizer) return;
  check_text(**tokenizer, "Hello  there, it's\r\n\t2024!  \xC3\xA9\xF0\x9F\x98\x80\xFF<|eot_id|>\xE2\x80");
  check_text(**tokenizer, bytes.substr(bytes.size() - std::min<size_t>(bytes.size(), 512)));
  const auto vocabulary = gguf_vocabulary((*tokenizer)->spec());
  if (vocabulary) TERN_CHECK(vocabulary->tokens.size() == vocabulary->token_types.size());
  (void)tokenizer_json((*tokenizer)->spec());
  (void)sentencepiece_model((*tokenizer)->spec());
}

}  // namespace
}  // namespace tern::fuzz

TERN_FUZZ(tern::fuzz::run)
