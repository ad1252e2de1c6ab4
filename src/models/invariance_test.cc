// A row's logits are the same bits whatever it is computed with: threads, chunking, batch, instruction set.
#include <cmath>

#include "models/tiny_model.h"
#include "models/weights.h"

namespace tern {
namespace {

using namespace testing;

class Invariance : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(init_kernels());
    write_tiny(folder_.file("model"), GetParam());
    model_ = load_model(folder_.file("model"));
    ASSERT_NE(model_, nullptr);
    ids_ = tiny_tokens(model_->config(), 150, 11);  // three pages of the cache
    expected_ = run_tiny(*model_, ids_, ids_.size(), 1);
  }
  /// The bits of all types of the cache.
  std::map<TernKvFormat, std::vector<float>> expected_of_each_cache() const {
    std::map<TernKvFormat, std::vector<float>> expected{{TERN_KV_F16, expected_}};
    for (const TernKvFormat format : {TERN_KV_F32, TERN_KV_I8})
      expected[format] = run_tiny(*model_, ids_, ids_.size(), 1, format);
    return expected;
  }
  void TearDown() override { ASSERT_TRUE(init_kernels()); }

  TempFolder folder_;
  std::unique_ptr<Model> model_;
  std::vector<int32_t> ids_;
  std::vector<float> expected_;
};

TEST_P(Invariance, LogitsAreNotTrivial) {
  double sum = 0, squares = 0;
  for (const float x : expected_) {
    ASSERT_TRUE(std::isfinite(x));
    sum += x;
    squares += static_cast<double>(x) * x;
  }
  const double n = static_cast<double>(expected_.size());
  EXPECT_GT(squares / n - (sum / n) * (sum / n), 1e-4);
  // The same token at another position, after another past, is another row.
  const size_t vocab = static_cast<size_t>(model_->config().vocab);
  std::vector<int32_t> repeated(3, ids_[0]);
  const std::vector<float> logits = run_tiny(*model_, repeated, 3);
  repeated = {ids_[1], ids_[2], ids_[0]};
  const std::vector<float> others = run_tiny(*model_, repeated, 3);
  EXPECT_NE(std::memcmp(&logits[2 * vocab], &others[2 * vocab], vocab * sizeof(float)), 0);
}

TEST_P(Invariance, Threads) {
  for (const auto& [format, expected] : expected_of_each_cache()) {
    for (int threads = 1; threads <= 4; ++threads) {
      EXPECT_TRUE(same_bits(run_tiny(*model_, ids_, 50, threads, format), expected))
          << threads << " threads, cache " << format;
    }
  }
}

TEST_P(Invariance, Chunking) {
  for (const auto& [format, expected] : expected_of_each_cache()) {
    for (const size_t chunk : {1, 2, 3, 7, 64, 149}) {
      EXPECT_TRUE(same_bits(run_tiny(*model_, ids_, chunk, 2, format), expected))
          << "chunks of " << chunk << ", cache " << format;
    }
  }
}

// Many tokens are shared out to threads in slices.
TEST_P(Invariance, SlicesOfTokens) {
  const ModelConfig& config = model_->config();
  const std::vector<int32_t> ids = tiny_tokens(config, 230, 16);
  for (const Isa isa : supported_isas()) {
    select_kernels(isa);
    const std::vector<float> expected = run_tiny(*model_, ids, 40, 1);
    for (const int threads : {1, 2, 3, 4}) {
      for (const size_t chunk : {129, 230}) {
        EXPECT_TRUE(same_bits(run_tiny(*model_, ids, chunk, threads), expected))
            << isa_name(isa) << ", chunks of " << chunk << ", " << threads << " threads";
      }
    }
  }
}

TEST_P(Invariance, InstructionSets) {
  for (const auto& [format, expected] : expected_of_each_cache()) {
    for (const Isa isa : supported_isas()) {
      select_kernels(isa);
      EXPECT_TRUE(same_bits(run_tiny(*model_, ids_, 40, 2, format), expected))
          << isa_name(isa) << ", cache " << format;
      EXPECT_TRUE(same_bits(run_tiny(*model_, ids_, 1, 2, format), expected))
          << isa_name(isa) << ", token by token, cache " << format;
    }
  }
}

TEST_P(Invariance, EachCacheHasItsOwnBits) {
  const auto expected = expected_of_each_cache();
  EXPECT_FALSE(same_bits(expected.at(TERN_KV_F16), expected.at(TERN_KV_F32)));
  EXPECT_FALSE(same_bits(expected.at(TERN_KV_F16), expected.at(TERN_KV_I8)));
}

// Beyond 1,024 keys the segments of a few rows are computed apart.
TEST_P(Invariance, LongerThanASegment) {
  const ModelConfig& config = model_->config();
  constexpr size_t kLength = 1060, kPrompt = 1020;
  const size_t vocab = static_cast<size_t>(config.vocab);
  const std::vector<int32_t> ids = tiny_tokens(config, kLength, 15);
  ThreadPool pool(4);
  for (const TernKvFormat format : {TERN_KV_F16, TERN_KV_I8}) {
    std::vector<float> expected = run_tiny(*model_, ids, 512, 1, format);
    expected.erase(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(kPrompt * vocab));
    TinyKv kv(config, kLength, format);
    const SequenceChunk prompt{{ids.data(), kPrompt}, 0, kv.view(), kPrompt};
    ASSERT_TRUE(model_->forward({&prompt, 1}, &pool, nullptr));
    for (const size_t chunk : {40, 5, 1}) {  // each time over the same positions of the cache
      std::vector<float> logits((kLength - kPrompt) * vocab);
      for (size_t i = kPrompt; i < kLength; i += chunk) {
        const SequenceChunk part{{ids.data() + i, chunk}, static_cast<int64_t>(i), kv.view(), 0};
        ASSERT_TRUE(model_->forward({&part, 1}, &pool, logits.data() + (i - kPrompt) * vocab));
      }
      EXPECT_TRUE(same_bits(logits, expected)) << "chunks of " << chunk << ", cache " << format;
    }
  }
}

TEST_P(Invariance, AloneAndInABatch) {
  const ModelConfig& config = model_->config();
  const size_t vocab = static_cast<size_t>(config.vocab);
  const std::vector<int32_t> first = tiny_tokens(config, 31, 12), third = tiny_tokens(config, 70, 13);
  const std::vector<float> alone_first = run_tiny(*model_, first, first.size()),
                           alone_third = run_tiny(*model_, third, third.size());
  ThreadPool pool(3);
  TinyKv kv_first(config, 64), kv_second(config, 192), kv_third(config, 128);
  // The second sequence has run 100 tokens already and decodes on.
  const SequenceChunk past{{ids_.data(), 100}, 0, kv_second.view(), 100};
  ASSERT_TRUE(model_->forward({&past, 1}, &pool, nullptr));
  const SequenceChunk batch[] = {{first, 0, kv_first.view(), 0},
                                 {{ids_.data() + 100, 50}, 100, kv_second.view(), 0},
                                 {third, 0, kv_third.view(), 69}};
  std::vector<float> logits((31 + 50 + 1) * vocab);
  ASSERT_TRUE(model_->forward(batch, &pool, logits.data()));
  const auto same = [&](size_t row, const std::vector<float>& alone, size_t alone_row, size_t rows) {
    return std::memcmp(&logits[row * vocab], &alone[alone_row * vocab], rows * vocab * sizeof(float)) == 0;
  };
  EXPECT_TRUE(same(0, alone_first, 0, 31));
  EXPECT_TRUE(same(31, expected_, 100, 50));
  EXPECT_TRUE(same(81, alone_third, 69, 1));
}

// More rows than one pass takes, for two sequences at once.
TEST_P(Invariance, BatchLongerThanAPass) {
  const ModelConfig& config = model_->config();
  const size_t vocab = static_cast<size_t>(config.vocab);
  const std::vector<int32_t> ids = tiny_tokens(config, 530, 14);
  const std::vector<float> alone = run_tiny(*model_, ids, 100);
  ThreadPool pool(2);
  TinyKv kv(config, 530), other(config, 64);
  const SequenceChunk batch[] = {{{ids_.data(), 20}, 0, other.view(), 20}, {ids, 0, kv.view(), 0}};
  std::vector<float> logits(ids.size() * vocab);
  ASSERT_TRUE(model_->forward(batch, &pool, logits.data()));
  EXPECT_TRUE(same_bits(logits, alone));
}

TEST_P(Invariance, CountingGatesChangesNoBit) {
  const ModelConfig& config = model_->config();
  ThreadPool pool(2);
  TinyKv kv(config, 150);
  std::vector<float> logits(expected_.size());
  const SequenceChunk chunk{ids_, 0, kv.view(), 0};
  GateCounts gates;
  ASSERT_TRUE(model_->forward({&chunk, 1}, &pool, logits.data(), &gates));
  EXPECT_TRUE(same_bits(logits, expected_));
  ASSERT_EQ(gates.open.size(), static_cast<size_t>(config.layers * config.ffn));
  uint64_t open = 0;
  for (const uint32_t count : gates.open) {
    EXPECT_LE(count, 150u);
    open += count;
  }
  EXPECT_GT(open, 0u);
  EXPECT_LT(open, gates.open.size() * 150);
}

TEST_P(Invariance, Packings) {
  ThreadPool pool(2);
  const auto file = ModelFile::open(folder_.file("model"), {});
  ASSERT_TRUE(file);
  const auto model = Model::load(*file, {.packing = Packing::kT5}, &pool);
  ASSERT_TRUE(model);
  for (const TensorSpec& spec : (*file)->table()) {
    if (spec.role != TensorRole::kLinear) continue;
    const auto linear = describe_linear(**file, spec, {.packing = Packing::kT5});
    ASSERT_TRUE(linear);
    EXPECT_EQ(linear->t5, linear->kind != LinearKind::kDense) << spec.name;
  }
  for (const Isa isa : supported_isas()) {
    select_kernels(isa);
    for (const size_t chunk : {1, 3, 40, 150}) {
      EXPECT_TRUE(same_bits(run_tiny(**model, ids_, chunk, 2), expected_))
          << isa_name(isa) << ", chunks of " << chunk;
    }
  }
}

// Token by token, squared ReLU leaves out rows of `up` and columns of `down`; a chunk reads them all.
TEST_P(Invariance, SkippedWeightsChangeNoBit) {
  const WeightReads before = model_->weight_reads();
  EXPECT_TRUE(same_bits(run_tiny(*model_, ids_, ids_.size()), expected_));
  const WeightReads dense = model_->weight_reads();
  EXPECT_EQ(dense.up_rows, before.up_rows);
  EXPECT_TRUE(same_bits(run_tiny(*model_, ids_, 1, 3), expected_));
  const WeightReads sparse = model_->weight_reads();
  const ModelConfig& config = model_->config();
  const bool skips = config.activation == Activation::kRelu2;
  const uint64_t neurons = skips ? static_cast<uint64_t>(config.layers * config.ffn) * ids_.size() : 0;
  EXPECT_EQ(sparse.up_rows - dense.up_rows, neurons);
  EXPECT_EQ(sparse.down_columns - dense.down_columns, neurons);
  if (!skips) return;
  EXPECT_LT(sparse.up_rows_read - dense.up_rows_read, neurons * 3 / 4);
  EXPECT_GT(sparse.up_rows_read - dense.up_rows_read, neurons / 4);
  EXPECT_LT(sparse.down_columns_read - dense.down_columns_read, neurons * 3 / 4);
}

TEST_P(Invariance, RefusesWhatDoesNotFit) {
  const ModelConfig& config = model_->config();
  ThreadPool pool(1);
  TinyKv kv(config, 64);
  std::vector<float> logits(static_cast<size_t>(config.vocab));
  const SequenceChunk too_long{{ids_.data(), 3}, 62, kv.view(), 2};
  EXPECT_EQ(model_->forward({&too_long, 1}, &pool, logits.data()).error().code(), ErrorCode::kContextFull);
  for (const int32_t token : {-1, static_cast<int32_t>(config.vocab)}) {
    const SequenceChunk bad{{&token, 1}, 0, kv.view(), 0};
    const Status status = model_->forward({&bad, 1}, &pool, logits.data());
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(status.error().message().find(std::to_string(token)), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(Archs, Invariance,
                         ::testing::Values("bitnet", "llama", "qwen2", "gemma3", "minicpm"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace tern
