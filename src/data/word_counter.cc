#include "data/word_counter.h"

#include <algorithm>

namespace tern {

WordCounter::WordCounter(std::unique_ptr<Splitter> splitter, ThreadPool* pool)
    : splitter_(std::move(splitter)), pool_(pool), counts_(static_cast<size_t>(pool->threads())) {}

Result<WordCounter> WordCounter::create(PreTokenizer pre, ThreadPool* pool) {
  TERN_ASSIGN(auto splitter, make_splitter(pre));
  return WordCounter(std::move(splitter), pool);
}

void WordCounter::count(std::string_view text, Counts* counts) const {
  counts->pieces.clear();
  splitter_->split(text, &counts->pieces);
  for (const std::string_view piece : counts->pieces) {
    if (piece.size() > kMaxWord) {
      ++counts->left_out;
    } else if (const auto found = counts->words.find(piece); found != counts->words.end()) {
      ++found->second;
    } else {
      counts->words.emplace(piece, 1);
    }
  }
}

Status WordCounter::add(const std::vector<std::string>& texts) {
  pool_->parallel_for(counts_.size(), 1, [&](size_t begin, size_t end) {
    for (size_t part = begin; part < end; ++part) {
      for (size_t i = part; i < texts.size(); i += counts_.size()) count(texts[i], &counts_[part]);
    }
  });
  size_t words = 0;
  for (const Counts& counts : counts_) words += counts.words.size();
  if (words <= kMaxWords) return {};
  return fail(ErrorCode::kOutOfMemory,
              "the text has more than {} different words: a tokenizer needs no more than a sample of it",
              kMaxWords);
}

std::vector<WordCount> WordCounter::finish() {
  auto& all = counts_[0].words;
  for (size_t i = 1; i < counts_.size(); ++i) {
    for (const auto& [word, count] : counts_[i].words) all[word] += count;
    counts_[i].words = {};
  }
  std::vector<WordCount> sorted;
  sorted.reserve(all.size());
  while (!all.empty()) {
    auto node = all.extract(all.begin());
    sorted.push_back({std::move(node.key()), node.mapped()});
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const WordCount& a, const WordCount& b) { return a.word < b.word; });
  return sorted;
}

int64_t WordCounter::left_out() const {
  int64_t sum = 0;
  for (const Counts& counts : counts_) sum += counts.left_out;
  return sum;
}

}  // namespace tern
