#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "data/documents.h"
#include "data/duplicates.h"
#include "data/evaluation_items.h"
#include "data/records.h"

namespace tern {

/// What is asked of each document by itself.
struct ExamineRules {
  ShardKind kind = ShardKind::kText;
  bool near_duplicates = true;
  /// Documents whose field is not that text (a number or true as JSON writes it) are left out.
  std::vector<std::pair<std::string, std::string>> where;
  const EvaluationItems* items = nullptr;
};

/// What a document came to, before it is compared with others.
struct Examined {
  enum class Outcome {
    kGood,
    kBroken,       ///< `broken` says why
    kFiltered,     ///< by ExamineRules::where
    kContaminated  ///< holds an item of a benchmark
  };
  Outcome outcome = Outcome::kGood;
  std::string broken;
  Record record;
  uint64_t hash = 0;           ///< of all that the record says
  std::optional<Bands> bands;  ///< where near duplicates are looked for
};

/// `where` ("FILE:LINE") begins what is said of a broken one. From any thread.
Examined examine(const RawDocument& raw, bool is_json, const ExamineRules& rules, const std::string& where);

}  // namespace tern
