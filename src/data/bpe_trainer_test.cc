#include "data/bpe_trainer.h"

#include <gtest/gtest.h>

#include <map>

#include "base/mutation.h"
#include "tokenizer/golden_files.h"

namespace tern {
namespace {

using testing::Random;

std::vector<WordCount> count(const std::vector<std::string>& texts, int threads = 1) {
  ThreadPool pool(threads);
  auto counter = WordCounter::create(PreTokenizer::kLlama3, &pool);
  EXPECT_TRUE(counter && counter->add(texts));
  return counter->finish();
}

TokenizerSpec train(const std::vector<std::string>& texts, int64_t merges, uint64_t min_count = 1) {
  BpeOptions options;
  options.vocab = 256 + 5 + merges;
  options.min_count = min_count;
  auto spec = train_bpe(count(texts), options, {});
  EXPECT_TRUE(spec) << spec.error().message();
  return std::move(*spec);
}

std::vector<std::string> spelled(const TokenizerSpec& spec) {
  std::vector<std::string> merges;
  for (const auto& [left, right, result] : spec.merges) {
    merges.push_back(apply_byte_map(spec.tokens[static_cast<size_t>(left)]) + " " +
                     apply_byte_map(spec.tokens[static_cast<size_t>(right)]));
  }
  return merges;
}

/// tests/golden/data/generate_bpe.py.
TEST(BpeTrainer, LearnsWhatHuggingFaceLearns) {
  const Json golden = *parse_json(testing::read_file(testing::golden("data/bpe.json")), "bpe.json");
  for (const auto& [name, expected] : golden.items()) {
    auto texts = expected["texts"].get<std::vector<std::string>>();
    if (texts.empty()) {
      for (const Json& line : read_golden_lines("cases.jsonl")) {
        std::string text = line["text"];
        if (text.size() <= WordCounter::kMaxWord) texts.push_back(std::move(text));  // as the generator
      }
    }
    const auto merges = expected["merges"].get<std::vector<std::string>>();
    EXPECT_EQ(spelled(train(texts, static_cast<int64_t>(merges.size()))), merges) << name;
  }
}

/// The definition, counted anew at every step.
std::vector<std::string> naive(const std::vector<WordCount>& words, size_t merges, uint64_t min_count) {
  std::vector<std::pair<std::vector<int32_t>, uint64_t>> symbols;
  const TokenizerSpec bytes = train({}, 0);
  std::vector<std::string> tokens(bytes.tokens.begin(), bytes.tokens.begin() + 256);
  std::map<std::string, int32_t> ids;
  for (size_t i = 0; i < tokens.size(); ++i) ids[tokens[i]] = static_cast<int32_t>(i);
  for (const WordCount& word : words) {
    symbols.emplace_back();
    for (const char c : word.word) symbols.back().first.push_back(ids[std::string(1, c)]);
    symbols.back().second = word.count;
  }
  std::vector<std::string> spelled;
  while (tokens.size() < 256 + merges) {
    std::map<std::pair<int32_t, int32_t>, uint64_t> counts;
    for (const auto& [word, n] : symbols) {
      for (size_t i = 0; i + 1 < word.size(); ++i) counts[{word[i], word[i + 1]}] += n;
    }
    std::pair<int32_t, int32_t> best;
    uint64_t most = 0;
    for (const auto& [pair, n] : counts) {  // in the order of pairs
      if (n > most) {
        best = pair;
        most = n;
      }
    }
    if (most < min_count) break;
    const std::string& left = tokens[static_cast<size_t>(best.first)];
    const std::string& right = tokens[static_cast<size_t>(best.second)];
    spelled.push_back(apply_byte_map(left) + " " + apply_byte_map(right));
    const auto [entry, is_new] = ids.emplace(left + right, static_cast<int32_t>(tokens.size()));
    if (is_new) tokens.push_back(entry->first);
    for (auto& [word, n] : symbols) {
      std::vector<int32_t> joined;
      for (size_t i = 0; i < word.size(); ++i) {
        if (i + 1 < word.size() && word[i] == best.first && word[i + 1] == best.second) {
          joined.push_back(entry->second);
          ++i;
        } else {
          joined.push_back(word[i]);
        }
      }
      word = joined;
    }
  }
  return spelled;
}

TEST(BpeTrainer, JoinsTheMostFrequentPairAtEveryStep) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    Random random(seed);
    const size_t letters = 1 + random.below(4);
    std::vector<std::string> texts(1 + random.below(10));
    for (std::string& text : texts) {
      for (size_t words = random.below(12); words > 0; --words) {
        for (size_t n = 1 + random.below(14); n > 0; --n)
          text += static_cast<char>('a' + random.below(letters));
        text += ' ';
      }
    }
    const uint64_t min_count = 1 + random.below(3);
    EXPECT_EQ(spelled(train(texts, 40, min_count)), naive(count(texts), 40, min_count)) << "seed " << seed;
  }
}

TEST(BpeTrainer, MakesATokenizerThatReadsAndWrites) {
  std::vector<std::string> texts;
  for (const Json& line : read_golden_lines("cases.jsonl")) texts.push_back(line["text"]);
  TokenizerSpec spec = train(texts, 500);
  EXPECT_EQ(spec.tokens.size(), 256u + 500 + 5);
  EXPECT_EQ(spec.tokens[static_cast<size_t>(spec.bos)], "<|begin_of_text|>");
  EXPECT_EQ(spec.tokens[static_cast<size_t>(spec.eos)], "<|eot_id|>");
  const auto tokenizer = create_tokenizer(spec);
  ASSERT_TRUE(tokenizer);
  size_t ids = 0, bytes = 0;
  for (const std::string& text : texts) {
    const auto encoded = tokenizer->encode(text, {.add_bos = false, .parse_special = false});
    EXPECT_EQ(tokenizer->decode(encoded), text);
    ids += encoded.size();
    bytes += text.size();
  }
  EXPECT_LT(3 * ids, 2 * bytes);
}

TEST(BpeTrainer, StopsWhereTheTextEnds) {
  EXPECT_EQ(train({"abc abc"}, 100).merges.size(), 3u);  // "ab", "abc", " abc": no more pairs
  EXPECT_EQ(train({"abc abc"}, 100, 2).merges.size(), 2u);
  EXPECT_EQ(train({}, 100).tokens.size(), 261u);
}

TEST(BpeTrainer, CountsAlikeWithAnyNumberOfThreads) {
  std::vector<std::string> texts;
  for (const Json& line : read_golden_lines("cases.jsonl")) texts.push_back(line["text"]);
  const auto one = count(texts), three = count(texts, 3);
  ASSERT_EQ(one.size(), three.size());
  for (size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].word, three[i].word);
    EXPECT_EQ(one[i].count, three[i].count);
  }
}

TEST(BpeTrainer, LeavesOutWordsWithoutEnd) {
  ThreadPool pool(2);
  auto counter = WordCounter::create(PreTokenizer::kLlama3, &pool);
  ASSERT_TRUE(counter->add(
      {std::string(WordCounter::kMaxWord, 'x') + "! " + std::string(WordCounter::kMaxWord + 1, 'x')}));
  EXPECT_EQ(counter->left_out(), 1);
  EXPECT_EQ(counter->finish().size(), 2u);  // the letters, and "!"
}

TEST(BpeTrainer, RefusesWhatMakesNoVocabulary) {
  const auto refused = [](int64_t vocab, std::vector<std::string> special, std::string_view text) {
    BpeOptions options;
    options.vocab = vocab;
    options.special = std::move(special);
    options.min_count = 1;
    const auto spec = train_bpe(count({"hello hello"}), options, {});
    ASSERT_FALSE(spec) << text;
    EXPECT_EQ(spec.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(spec.error().message().find(text), std::string::npos) << spec.error().message();
  };
  refused(260, {}, "261 (the bytes");
  refused(-1, {}, "are possible");
  refused((1 << 20) + 1, {}, "are possible");
  refused(261, {"<x>"}, "262 (the bytes");
  refused(300, {"<|eot_id|>"}, "there already");
  refused(300, {"<x>", "<x>"}, "there already");
  refused(300, {""}, "not empty");
  refused(300, {"\xFF"}, "UTF-8");
  refused(300, {"hello"}, "choose another");
}

}  // namespace
}  // namespace tern
