#pragma once
// Texts of tokens, to be walked byte by byte: built once, level by level.
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace tern {

class TokenTrie {
 public:
  using Token = std::pair<std::string_view, int32_t>;
  static constexpr uint32_t kRoot = 0;
  static constexpr uint32_t kNowhere = static_cast<uint32_t>(-1);

  TokenTrie() : TokenTrie(std::span<const Token>()) {}
  /// Texts (not empty, in order, no two equal; below 4 GiB together) and ids. Takes time as the texts have
  /// bytes, and nine bytes a node: at most a node a byte.
  explicit TokenTrie(std::span<const Token> tokens);

  /// The node below `node` by `byte`, kNowhere when no text goes on so.
  uint32_t next(uint32_t node, uint8_t byte) const {
    if (node == kRoot) return below_root_[byte];
    const auto from = labels_.begin() + first_[node], to = labels_.begin() + first_[node + 1];
    const auto found = std::lower_bound(from, to, byte);
    return found != to && *found == byte ? static_cast<uint32_t>(found - labels_.begin()) : kNowhere;
  }
  /// The token whose text ends at `node`, -1 when none does.
  int32_t id(uint32_t node) const { return ids_[node]; }

 private:
  // The children of a node stand beside each other in the order of their labels, those of the next node
  // behind them.
  std::vector<uint32_t> first_;  ///< of each node its first child; one more ends the last node's
  std::vector<uint8_t> labels_;  ///< the byte that leads to each node
  std::vector<int32_t> ids_;
  std::array<uint32_t, 256> below_root_{};  ///< where most steps of a walk end
};

}  // namespace tern
