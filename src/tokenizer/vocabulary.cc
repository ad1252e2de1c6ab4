#include "tokenizer/vocabulary.h"

#include "tokenizer/tokenizer.h"

namespace tern {

void set_mapped_token(TokenizerSpec* spec, int32_t id, std::string_view mapped) {
  auto bytes = undo_byte_map(mapped);
  spec->kinds[id] = bytes ? TokenKind::kNormal : TokenKind::kUnused;
  spec->tokens[id] = bytes ? std::move(*bytes) : std::string(mapped);
}

Result<std::pair<std::string_view, std::string_view>> split_merge(std::string_view line, size_t rank,
                                                                  std::string_view what) {
  const size_t blank = line.find(' ');
  if (blank == std::string_view::npos || blank == 0 || blank + 1 == line.size() ||
      line.find(' ', blank + 1) != std::string_view::npos) {
    return fail(ErrorCode::kBadFile, "{}: merge {}: '{}' is not two tokens with a blank between them", what,
                rank, line);
  }
  return std::pair(line.substr(0, blank), line.substr(blank + 1));
}

Result<TokenizerSpec::Merge> resolve_merge(const VocabularyIndex& index, std::string_view left,
                                           std::string_view right, size_t rank, std::string_view what) {
  const std::string product = std::string(left) + std::string(right);
  TokenizerSpec::Merge merge{};
  for (const auto& [spelling, id] : {std::pair<std::string_view, int32_t*>(left, &merge.left),
                                     {right, &merge.right},
                                     {product, &merge.result}}) {
    const auto found = index.find(spelling);
    if (found == index.end()) {
      return fail(ErrorCode::kBadFile, "{}: merge {} ('{}' and '{}'): '{}' is not in the vocabulary", what,
                  rank, left, right, spelling);
    }
    *id = found->second;
  }
  return merge;
}

}  // namespace tern
