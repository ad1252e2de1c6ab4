// sentencepiece's tokenizer.model, written.
#include "tokenizer/fallback.h"
#include "tokenizer/protobuf.h"
#include "tokenizer/sentencepiece.h"
#include "tokenizer/sentencepiece_fields.h"
#include "tokenizer/vocabulary.h"

namespace tern {
namespace {

using namespace sentencepiece;

Status check_expressible(const TokenizerSpec& spec) {
  const auto refuse = [](std::string_view why) {
    return fail(ErrorCode::kUnsupported, "a sentencepiece model has no {}", why);
  };
  if (!is_sentencepiece(spec)) return refuse("listed merges, nor scores summed in double precision");
  if (spec.pre != PreTokenizer::kNone) return refuse("words that are cut before they are looked up");
  if (spec.form != UnicodeForm::kNone) return refuse("Unicode form but in its character map");
  if (!spec.always_matched.empty()) return refuse("tokens that are matched before the text is normalized");
  if (!spec.fuse_unk) return refuse("unknown tokens one by one");
  const bool every_stretch = spec.prefix_before_blank && !spec.prefix_once;
  if (spec.add_prefix_space && !every_stretch) return refuse("blank in front but before every text");
  for (const double score : spec.scores) {
    if (score != static_cast<double>(static_cast<float>(score))) return refuse("scores of double precision");
  }
  return {};
}

std::string piece_message(const TokenizerSpec& spec, int32_t id) {
  const auto [type, text] = sentencepiece_token(spec, id);
  ProtoWriter piece;
  piece.add_bytes(kPiece, text);
  piece.add_float(kScore, static_cast<float>(spec.scores[static_cast<size_t>(id)]));
  if (type != token_type::kNormal) piece.add_uint(kType, static_cast<uint64_t>(type));
  return piece.message();
}

/// Negative ids (none) are sign-extended to 64 bits, as the format wants.
uint64_t id_value(int32_t id) {
  return static_cast<uint64_t>(int64_t{id});
}

}  // namespace

bool is_sentencepiece(const TokenizerSpec& spec) {
  if (spec.model == TokenizerModel::kByteBpe || spec.scores.empty()) return false;
  return spec.model == TokenizerModel::kBpe || spec.float_sums;
}

Result<std::string> sentencepiece_model(const TokenizerSpec& spec) {
  TERN_TRY(check_expressible(spec));
  ProtoWriter model;
  for (size_t id = 0; id < spec.tokens.size(); ++id) {
    if (spec.tokens[id].empty())
      return fail(ErrorCode::kUnsupported, "a sentencepiece model has no token without a text, as {} is", id);
    model.add_bytes(kPieces, piece_message(spec, static_cast<int32_t>(id)));
  }
  ProtoWriter trainer;
  trainer.add_uint(kModelType, spec.model == TokenizerModel::kBpe ? kBpeType : kUnigramType);
  trainer.add_uint(kVocabSize, spec.tokens.size());
  trainer.add_uint(kByteFallback, has_byte_tokens(spec));
  trainer.add_uint(kUnkId, id_value(spec.unk));
  trainer.add_uint(kBosId, id_value(spec.bos));
  trainer.add_uint(kEosId, id_value(spec.eos));
  model.add_bytes(kTrainer, trainer.message());
  ProtoWriter normalizer;
  normalizer.add_bytes(kCharsMap, spec.chars_map);
  normalizer.add_uint(kAddDummyPrefix, spec.add_prefix_space);
  normalizer.add_uint(kRemoveExtraBlanks, spec.remove_extra_blanks);
  normalizer.add_uint(kEscapeBlanks, true);
  model.add_bytes(kNormalizer, normalizer.message());
  return model.message();
}

}  // namespace tern
