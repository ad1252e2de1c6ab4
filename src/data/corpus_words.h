#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "data/document_batches.h"
#include "data/word_counter.h"

namespace tern {

/// What was read to count its words.
struct CorpusWords {
  std::vector<WordCount> words;
  int64_t documents = 0, broken = 0;
  uint64_t bytes = 0;      ///< of text
  int64_t long_words = 0;  ///< left out (WordCounter::kMaxWord)
};

/// Counts the pre-tokens of files of text, chats or pairs (open_documents(), read_record()), whatever kind
/// each line is of. The first broken lines are warnings, all are counted. `progress` is told bytes of the
/// files. Errors of open_documents() and of WordCounter.
Result<CorpusWords> count_corpus_words(const std::vector<std::string>& inputs, PreTokenizer pre, int threads,
                                       const ReadProgress& progress);

}  // namespace tern
