// The head's screen leaves out only logits that cannot matter, and the others keep their bits.
#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "kernels/testing.h"
#include "models/pass.h"
#include "models/tiny_model.h"

namespace tern {
namespace {

using namespace testing;

constexpr int64_t kHidden = 256, kVocab = 2003;  // no multiple of 16
constexpr size_t kRow = static_cast<size_t>(kVocab);

/// A head of given rows as it comes from a file, with and without a screen.
class HeadPair {
 public:
  HeadPair(DType dtype, const std::vector<float>& rows, bool dense_act_f32 = false, int threads = 1)
      : pool_(threads) {
    ModelConfig config = tiny_config_256("llama");
    config.layers = 1;
    config.vocab = kVocab;
    config.tied_head = false;
    TinyModel model = make_tiny(config, 3);
    for (TinyTensor& tensor : model.tensors) {
      if (tensor.spec.role == TensorRole::kHead) tensor.values = rows;
    }
    RawTensors tensors = gguf_tensors(model, DType::kF32);
    tensors["output.weight"].bytes = as_bytes(rows, dtype);
    tensors["output.weight"].dtype = dtype;
    write_gguf(folder_.file("m.gguf"), gguf_keys(config, "llama"), tensors);
    file_ = *ModelFile::open(folder_.file("m.gguf"), {});
    const TensorSpec spec = *std::find_if(file_->table().begin(), file_->table().end(),
                                          [](const TensorSpec& s) { return s.role == TensorRole::kHead; });
    screened_.emplace(*Head::load(*file_, spec, {.dense_act_f32 = dense_act_f32}, &pool_));
    whole_.emplace(*Head::load(*file_, spec, {.dense_act_f32 = dense_act_f32, .head_screen = false}, &pool_));
    norm_.weight = AlignedBuffer<float>(static_cast<size_t>(kHidden));
    std::fill_n(norm_.weight.data(), kHidden, 1.0f);
    norm_.eps = 1e-5f;
  }
  bool has_screen() const { return screened_->screen() != nullptr; }

  /// Logits of hidden states x, [cuts.size(), hidden].
  std::vector<float> run(bool screened, const std::vector<float>& x,
                         const std::vector<std::optional<LogitCut>>& cuts, WeightReads* reads) {
    std::vector<float> logits(cuts.size() * kRow, kPoison);
    std::vector<PassRow> rows;
    for (size_t r = 0; r < cuts.size(); ++r) {
      rows.push_back({.position = static_cast<int64_t>(r),
                      .logits = logits.data() + r * kRow,
                      .cut = cuts[r] ? &*cuts[r] : nullptr});
    }
    const RopeTables rope(file_->config());
    Pass pass(file_->config(), rope, rows, &pool_, screened ? screened_memory_ : whole_memory_, nullptr,
              reads);
    std::copy(x.begin(), x.end(), pass.x.data);
    const Status status = pass.logits(norm_, screened ? *screened_ : *whole_);
    EXPECT_TRUE(status) << (status ? "" : status.error().message());
    return logits;
  }

  /// Runs `positions` hidden states and checks each; gives the share of the head that was computed, -1 if one
  /// was wrong.
  double check(int positions, int64_t most_top, Random& random,
               const std::function<std::vector<float>()>& hidden, double most_window = 1.0) {
    WeightReads reads, ignored;
    for (int done = 0; done < positions;) {
      std::vector<std::optional<LogitCut>> cuts(static_cast<size_t>(random.integer(1, 3)));
      std::vector<float> x;
      for (std::optional<LogitCut>& asked : cuts) {
        LogitCut& cut = asked.emplace();
        cut.top = random.integer(1, most_top);
        if (random.integer(0, 3) == 0)
          cut.window = most_window * static_cast<double>(random.integer(0, 8)) / 8;
        const std::vector<float> state = hidden();
        x.insert(x.end(), state.begin(), state.end());
      }
      const std::vector<float> some = run(true, x, cuts, &reads), all = run(false, x, cuts, &ignored);
      for (size_t r = 0; r < cuts.size(); ++r) {
        if (!is_right(*cuts[r], some.data() + r * kRow, all.data() + r * kRow)) return -1;
      }
      done += static_cast<int>(cuts.size());
    }
    return static_cast<double>(reads.head_rows_read) / static_cast<double>(reads.head_rows);
  }

 private:
  static bool is_right(const LogitCut& cut, const float* some, const float* all) {
    std::vector<float> sorted(all, all + kVocab);
    std::nth_element(sorted.begin(), sorted.begin() + cut.top - 1, sorted.end(), std::greater<>());
    const float last = sorted[static_cast<size_t>(cut.top) - 1];
    for (int64_t i = 0; i < kVocab; ++i) {
      if (testing::same_bits(some[i], all[i])) continue;
      const bool matters = static_cast<double>(all[i]) >= static_cast<double>(last) - cut.window;
      EXPECT_TRUE(std::isinf(some[i]) && some[i] < 0 && !matters)
          << "logit " << i << " is " << some[i] << ", not " << all[i] << "; top " << cut.top << " from "
          << last << ", window " << cut.window << " below";
      if (!std::isinf(some[i]) || matters) return false;
    }
    return true;
  }

  TempFolder folder_;
  ThreadPool pool_;
  std::shared_ptr<const ModelFile> file_;
  std::optional<Head> screened_, whole_;
  Norm norm_;
  Workspace screened_memory_, whole_memory_;
};

/// A hidden state whose cosine to some row of `rows` is about `cosine`, as that of a trained model.
std::vector<float> peaked(const std::vector<float>& rows, float cosine, Random& random) {
  const float* row = rows.data() + random.integer(0, kVocab - 1) * kHidden;
  const double length = std::sqrt(std::inner_product(row, row + kHidden, row, 1e-12));
  std::vector<float> x = random.normal_vector(kHidden);
  const float noise = std::sqrt((1 - cosine * cosine) / static_cast<float>(kHidden));
  for (size_t i = 0; i < x.size(); ++i) x[i] = cosine * row[i] / static_cast<float>(length) + noise * x[i];
  return x;
}

class Logits : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(init_kernels()); }
};

TEST_F(Logits, AScreenLeavesOutOnlyWhatCannotMatter) {
  TERN_TRACE_SEED();
  Random random(1);
  const std::vector<float> rows = random.normal_vector(kVocab * kHidden);
  struct Case {
    DType dtype;
    bool dense_act_f32;
    int positions;
  };
  for (const Case& c :
       {Case{DType::kQ6_K, false, 60000}, Case{DType::kQ8_0, false, 20000}, Case{DType::kF16, false, 10000},
        Case{DType::kBF16, false, 10000}, Case{DType::kF32, false, 5000}, Case{DType::kQ6_K, true, 5000}}) {
    HeadPair head(c.dtype, rows, c.dense_act_f32);
    ASSERT_TRUE(head.has_screen());
    const double share = head.check(c.positions, 1, random, [&] { return peaked(rows, 0.55f, random); });
    EXPECT_GE(share, 0) << dtype_info(c.dtype).name;
    EXPECT_LT(share, 0.2)
        << dtype_info(c.dtype).name;  // a group is 0.8% of this head, a pass needs 1 to 3 at least
    EXPECT_GE(head.check(2000, 20, random, [&] { return peaked(rows, 0.9f, random); }), 0)
        << dtype_info(c.dtype).name;
  }
}

TEST_F(Logits, EveryLevelAndSeveralThreads) {
  TERN_TRACE_SEED();
  Random random(5);
  const std::vector<float> rows = random.normal_vector(kVocab * kHidden);
  HeadPair head(DType::kQ6_K, rows, false, 3);
  for (const Isa isa : supported_isas()) {
    select_kernels(isa);
    EXPECT_GE(head.check(60, 2, random, [&] { return peaked(rows, 0.7f, random); }), 0) << isa_name(isa);
  }
}

// Rows that point where the best one does, but are shorter: far below its logit, within the window.
TEST_F(Logits, AWindowKeepsLogitsFarBelowTheBest) {
  TERN_TRACE_SEED();
  Random random(4);
  std::vector<float> rows = random.normal_vector(kVocab * kHidden);
  for (int64_t n = kVocab - 1; n >= 0; --n) {
    for (int64_t i = 0; i < kHidden; ++i) {
      float& w = rows[static_cast<size_t>(n * kHidden + i)];
      w = n % 300 == 0 ? rows[static_cast<size_t>(i)] * (1 - 0.1f * static_cast<float>(n) / 300) : 0.1f * w;
    }
  }
  HeadPair head(DType::kQ6_K, rows);
  std::vector<float> first(rows.begin(), rows.begin() + kHidden);
  EXPECT_GE(head.check(
                300, 1, random, [&] { return first; }, 200.0),
            0);
}

// After flat logits the screen rests, but not for ever.
TEST_F(Logits, TheScreenComesBack) {
  TERN_TRACE_SEED();
  Random random(6);
  const std::vector<float> rows = random.normal_vector(kVocab * kHidden);
  HeadPair head(DType::kQ6_K, rows);
  EXPECT_EQ(head.check(300, 1, random, [&] { return random.normal_vector(kHidden); }), 1.0);
  EXPECT_LT(head.check(300, 1, random, [&] { return peaked(rows, 0.7f, random); }), 0.7);
}

TEST_F(Logits, RowsWithoutACutAreWhole) {
  TERN_TRACE_SEED();
  Random random(7);
  const std::vector<float> rows = random.normal_vector(kVocab * kHidden);
  HeadPair head(DType::kQ6_K, rows);
  for (const size_t count : {size_t{2}, size_t{17}}) {
    std::vector<float> x;
    for (size_t r = 0; r < count; ++r) {
      const std::vector<float> state = peaked(rows, 0.7f, random);
      x.insert(x.end(), state.begin(), state.end());
    }
    std::vector<std::optional<LogitCut>> cuts(count, LogitCut{});
    if (count == 2) cuts[1].reset();  // 17 are more than the screen takes
    WeightReads reads, ignored;
    EXPECT_TRUE(testing::same_bits(head.run(true, x, cuts, &reads), head.run(false, x, cuts, &ignored)));
    EXPECT_EQ(reads.head_rows, 0u);
  }
}

TEST_F(Logits, FlatLogitsAreComputedInFull) {
  TERN_TRACE_SEED();
  Random random(2);
  HeadPair head(DType::kQ6_K, random.normal_vector(kVocab * kHidden));
  EXPECT_EQ(head.check(3000, 3, random, [&] { return random.normal_vector(kHidden); }), 1.0);
}

TEST_F(Logits, AdversarialHeads) {
  TERN_TRACE_SEED();
  Random random(3);
  const auto each = [&](const std::function<void(int64_t n, float* row)>& edit) {
    std::vector<float> rows = random.normal_vector(kVocab * kHidden);
    for (int64_t n = 0; n < kVocab; ++n) edit(n, rows.data() + n * kHidden);
    return rows;
  };
  const std::vector<float> one = random.normal_vector(kHidden);
  const std::vector<std::pair<const char*, std::vector<float>>> heads = {
      {"equal rows", each([&](int64_t, float* row) { std::copy(one.begin(), one.end(), row); })},
      {"rows of zeros",
       each([](int64_t n, float* row) { std::fill_n(row, n % 3 == 0 ? kHidden : 0, 0.0f); })},
      {"near ties among short rows", each([&](int64_t n, float* row) {
         for (int64_t i = 0; i < kHidden; ++i) {
           row[i] = n % 97 == 0 ? one[static_cast<size_t>(i)] * (1 + 1e-4f * row[i]) : 0.05f * row[i];
         }
       })},
      {"one large weight a row", each([](int64_t n, float* row) { row[n % kHidden] = 300.0f; })},
      {"outlier columns", each([](int64_t, float* row) { row[5] *= 40, row[77] *= 20; })},
      {"lengths over orders of magnitude", each([](int64_t n, float* row) {
         for (int64_t i = 0; i < kHidden; ++i) row[i] *= std::pow(10.0f, static_cast<float>(n % 7) - 4);
       })},
      {"two values", each([](int64_t, float* row) {
         for (int64_t i = 0; i < kHidden; ++i) row[i] = row[i] > 0 ? 1.0f : -1.0f;
       })},
  };
  for (const auto& [what, rows] : heads) {
    for (const DType dtype : {DType::kQ6_K, DType::kF16}) {
      HeadPair head(dtype, rows);
      EXPECT_GE(head.check(500, 2, random, [&] { return peaked(rows, 0.6f, random); }), 0) << what;
      EXPECT_GE(head.check(200, 2, random, [&] { return random.normal_vector(kHidden); }), 0) << what;
      EXPECT_GE(head.check(200, 2, random,
                           [&] {
                             std::vector<float> x = peaked(rows, 0.6f, random);
                             x[5] *= 100;
                             return x;
                           }),
                0)
          << what;
      EXPECT_GE(head.check(3, 1, random, [] { return std::vector<float>(static_cast<size_t>(kHidden)); }), 0)
          << what;
    }
  }
}

TEST_F(Logits, NoScreenWhereNoBoundHolds) {
  std::vector<float> rows(static_cast<size_t>(kVocab * kHidden), 1.0f);
  EXPECT_TRUE(HeadPair(DType::kF32, rows).has_screen());
  for (const float bad :
       {1e20f, std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    rows[300] = bad;
    EXPECT_FALSE(HeadPair(DType::kF32, rows).has_screen()) << bad;
  }
}

}  // namespace
}  // namespace tern
