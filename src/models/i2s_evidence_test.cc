// Which layout a file has is told by what training left in its trits, and by nothing else.
#include "models/i2s_evidence.h"

#include <cmath>

#include "models/paired_ranks.h"
#include "models/tiny_model.h"

namespace tern {
namespace {

using namespace testing;

/// Makes neurons that are strong on their way in (rows of gate and up) strong on their way out (columns of
/// down).
void give_neurons_strengths(TinyModel& model, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<uint32_t> strength(static_cast<size_t>(model.config.ffn));
  for (uint32_t& s : strength) s = 30 + random() % 50;
  for (TinyTensor& tensor : model.tensors) {
    const bool down = tensor.spec.name.ends_with("down_proj.weight");
    if (!down && !tensor.spec.name.ends_with("gate_proj.weight") &&
        !tensor.spec.name.ends_with("up_proj.weight"))
      continue;
    const size_t cols = tensor.spec.shape[1];
    for (size_t i = 0; i < tensor.trits.size(); ++i) {
      const uint32_t percent = strength[down ? i % cols : i / cols];
      tensor.trits[i] = random() % 100 >= percent ? int8_t{0} : random() % 2 == 0 ? int8_t{1} : int8_t{-1};
    }
  }
}

class Evidence : public ::testing::Test {
 protected:
  std::optional<I2sEvidence> of(const TinyModel& model, DType type,
                                I2sLayout layout = I2sLayout::kPublished) {
    const std::string path = folder_.file("model.gguf");
    write_gguf(path, gguf_keys(model.config, "bitnet-b1.58"), gguf_tensors(model, type, layout));
    const auto file = ModelFile::open(path, {});
    EXPECT_TRUE(file) << (file ? "" : file.error().message());
    ThreadPool pool(2);
    auto evidence = i2s_evidence(**file, &pool);
    EXPECT_TRUE(evidence) << (evidence ? "" : evidence.error().message());
    return *evidence;
  }
  TempFolder folder_;
};

TEST_F(Evidence, StructureIsSeenInTheLayoutThatItWasWrittenIn) {
  for (const int64_t ffn : {512, 320}) {  // rows of down that are whole blocks, and that are not
    ModelConfig config = tiny_config_256("bitnet");
    config.ffn = ffn;
    TinyModel model = make_tiny(config, 21);
    give_neurons_strengths(model, 22);
    for (const I2sLayout layout : kI2sLayouts) {
      SCOPED_TRACE(fmt::format("{} {}", ffn, i2s_layout_name(layout)));
      const auto evidence = of(model, DType::kI2_S, layout);
      ASSERT_TRUE(evidence);
      EXPECT_EQ(evidence->readings.size(), kI2sLayouts.size());
      for (const auto& reading : evidence->readings) {
        SCOPED_TRACE(i2s_layout_name(reading.layout));
        if (reading.layout == layout) {
          EXPECT_GT(reading.pairing, 14.0);
        } else {
          EXPECT_LT(reading.pairing, 7.0);
        }
      }
      EXPECT_EQ(evidence->fits, layout);
    }
  }
}

TEST_F(Evidence, RandomTritsDoNotTell) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    const auto evidence = of(make_tiny(tiny_config_256("bitnet"), 100 + seed), DType::kI2_S);
    ASSERT_TRUE(evidence);
    EXPECT_FALSE(evidence->fits);
    for (const auto& reading : evidence->readings) EXPECT_LT(reading.pairing, 5.0) << seed;
  }
}

TEST_F(Evidence, OnlyI2sIsJudged) {
  EXPECT_FALSE(of(make_tiny(tiny_config_256("bitnet"), 23), DType::kTQ2_0));
}

TEST(PairedRanks, CountsStandardDeviations) {
  std::vector<double> up(256), down(256), same(256, 1.0);
  for (size_t i = 0; i < up.size(); ++i) {
    up[i] = static_cast<double>(i * i);
    down[i] = -static_cast<double>(i);
  }
  // r = 1 in two blocks, each with a standard deviation of 1/sqrt(127): 2 / sqrt(2/127).
  EXPECT_NEAR(paired_ranks(up, up), std::sqrt(2 * 127.0), 1e-9);
  EXPECT_NEAR(paired_ranks(up, down), -std::sqrt(2 * 127.0), 1e-9);
  EXPECT_EQ(paired_ranks(up, same), 0.0);
  EXPECT_EQ(paired_ranks({}, {}), 0.0);
  EXPECT_EQ(paired_ranks({up.data(), 15}, {up.data(), 15}), 0.0);
  // What whole blocks have in common does not count, nor does the order of equal values.
  std::vector<double> steps(256);
  for (size_t i = 0; i < steps.size(); ++i) steps[i] = i < 128 ? 0.0 : 1000.0;
  EXPECT_EQ(paired_ranks(steps, up), 0.0);
  // Ranks 0 1.5 1.5 3 ... 15 against 0 1 2 3 ... 15: squares of 339.5 and 340, products of 339.5.
  std::vector<double> ties(16), line(16);
  for (size_t i = 0; i < line.size(); ++i) ties[i] = line[i] = static_cast<double>(i);
  ties[2] = ties[1];
  EXPECT_NEAR(paired_ranks(ties, line), std::sqrt(339.5 / 340 * 15), 1e-9);
}

TEST(PairedRanks, ChanceIsAStandardNormal) {
  std::mt19937 random(24);
  double sum = 0, squares = 0;
  constexpr int kRounds = 2000;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> a(200), b(200);
    for (size_t i = 0; i < a.size(); ++i) {
      a[i] = static_cast<double>(random() % 20);
      b[i] = random() % 50 == 0 ? 1e6 : static_cast<double>(random() % 100);  // outliers
    }
    const double z = paired_ranks(a, b);
    sum += z;
    squares += z * z;
  }
  EXPECT_NEAR(sum / kRounds, 0.0, 0.08);
  EXPECT_NEAR(squares / kRounds, 1.0, 0.12);
}

}  // namespace
}  // namespace tern
