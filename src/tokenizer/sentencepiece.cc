#include "tokenizer/sentencepiece.h"

#include <bit>

#include "tokenizer/protobuf.h"
#include "tokenizer/sentencepiece_fields.h"
#include "tokenizer/vocabulary.h"

namespace tern {
namespace {

using namespace sentencepiece;

struct Piece {
  std::string_view text;
  float score = 0;
  uint64_t type = token_type::kNormal;
};

/// What a file says beside its pieces, with the defaults of its format.
struct Rules {
  uint64_t model_type = kUnigramType;
  bool byte_fallback = false, blank_behind = false, escapes = true;
  int32_t unk = 0, bos = 1, eos = 2;
};

Result<std::string_view> bytes_of(const ProtoField& field, std::string_view name, std::string_view what) {
  if (field.type == WireType::kBytes) return field.bytes;
  return fail(ErrorCode::kBadFile, "{}: {} is no string", what, name);
}

Result<uint64_t> uint_of(const ProtoField& field, std::string_view name, std::string_view what) {
  if (field.type == WireType::kVarint) return field.value;
  return fail(ErrorCode::kBadFile, "{}: {} is no number", what, name);
}

Result<bool> bool_of(const ProtoField& field, std::string_view name, std::string_view what) {
  TERN_ASSIGN(const uint64_t value, uint_of(field, name, what));
  return value != 0;
}

/// An id; negative numbers (in ten bytes) mean none.
Result<int32_t> id_of(const ProtoField& field, std::string_view name, std::string_view what) {
  TERN_ASSIGN(const uint64_t value, uint_of(field, name, what));
  const auto id = static_cast<int64_t>(value);
  if (id >= kMaxVocabulary) return fail(ErrorCode::kBadFile, "{}: {} = {} is no token", what, name, id);
  return id < 0 ? -1 : static_cast<int32_t>(id);
}

Result<Piece> read_piece(std::string_view message, std::string_view what) {
  Piece piece;
  ProtoReader reader(message, what);
  while (true) {
    TERN_ASSIGN(const auto field, reader.next());
    if (!field) break;
    if (field->number == kPiece) {
      TERN_ASSIGN(piece.text, bytes_of(*field, "pieces.piece", what));
    } else if (field->number == kScore) {
      if (field->type != WireType::kFixed32)
        return fail(ErrorCode::kBadFile, "{}: pieces.score is no float", what);
      piece.score = std::bit_cast<float>(static_cast<uint32_t>(field->value));
    } else if (field->number == kType) {
      TERN_ASSIGN(piece.type, uint_of(*field, "pieces.type", what));
    }
  }
  if (piece.text.empty()) return fail(ErrorCode::kBadFile, "{}: a piece has no text", what);
  return piece;
}

Status add_piece(const Piece& piece, std::string_view what, TokenizerSpec* spec) {
  const auto id = static_cast<int32_t>(spec->tokens.size());
  if (id >= kMaxVocabulary) return fail(ErrorCode::kBadFile, "{}: more than {} pieces", what, kMaxVocabulary);
  spec->tokens.emplace_back();
  spec->kinds.push_back(TokenKind::kNormal);
  spec->scores.push_back(piece.score);
  return set_sentencepiece_token(spec, id, static_cast<int64_t>(piece.type), piece.text, what);
}

Status read_trainer_spec(std::string_view message, std::string_view what, Rules* rules) {
  ProtoReader reader(message, what);
  while (true) {
    TERN_ASSIGN(const auto field, reader.next());
    if (!field) return {};
    switch (field->number) {
      case kModelType: {
        TERN_ASSIGN(rules->model_type, uint_of(*field, "trainer_spec.model_type", what));
        break;
      }
      case kBlankBehind: {
        TERN_ASSIGN(rules->blank_behind, bool_of(*field, "trainer_spec.treat_whitespace_as_suffix", what));
        break;
      }
      case kByteFallback: {
        TERN_ASSIGN(rules->byte_fallback, bool_of(*field, "trainer_spec.byte_fallback", what));
        break;
      }
      case kUnkId: {
        TERN_ASSIGN(rules->unk, id_of(*field, "trainer_spec.unk_id", what));
        break;
      }
      case kBosId: {
        TERN_ASSIGN(rules->bos, id_of(*field, "trainer_spec.bos_id", what));
        break;
      }
      case kEosId: {
        TERN_ASSIGN(rules->eos, id_of(*field, "trainer_spec.eos_id", what));
        break;
      }
    }
  }
}

Status read_normalizer_spec(std::string_view message, std::string_view what, Rules* rules,
                            TokenizerSpec* spec) {
  ProtoReader reader(message, what);
  while (true) {
    TERN_ASSIGN(const auto field, reader.next());
    if (!field) return {};
    switch (field->number) {
      case kCharsMap: {
        TERN_ASSIGN(spec->chars_map, bytes_of(*field, "normalizer_spec.precompiled_charsmap", what));
        break;
      }
      case kAddDummyPrefix: {
        TERN_ASSIGN(spec->add_prefix_space, bool_of(*field, "normalizer_spec.add_dummy_prefix", what));
        break;
      }
      case kRemoveExtraBlanks: {
        TERN_ASSIGN(spec->remove_extra_blanks,
                    bool_of(*field, "normalizer_spec.remove_extra_whitespaces", what));
        break;
      }
      case kEscapeBlanks: {
        TERN_ASSIGN(rules->escapes, bool_of(*field, "normalizer_spec.escape_whitespaces", what));
        break;
      }
    }
  }
}

/// Sets what follows from the rules.
Status apply_rules(const Rules& rules, std::string_view what, TokenizerSpec* spec) {
  if (rules.model_type != kUnigramType && rules.model_type != kBpeType) {
    return fail(ErrorCode::kUnsupported,
                "{}: trainer_spec.model_type {} is not supported: known are 1 (unigram) and 2 (BPE)", what,
                rules.model_type);
  }
  if (rules.blank_behind || !rules.escapes) {
    return fail(ErrorCode::kUnsupported, "{}: {} is not supported", what,
                rules.blank_behind ? "treat_whitespace_as_suffix" : "escape_whitespaces = false");
  }
  spec->model = rules.model_type == kBpeType ? TokenizerModel::kBpe : TokenizerModel::kUnigram;
  spec->float_sums = spec->model == TokenizerModel::kUnigram;
  spec->fuse_unk = true;
  spec->pre = PreTokenizer::kNone;
  spec->prefix_before_blank = spec->add_prefix_space;
  // An id whose piece is none of its kind (the default of a file without a bos, say) names nothing.
  const auto special = [&](int32_t id) {
    const bool exists = id >= 0 && id < static_cast<int32_t>(spec->tokens.size());
    return exists && spec->kinds[static_cast<size_t>(id)] == TokenKind::kSpecial ? id : -1;
  };
  spec->unk = special(rules.unk);
  spec->bos = special(rules.bos);
  spec->eos = special(rules.eos);
  spec->add_bos = spec->bos >= 0;
  return {};
}

}  // namespace

bool looks_like_sentencepiece(std::string_view file) {
  const auto first = ProtoReader(file, "").next();
  if (!first || !*first || (*first)->number != kPieces || (*first)->type != WireType::kBytes) return false;
  return read_piece((*first)->bytes, "").has_value();
}

Result<TokenizerSpec> tokenizer_spec_from_sentencepiece(std::string_view file, std::string_view what) {
  TokenizerSpec spec;
  spec.add_prefix_space = spec.remove_extra_blanks = true;
  Rules rules;
  ProtoReader reader(file, what);
  while (true) {
    TERN_ASSIGN(const auto field, reader.next());
    if (!field) break;
    if (field->number == kPieces) {
      TERN_ASSIGN(const std::string_view message, bytes_of(*field, "pieces", what));
      TERN_ASSIGN(const Piece piece, read_piece(message, what));
      TERN_TRY(add_piece(piece, what, &spec));
    } else if (field->number == kTrainer) {
      TERN_ASSIGN(const std::string_view message, bytes_of(*field, "trainer_spec", what));
      TERN_TRY(read_trainer_spec(message, what, &rules));
    } else if (field->number == kNormalizer) {
      TERN_ASSIGN(const std::string_view message, bytes_of(*field, "normalizer_spec", what));
      TERN_TRY(read_normalizer_spec(message, what, &rules, &spec));
    }
  }
  if (spec.tokens.empty()) return fail(ErrorCode::kBadFile, "{}: no pieces: no sentencepiece model", what);
  TERN_TRY(apply_rules(rules, what, &spec));
  return spec;
}

}  // namespace tern
