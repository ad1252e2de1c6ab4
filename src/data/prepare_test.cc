#include "data/prepare.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/mutation.h"
#include "base/testing.h"
#include "data/bpe_trainer.h"
#include "data/compressed_testing.h"
#include "data/prepared_set.h"
#include "data/word_counter.h"

namespace tern {
namespace {

using testing::TempFolder;

/// Bytes and special tokens.
std::unique_ptr<Tokenizer> byte_tokenizer() {
  BpeOptions options;
  options.vocab = 261;
  return std::move(*Tokenizer::create(*train_bpe({}, options, {})));
}

std::string random_text(testing::Random& random, size_t words) {
  std::string text;
  for (size_t i = 0; i < words; ++i) text += fmt::format("w{} ", random.below(100000));
  text.back() = '.';
  return text;
}

std::string text_line(const std::string& text) {
  return dump_json({{"text", text}}) + "\n";
}

class Prepare : public ::testing::Test {
 protected:
  Prepare() : tokenizer_(byte_tokenizer()) {
    testing::write_file(folder_.file("tokenizer.json"), "{}");
    options_.tokenizer_file = folder_.file("tokenizer.json");
    options_.held_out = 0;
  }
  std::string input(const std::string& name, const std::string& content) {
    testing::write_file(folder_.file(name), content);
    return folder_.file(name);
  }
  Result<Json> prepare(const std::string& name = "out") {
    return prepare_data(options_, *tokenizer_, folder_.file(name), {});
  }
  /// The documents, decoded; targets in brackets where there is a mask.
  std::vector<std::string> documents(Split split = Split::kTrain, const std::string& name = "out") {
    const auto set = PreparedSet::open(folder_.file(name), split, VerifyShards::kHashes);
    if (!set) return {set.error().message()};
    std::vector<std::string> shown;
    for (int64_t d = 0; d < set->documents(); ++d) {
      std::vector<int32_t> ids(static_cast<size_t>(set->begin(d + 1) - set->begin(d)));
      EXPECT_TRUE(set->read(set->begin(d), ids));
      std::string text;
      bool inside = false;
      for (size_t i = 0; i < ids.size(); ++i) {
        const bool target =
            set->kind() != ShardKind::kText && set->is_target(set->begin(d) + static_cast<int64_t>(i));
        if (target != inside) text += target ? "[" : "]";
        inside = target;
        text += tokenizer_->piece(ids[i], true);
      }
      shown.push_back(text + (inside ? "]" : ""));
    }
    return shown;
  }
  void expect_refused(ErrorCode code, std::string_view text) {
    const auto prepared = prepare();
    ASSERT_FALSE(prepared) << text;
    EXPECT_EQ(prepared.error().code(), code) << prepared.error().message();
    EXPECT_NE(prepared.error().message().find(text), std::string::npos) << prepared.error().message();
    // Neither the folder nor a temporary of it.
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      EXPECT_EQ(entry.path().filename().string().find("out"), std::string::npos) << entry.path();
  }
  static int64_t counted(const Json& manifest, const char* what) {
    int64_t sum = 0;
    for (const Json& file : manifest["inputs"]) sum += file[what].get<int64_t>();
    return sum;
  }

  TempFolder folder_;
  std::unique_ptr<Tokenizer> tokenizer_;
  PrepareOptions options_;
};

using Shown = std::vector<std::string>;

TEST_F(Prepare, TextBetweenItsTokens) {
  options_.inputs = {input("a.jsonl", text_line("One <|eot_id|>.") + text_line("Two.")),
                     input("b.txt", "Three\n\nfour\n")};
  const auto manifest = prepare();
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(documents(),
            (Shown{"<|begin_of_text|>One <|eot_id|>.<|end_of_text|>", "<|begin_of_text|>Two.<|end_of_text|>",
                   "<|begin_of_text|>Three\n\nfour<|end_of_text|>"}));
  EXPECT_EQ((*manifest)["train"]["tokens"], 17 + 6 + 13);  // what looks like a special token is its letters
  EXPECT_EQ((*manifest)["train"]["targets"], 16 + 5 + 12);
  EXPECT_EQ((*manifest)["inputs"][0]["lines"], 2);
  const auto written = testing::read_file(folder_.file("out/manifest.json"));
  EXPECT_EQ(*parse_json(written, "manifest"), *manifest);
}

TEST_F(Prepare, ChatsWithTheAssistantsWordsAsTargets) {
  options_.inputs = {input(
      "a.jsonl",
      R"({"messages": [{"role": "user", "content": " Hi "}, {"role": "assistant", "content": "Yes.\n"}, )"
      R"({"role": "user", "content": "Go"}, {"role": "assistant", "content": "No"}]})")};
  ASSERT_TRUE(prepare());
  EXPECT_EQ(
      documents(),
      Shown{"<|begin_of_text|>User: Hi<|eot_id|>Assistant: [Yes.<|eot_id|>]User: Go<|eot_id|>Assistant: "
            "[No<|eot_id|>]"});
}

TEST_F(Prepare, PairsWithTheirAnswersAsTargets) {
  options_.inputs = {input("a.jsonl",
                           R"({"chosen": "\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant: d", )"
                           R"("rejected": "\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant: e"})")};
  ASSERT_TRUE(prepare());
  const std::string prompt =
      "<|begin_of_text|>User: a<|eot_id|>Assistant: b<|eot_id|>User: c<|eot_id|>Assistant: ";
  EXPECT_EQ(documents(), (Shown{prompt + "[d<|eot_id|>]", prompt + "[e<|eot_id|>]"}));
}

/// Everything at once, for the properties of the whole.
std::string mixed_corpus(uint64_t seed) {
  testing::Random random(seed);
  std::string lines;
  std::vector<std::string> texts;
  for (int i = 0; i < 3000; ++i) {
    const size_t kind = random.below(20);
    if (kind == 0 && !texts.empty()) {
      lines += text_line(random.pick(texts));
    } else if (kind == 1 && !texts.empty()) {
      lines += text_line(random.pick(texts) + " And one more.");
    } else if (kind == 2) {
      lines += random.chance(2) ? "{broken\n" : "{\"other\": 1}\n";
    } else {
      texts.push_back(random_text(random, 5 + random.below(120)));
      lines += text_line(texts.back());
    }
  }
  return lines;
}

TEST_F(Prepare, GivesTheSameFilesWithAnyNumberOfThreads) {
  options_.inputs = {input("a.jsonl", mixed_corpus(1)), input("b.jsonl.zst", testing::zstd(mixed_corpus(2)))};
  options_.held_out = 0.1;
  options_.shard_tokens = 100'000;
  std::vector<std::string> first;
  for (const int threads : {1, 2, 5}) {
    options_.threads = threads;
    const std::string name = fmt::format("out{}", threads);
    const auto manifest = prepare(name);
    ASSERT_TRUE(manifest) << manifest.error().message();
    EXPECT_GT((*manifest)["train"]["shards"].size(), 5u);
    EXPECT_GT(counted(*manifest, "broken"), 100);
    EXPECT_GT(counted(*manifest, "exact_duplicates"), 100);
    EXPECT_GT(counted(*manifest, "near_duplicates"), 100);
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.file(name)))
      files.push_back(entry.path().filename().string() + testing::read_file(entry.path().string()));
    std::sort(files.begin(), files.end());
    if (first.empty()) first = files;
    EXPECT_EQ(files, first) << threads;
  }
}

TEST_F(Prepare, LosesNoDocument) {
  options_.inputs = {input("a.jsonl", mixed_corpus(3))};
  options_.held_out = 0.1;
  const auto manifest = prepare();
  ASSERT_TRUE(manifest);
  const Json& file = (*manifest)["inputs"][0];
  EXPECT_EQ(file["documents"], 3000);
  EXPECT_EQ(counted(*manifest, "broken") + counted(*manifest, "exact_duplicates") +
                counted(*manifest, "near_duplicates") + counted(*manifest, "kept"),
            3000);
  EXPECT_EQ(
      (*manifest)["train"]["documents"].get<int64_t>() + (*manifest)["held_out"]["documents"].get<int64_t>(),
      counted(*manifest, "kept"));
  const Shown train = documents(), held_out = documents(Split::kHeldOut);
  std::set<std::string> all(train.begin(), train.end());
  EXPECT_EQ(all.size(), train.size());
  for (const std::string& document : held_out) EXPECT_TRUE(all.insert(document).second) << document;
  // 10% of some 2,500: five standard deviations are 75.
  EXPECT_NEAR(static_cast<double>(held_out.size()), 0.1 * static_cast<double>(all.size()), 80);
}

TEST_F(Prepare, HoldsOutTheSameDocumentsOfAnyCorpus) {
  options_.held_out = 0.2;
  options_.inputs = {input("a.jsonl", mixed_corpus(4))};
  ASSERT_TRUE(prepare("one"));
  options_.inputs = {input("b.jsonl", mixed_corpus(5)), input("a.jsonl", mixed_corpus(4))};
  ASSERT_TRUE(prepare("two"));
  const Shown one = documents(Split::kHeldOut, "one"), two = documents(Split::kHeldOut, "two");
  const std::set<std::string> both(two.begin(), two.end());
  EXPECT_GT(one.size(), 300u);
  for (const std::string& document : one) EXPECT_TRUE(both.contains(document));
}

TEST_F(Prepare, NamesEveryBrokenLine) {
  const std::string path =
      input("a.jsonl", text_line("good") + "{\n" + "\n{\"text\": 7}\n\xFF\n" + text_line("fine"));
  options_.inputs = {path};
  const auto manifest = prepare();
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(documents().size(), 2u);
  EXPECT_EQ((*manifest)["inputs"][0]["broken"], 3);
  EXPECT_EQ(testing::read_file(folder_.file("out/broken_lines.txt")),
            path + ":2: not valid JSON\n" + path + ":4: field 'text' must be a string\n" + path +
                ":5: not UTF-8\n");
}

TEST_F(Prepare, IsStrictWhenTold) {
  options_.strict = true;
  options_.inputs = {input("a.jsonl", text_line("good") + "{\n")};
  expect_refused(ErrorCode::kBadFile, "a.jsonl:2: not valid JSON");
}

TEST_F(Prepare, LeavesOutItemsOfBenchmarks) {
  const std::string item = "Which of these thirteen words in a row must not be seen, my friend?";
  options_.evaluation = {input(
      "items.jsonl.gz", testing::gzip(dump_json({{"id", 1}, {"question", item}, {"choices", {"a", "b"}}}) +
                                      "\n{\"question\": \"short\"}\n"))};
  const std::string shouted = "WHICH OF THESE THIRTEEN WORDS - IN A ROW - MUST NOT BE SEEN MY";
  options_.inputs = {input("a.jsonl", text_line("So he asked: " + item + " Yes.") + text_line(shouted) +
                                          text_line("Which of these thirteen words in a row must not be") +
                                          text_line("good"))};
  const auto manifest = prepare();
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(counted(*manifest, "contaminated"), 2);
  EXPECT_EQ(documents().size(), 2u);
  EXPECT_EQ((*manifest)["evaluation"][0]["items"], 2);
  EXPECT_EQ((*manifest)["evaluation"][0]["unchecked"], 1);
  testing::write_file(options_.evaluation[0], "not JSON\n");
  options_.inputs = {input("b.jsonl", text_line("good"))};
  std::filesystem::remove_all(folder_.file("out"));
  expect_refused(ErrorCode::kBadFile, "items.jsonl.gz:1: not valid JSON");
}

TEST_F(Prepare, TakesWhatIsAskedFor) {
  options_.inputs = {input("a.jsonl", R"({"text": "a", "quality": "web", "n": 1}
{"text": "b", "quality": "curated", "n": 1}
{"text": "c", "quality": "curated", "n": 2}
{"text": "d"}
)")};
  options_.where = {{"quality", "curated"}, {"n", "2"}};
  const auto manifest = prepare();
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(documents(), Shown{"<|begin_of_text|>c<|end_of_text|>"});
  EXPECT_EQ(counted(*manifest, "filtered"), 3);
}

TEST_F(Prepare, RefusesWhatItCannotDo) {
  expect_refused(ErrorCode::kInvalidArgument, "no file");
  options_.inputs = {input("a.jsonl", "{}\n")};
  expect_refused(ErrorCode::kBadFile, "no line has 'text'");
  options_.kind = ShardKind::kText;
  expect_refused(ErrorCode::kBadFile, "no document of kind text is left");
  options_.kind = ShardKind::kChat;
  options_.inputs = {input("a.txt", "text")};
  expect_refused(ErrorCode::kInvalidArgument, "a text has no fields");
  options_.kind.reset();
  options_.where = {{"x", "y"}};
  expect_refused(ErrorCode::kInvalidArgument, "a text has no fields");
  options_.where.clear();
  options_.held_out = 0.7;
  expect_refused(ErrorCode::kInvalidArgument, "share to hold out");
  options_.held_out = 0;
  options_.shard_tokens = 0;
  expect_refused(ErrorCode::kInvalidArgument, "shards of 0 tokens");
  options_.shard_tokens = 1;
  options_.inputs = {folder_.file("missing.txt")};
  expect_refused(ErrorCode::kNotFound, "missing.txt");
  options_.inputs = {input("a.jsonl.gz", testing::gzip(text_line("x")).substr(0, 20))};
  options_.kind = ShardKind::kText;
  expect_refused(ErrorCode::kBadFile, "truncated");
}

TEST_F(Prepare, DoesNotOverwrite) {
  options_.inputs = {input("a.txt", "text")};
  ASSERT_TRUE(prepare());
  const auto again = prepare();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(documents().size(), 1u);
}

}  // namespace
}  // namespace tern
