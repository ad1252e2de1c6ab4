#pragma once
// From files of text to a folder of token shards.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "data/document_batches.h"
#include "data/shards.h"
#include "tokenizer/tokenizer.h"

namespace tern {

struct PrepareOptions {
  std::vector<std::string> inputs;      ///< as open_documents() takes them, in this order
  std::optional<ShardKind> kind;        ///< else by the first line that tells
  std::string tokenizer_file;           ///< for the manifest, which has its SHA-256
  double held_out = 0.005;              ///< share of the documents, chosen by their hash; 0 to 0.5
  std::optional<bool> near_duplicates;  ///< drop them; else for text alone
  std::vector<std::string> evaluation;  ///< files of items that no document may hold (EvaluationItems)
  std::vector<std::pair<std::string, std::string>> where;  ///< ExamineRules::where
  int64_t shard_tokens = int64_t{1} << 24;
  bool strict = false;  ///< a broken line is an error
  int threads = 1;
};

/// Writes `folder` (new, or empty): shards, manifest.json, and broken_lines.txt where there are broken lines,
/// whose first few are warnings as well. The folder appears when it is whole. Returns the manifest. Output
/// does not depend on `threads`. Memory: a batch of some 8 MiB of text, a shard of each split, and hashes of
/// the documents (data/duplicates.h). Errors: kInvalidArgument for options and unknown endings; kNotFound,
/// kIo, kUnsupported; kBadFile for broken compression, with `strict` for broken lines, and when no document
/// is left; kInterrupted.
Result<Json> prepare_data(const PrepareOptions& options, const Tokenizer& tokenizer,
                          const std::string& folder, const ReadProgress& progress);

}  // namespace tern
