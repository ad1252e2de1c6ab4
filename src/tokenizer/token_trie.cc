#include "tokenizer/token_trie.h"

namespace tern {

TokenTrie::TokenTrie(std::span<const Token> tokens) {
  struct Range {
    size_t low, high;  ///< tokens that agree in as many bytes as the level is deep
  };
  std::vector<Range> level = {{0, tokens.size()}}, below;
  labels_.push_back(0);  // nothing leads to the root
  for (size_t depth = 0; !level.empty(); ++depth) {
    below.clear();
    for (auto [low, high] : level) {
      const bool ends = low < high && tokens[low].first.size() == depth;
      ids_.push_back(ends ? tokens[low++].second : -1);
      first_.push_back(static_cast<uint32_t>(labels_.size()));
      while (low < high) {
        const char label = tokens[low].first[depth];
        size_t end = low + 1;
        while (end < high && tokens[end].first[depth] == label) ++end;
        labels_.push_back(static_cast<uint8_t>(label));
        below.push_back({low, end});
        low = end;
      }
    }
    level.swap(below);
  }
  first_.push_back(static_cast<uint32_t>(labels_.size()));
  below_root_.fill(kNowhere);
  for (uint32_t child = first_[kRoot]; child < first_[kRoot + 1]; ++child)
    below_root_[labels_[child]] = child;
}

}  // namespace tern
