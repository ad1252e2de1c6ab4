#include "tokenizer/token_trie.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <random>
#include <string>

namespace tern {
namespace {

/// Ids as the texts are numbered in order.
std::vector<TokenTrie::Token> tokens_of(const std::map<std::string, int32_t>& texts) {
  std::vector<TokenTrie::Token> tokens;
  for (const auto& [text, id] : texts) tokens.emplace_back(text, id);
  std::sort(tokens.begin(), tokens.end());
  return tokens;
}

/// What a walk along `text` comes to: an id, -1, or -2 where no token goes on so.
int32_t walk(const TokenTrie& trie, std::string_view text) {
  uint32_t node = TokenTrie::kRoot;
  for (const char byte : text) {
    node = trie.next(node, static_cast<uint8_t>(byte));
    if (node == TokenTrie::kNowhere) return -2;
  }
  return trie.id(node);
}

TEST(TokenTrie, KnowsItsTextsAndWhatTheyBeginWith) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::map<std::string, int32_t> texts;
    // Few letters for deep tries, all bytes for wide ones.
    const unsigned letters = round % 2 == 0 ? 3 : 256;
    const auto word = [&] {
      std::string text;
      for (size_t n = 1 + random() % 6; n > 0; --n) text += static_cast<char>(random() % letters);
      return text;
    };
    for (int i = round % 50; i > 0; --i) texts.emplace(word(), i);
    const std::vector<TokenTrie::Token> tokens = tokens_of(texts);
    const TokenTrie trie{tokens};
    for (const auto& [text, id] : texts) ASSERT_EQ(walk(trie, text), id);
    for (int i = 0; i < 300; ++i) {
      const std::string text = word();
      const bool begins = std::any_of(texts.begin(), texts.end(),
                                      [&](const auto& token) { return token.first.starts_with(text); });
      const auto found = texts.find(text);
      ASSERT_EQ(walk(trie, text), found != texts.end() ? found->second : begins ? -1 : -2);
    }
  }
}

TEST(TokenTrie, OfNothingLeadsNowhere) {
  EXPECT_EQ(walk(TokenTrie(), "a"), -2);
  EXPECT_EQ(walk(TokenTrie(), ""), -1);
}

// Every text of so many letters out of two a place: shapes that are dear to fit into a table of nodes.
TEST(TokenTrie, IsBuiltInLinearTime) {
  for (const std::vector<std::string_view>& levels :
       {std::vector<std::string_view>{"ab"}, {"ab", "ad", "ak"}}) {
    std::vector<std::string> texts = {""};
    for (size_t depth = 0; depth < 18; ++depth) {
      std::vector<std::string> longer;
      for (const std::string& text : texts) {
        for (const char letter : levels[depth % levels.size()]) longer.push_back(text + letter);
      }
      texts = std::move(longer);
    }
    std::vector<TokenTrie::Token> tokens;
    for (const std::string& text : texts) tokens.emplace_back(text, static_cast<int32_t>(tokens.size()));
    const auto start = std::chrono::steady_clock::now();
    const TokenTrie trie{tokens};
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    EXPECT_LT(time.count(), 10);  // 0.1 s as built for release
    for (size_t i = 0; i < texts.size(); i += 1000) EXPECT_EQ(walk(trie, texts[i]), static_cast<int32_t>(i));
  }
}

}  // namespace
}  // namespace tern
