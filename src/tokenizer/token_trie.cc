#include "tokenizer/token_trie.h"

#include <algorithm>

namespace tern {
namespace {

constexpr size_t kBytes = 256;
/// Nobody's child, and no free place.
constexpr uint32_t kRootParent = TokenTrie::kNowhere - 1;
/// Places tried for the children of a node before they go behind all others.
constexpr int kTries = 32;

}  // namespace

Result<uint32_t> TokenTrie::find_base(const std::vector<uint8_t>& bytes, size_t max_nodes) {
  while (first_free_ < nodes_.size() && nodes_[first_free_].parent != kNowhere) ++first_free_;
  const auto fits = [&](size_t base) {
    return std::all_of(bytes.begin(), bytes.end(),
                       [&](uint8_t byte) { return nodes_[base + byte].parent == kNowhere; });
  };
  size_t place = std::max<size_t>(first_free_, bytes[0] + size_t{1});
  for (int tries = 0; tries < kTries && place + kBytes < nodes_.size(); ++place) {
    if (nodes_[place].parent != kNowhere) continue;
    if (fits(place - bytes[0])) return static_cast<uint32_t>(place - bytes[0]);
    ++tries;
  }
  const size_t base = nodes_.size();
  if (nodes_.size() + kBytes > max_nodes)
    return fail(ErrorCode::kUnsupported, "the vocabulary's tokens are chosen to make its trie large");
  nodes_.resize(nodes_.size() + kBytes);
  return static_cast<uint32_t>(base);
}

Result<TokenTrie> TokenTrie::create(std::vector<std::pair<std::string_view, int32_t>> tokens) {
  std::sort(tokens.begin(), tokens.end());
  size_t bytes = 0;
  for (const auto& [text, id] : tokens) bytes += text.size();
  const size_t max_nodes = 16 * bytes + (size_t{1} << 16);
  TokenTrie trie;
  trie.nodes_.resize(2 * kBytes);
  trie.nodes_[kRoot].parent = kRootParent;
  struct Range {
    size_t low, high, depth;  ///< tokens that agree in their first `depth` bytes
    uint32_t node;
  };
  std::vector<Range> open = {{0, tokens.size(), 0, kRoot}};
  std::vector<uint8_t> labels;
  std::vector<size_t> starts;
  while (!open.empty()) {
    auto [low, high, depth, node] = open.back();
    open.pop_back();
    if (low < high && tokens[low].first.size() == depth) trie.nodes_[node].id = tokens[low++].second;
    if (low == high) continue;
    labels.clear();
    starts.clear();
    for (size_t i = low; i < high; ++i) {
      const auto byte = static_cast<uint8_t>(tokens[i].first[depth]);
      if (!labels.empty() && labels.back() == byte) continue;
      labels.push_back(byte);
      starts.push_back(i);
    }
    starts.push_back(high);
    TERN_ASSIGN(const uint32_t base, trie.find_base(labels, max_nodes));
    trie.nodes_[node].base = base;
    for (size_t i = 0; i < labels.size(); ++i) {
      trie.nodes_[base + labels[i]].parent = node;
      open.push_back({starts[i], starts[i + 1], depth + 1, base + labels[i]});
    }
  }
  return trie;
}

}  // namespace tern
