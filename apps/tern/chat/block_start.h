#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tern {

enum class BlockKind { kBlank, kText, kHeading, kRule, kItem, kFence, kTable };

/// What the beginning of a line of Markdown says.
struct BlockStart {
  BlockKind kind = BlockKind::kText;
  int quotes = 0;           ///< marks > before it
  int indent = 0;           ///< columns of blanks behind them
  std::string_view marker;  ///< of an item: "-", "12."
  int level = 0;            ///< of a heading
  size_t content = 0;       ///< offset of the rest of the line
};

/// A fence that a line opened, as its closing one must be.
struct Fence {
  char mark = '`';
  size_t length = 3;
  int quotes = 0, indent = 0;
};

/// Reads the beginning of a line; nothing while more of it is needed to tell. `whole`: `line` is all of it.
std::optional<BlockStart> read_block_start(std::string_view line, bool whole);
/// The fence that `line`, of kind kFence, opens.
Fence read_fence(std::string_view line, const BlockStart& start);

/// A line behind an opened fence.
struct FencedLine {
  bool closes = false;
  size_t content = 0;  ///< offset of the code
};
/// Nothing while more of the line is needed to tell whether it closes the fence.
std::optional<FencedLine> read_fenced_line(std::string_view line, const Fence& fence, bool whole);

}  // namespace tern
