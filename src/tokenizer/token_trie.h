#pragma once
// Texts of tokens, to be walked byte by byte: a double array, built once.
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace tern {

class TokenTrie {
 public:
  static constexpr uint32_t kRoot = 0;
  static constexpr uint32_t kNowhere = static_cast<uint32_t>(-1);

  TokenTrie() = default;
  /// Texts (not empty, no two equal) and ids. kUnsupported when they are chosen to waste memory.
  static Result<TokenTrie> create(std::vector<std::pair<std::string_view, int32_t>> tokens);

  /// The node below `node` by `byte`, kNowhere when no text goes on so.
  uint32_t next(uint32_t node, uint8_t byte) const {
    const uint32_t child = nodes_[node].base + byte;
    return nodes_[child].parent == node ? child : kNowhere;
  }
  /// The token whose text ends at `node`, -1 when none does.
  int32_t id(uint32_t node) const { return nodes_[node].id; }

 private:
  struct Node {
    uint32_t base = 0;           ///< children stand at base + byte
    uint32_t parent = kNowhere;  ///< kNowhere: free
    int32_t id = -1;
  };

  /// A base at which the places of all `bytes` are free.
  Result<uint32_t> find_base(const std::vector<uint8_t>& bytes, size_t max_nodes);

  std::vector<Node> nodes_;
  size_t first_free_ = 1;  ///< no free place before it
};

}  // namespace tern
