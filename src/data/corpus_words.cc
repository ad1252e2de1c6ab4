#include "data/corpus_words.h"

#include <algorithm>

#include "base/log.h"
#include "data/records.h"

namespace tern {
namespace {

constexpr int64_t kShownBroken = 5;

/// The texts of a line, joined: a pre-token does not go on over a line's end.
Result<std::string> text_of(const RawDocument& document, bool is_json, const std::string& where) {
  if (!document.broken.empty()) return fail(ErrorCode::kBadFile, "{}: {}", where, document.broken);
  if (!is_json) return document.text;
  TERN_ASSIGN(const Json line, parse_json(document.text, where));
  TERN_ASSIGN(const ShardKind kind, kind_of_record(line, where));
  TERN_ASSIGN(const Record record, read_record(line, kind, where));
  return fmt::format("{}", fmt::join(texts_of(record), "\n"));
}

}  // namespace

Result<CorpusWords> count_corpus_words(const std::vector<std::string>& inputs, PreTokenizer pre, int threads,
                                       const ReadProgress& progress) {
  ThreadPool pool(threads);
  TERN_ASSIGN(WordCounter counter, WordCounter::create(pre, &pool));
  DocumentBatches batches(inputs, progress);
  CorpusWords corpus;
  while (true) {
    TERN_ASSIGN(const DocumentBatch batch, batches.next());
    if (batch.documents.empty()) break;
    std::vector<std::string> texts(batch.documents.size()), broken(batch.documents.size());
    pool.parallel_for(texts.size(), 1, [&](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) {
        const std::string where = fmt::format("{}:{}", inputs[batch.input], batch.documents[i].line);
        auto text = text_of(batch.documents[i], batch.is_json, where);
        (text ? texts[i] : broken[i]) = text ? std::move(*text) : text.error().message();
      }
    });
    TERN_TRY(counter.add(texts));
    for (size_t i = 0; i < texts.size(); ++i) {
      corpus.bytes += texts[i].size();
      ++corpus.documents;
      if (broken[i].empty()) continue;
      if (++corpus.broken <= kShownBroken) log_warning(broken[i]);
    }
  }
  if (corpus.broken > kShownBroken) warn("{} more broken lines were left out", corpus.broken - kShownBroken);
  corpus.long_words = counter.left_out();
  corpus.words = counter.finish();
  return corpus;
}

}  // namespace tern
