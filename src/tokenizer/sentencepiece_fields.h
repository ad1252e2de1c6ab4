#pragma once
// Numbers of sentencepiece_model.proto that the reader and the writer share. Internal to src/tokenizer.
#include <cstdint>

namespace tern::sentencepiece {

enum ModelField : uint32_t { kPieces = 1, kTrainer = 2, kNormalizer = 3 };
enum PieceField : uint32_t { kPiece = 1, kScore = 2, kType = 3 };
enum TrainerField : uint32_t {
  kModelType = 3,
  kVocabSize = 4,
  kBlankBehind = 24,  ///< treat_whitespace_as_suffix
  kByteFallback = 35,
  kUnkId = 40,
  kBosId = 41,
  kEosId = 42,
};
enum NormalizerField : uint32_t {
  kCharsMap = 2,
  kAddDummyPrefix = 3,
  kRemoveExtraBlanks = 4,
  kEscapeBlanks = 5,
};
enum ModelType : uint64_t { kUnigramType = 1, kBpeType = 2 };

}  // namespace tern::sentencepiece
