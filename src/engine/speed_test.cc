#include "engine/speed.h"

#include <cmath>
#include <limits>

#include "base/testing.h"
#include "kernels/isa.h"

namespace tern {
namespace {

std::unique_ptr<Engine> open_tiny(int threads) {
  EngineOptions options;
  options.threads = threads;
  auto engine = Engine::open(testing::golden("models/gguf_i2_s/model.gguf"), options);
  EXPECT_TRUE(engine) << (engine ? "" : engine.error().message());
  return engine ? std::move(*engine) : nullptr;
}

class Speed : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(init_kernels());
    engine_ = open_tiny(2);
    ASSERT_NE(engine_, nullptr);
    session_.emplace(*engine_);
  }
  SpeedRun run(const SpeedTest& test) {
    const auto result = run_speed_test(*engine_, &*session_, test, 512);
    EXPECT_TRUE(result) << (result ? "" : result.error().message());
    return result.value_or(SpeedRun{});
  }
  std::unique_ptr<Engine> engine_;
  std::optional<Session> session_;
};

TEST(SpeedTestName, Says) {
  EXPECT_EQ((SpeedTest{true, 512, 0}.name()), "pp512");
  EXPECT_EQ((SpeedTest{false, 64, 2048}.name()), "tg64@d2048");
}

TEST(SameLogits, ADroppedLogitIsNoOtherLogit) {
  constexpr float kDropped = -std::numeric_limits<float>::infinity();
  const std::vector<float> all = {1.0f, 3.0f, -2.0f};
  EXPECT_TRUE(same_logits(all, all));
  EXPECT_TRUE(same_logits(std::vector{kDropped, 3.0f, kDropped}, all));
  EXPECT_FALSE(same_logits(std::vector{1.0f, kDropped, -2.0f}, all)) << "the best one";
  EXPECT_FALSE(same_logits(std::vector{1.5f, 3.0f, -2.0f}, all));
  EXPECT_FALSE(same_logits(std::vector{1.0f, 3.0f}, all));
}

TEST_F(Speed, TheSameTokensEndInTheSameBits) {
  const SpeedRun at_once = run({true, 24, 0});
  const std::vector<int32_t> ids = speed_test_tokens(24, engine_->config().vocab);
  const std::vector<float> all = *Session(*engine_).extend(ids, 24);
  EXPECT_TRUE(same_logits(at_once.logits, all));
  EXPECT_GT(at_once.seconds, 0);
  EXPECT_GT(at_once.reads.bytes, 0u);
  EXPECT_EQ(run({true, 24, 0}).reads.bytes, at_once.reads.bytes);
  EXPECT_EQ(run({true, 20, 4}).reads.bytes, at_once.reads.bytes) << "the context counts";
  EXPECT_TRUE(same_logits(run({false, 24, 0}).logits, all));
  EXPECT_TRUE(same_logits(run({false, 8, 16}).logits, all));  // on the context that the run before left
  EXPECT_TRUE(same_logits(run({false, 23, 1}).logits, all));
  EXPECT_TRUE(same_logits(run({true, 20, 4}).logits, all));
  EXPECT_EQ(session_->cached().size(), 24u);
  EXPECT_FALSE(same_logits(run({true, 23, 0}).logits, all));
  session_.emplace(*engine_);
  EXPECT_TRUE(same_logits(run({false, 8, 16}).logits, all));  // on a context of its own
}

TEST_F(Speed, RunsAreHeldAgainstScalarKernels) {
  for (const auto depth : {SpeedReference::Depth::kLastToken, SpeedReference::Depth::kEveryToken}) {
    SpeedReference reference(depth);
    EXPECT_TRUE(reference.check_start(*engine_));
    const SpeedTest test{false, 5, 12};
    const SpeedRun good = run(test);
    EXPECT_TRUE(reference.check(*engine_, &*session_, test, good));
    EXPECT_EQ(session_->cached().size(), 17u);
    EXPECT_TRUE(reference.check(*engine_, &*session_, test, run(test)));

    SpeedRun wrong = good;
    wrong.logits[0] = std::nextafter(wrong.logits[0], 0.0f);
    const Status bad = reference.check(*engine_, &*session_, test, wrong);
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().code(), ErrorCode::kInternal);
    EXPECT_NE(bad.error().message().find("tg5@d12"), std::string::npos) << bad.error().message();
  }
  EXPECT_EQ(active_isa(), supported_isas().back()) << "the kernels in use were not put back";
}

TEST_F(Speed, EnginesAreHeldAgainstOneReference) {
  SpeedReference reference(SpeedReference::Depth::kLastToken);
  EXPECT_TRUE(reference.check_start(*engine_));
  EXPECT_TRUE(reference.check_start(*open_tiny(1)));
  // Another model's bits are no longer those of the first.
  const auto other = Engine::open(testing::golden("models/gguf_llama/model.gguf"), {});
  ASSERT_TRUE(other);
  EXPECT_FALSE(reference.check_start(**other));
}

}  // namespace
}  // namespace tern
