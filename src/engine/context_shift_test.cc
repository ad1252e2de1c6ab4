// A text that is longer than the context: what is dropped, and that all else stays as it was.
#include <algorithm>

#include "base/failing_new.h"
#include "engine/testing.h"
#include "models/kv_shift.h"

namespace tern {
namespace {

using namespace testing;

constexpr int64_t kContext = 80, kKeep = 5;

class ContextShift : public ::testing::TestWithParam<TernKvFormat> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(init_kernels());
    write_tiny(folder_.file("m"), "bitnet");
    engine_ = open_engine(folder_.file("m"), kContext, GetParam());
    ASSERT_NE(engine_, nullptr);
    prompt_ = tiny_tokens(engine_->config(), 30, 2);
  }
  static GenerateOptions options(int64_t tokens) {
    GenerateOptions options;
    options.max_tokens = tokens;
    options.ignore_eos = true;
    options.logprobs = true;
    options.context_shift = true;
    options.keep = kKeep;
    return options;
  }
  static GenerateOptions without_shift(GenerateOptions options) {
    options.context_shift = false;
    return options;
  }
  Answer fresh(const Ids& prompt, const GenerateOptions& options) const {
    Session session(*engine_);
    return generate(&session, prompt, options);
  }
  /// Greedy tokens, one pass a token, with the shifts written out.
  Ids answer_by_hand(const Ids& prompt, size_t tokens, int64_t* dropped) const {
    const ModelConfig& config = engine_->config();
    ThreadPool pool(1);
    TinyKv kv(config, kContext, GetParam());
    std::vector<float> logits(static_cast<size_t>(config.vocab));
    int64_t position = 0;
    const auto run = [&](int32_t id) {
      if (position == kContext) {
        const int64_t drop = (position - kKeep) / 2;
        EXPECT_TRUE(shift_kv(config, *kv.view(), kKeep, drop, position, &pool));
        position -= drop;
        *dropped += drop;
      }
      const SequenceChunk chunk{{&id, 1}, position++, kv.view(), 0};
      EXPECT_TRUE(engine_->model().forward({&chunk, 1}, &pool, logits.data()));
    };
    for (const int32_t id : prompt) run(id);
    Ids ids;
    while (true) {
      ids.push_back(static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin()));
      if (ids.size() == tokens) return ids;
      run(ids.back());
    }
  }

  TempFolder folder_;
  std::unique_ptr<Engine> engine_;
  Ids prompt_;
};

TEST_P(ContextShift, TokensAreThoseOfShiftsByHand) {
  for (const size_t tokens : {51, 52, 120, 200}) {
    int64_t dropped = 0;
    const Ids expected = answer_by_hand(prompt_, tokens, &dropped);
    const Answer answer = fresh(prompt_, options(static_cast<int64_t>(tokens)));
    ASSERT_TRUE(answer.result) << answer.result.error().message();
    EXPECT_EQ(answer.result->ids, expected);
    EXPECT_EQ(answer.result->stop, StopReason::kMaxTokens);
    EXPECT_EQ(answer.result->dropped_tokens, dropped);
    EXPECT_EQ(dropped > 0, tokens > 51) << "a context of 80 has room for 30 tokens and 50 that follow";
  }
}

TEST_P(ContextShift, GuessesAndChunksChangeNothing) {
  GenerateOptions asked = options(150);
  asked.sampler = {.temperature = 0.05f, .repetition_penalty = 1.1f, .presence_penalty = 0.1f, .seed = 9};
  asked.lookup = 0;
  const Answer expected = fresh(prompt_, asked);
  asked.chunk = 7;
  // Two guesses of three are right, so that passes with some that are and some that are not cross the shifts.
  const Ids text = prompt_ + expected.result->ids;
  for (const int64_t lookup : {1, 8}) {
    ScriptedDrafter drafter([&](size_t position) {
      const int32_t right = position < text.size() ? text[position] : 0;
      return position % 3 == 0 ? (right + 1) % 53 : right;
    });
    asked.lookup = lookup;
    asked.drafter = &drafter;
    const Answer answer = fresh(prompt_, asked);
    expect_same(answer, expected);
    EXPECT_EQ(answer.result->dropped_tokens, expected.result->dropped_tokens);
    EXPECT_GT(answer.result->dropped_tokens, 0);
    EXPECT_GT(answer.result->accepted, 20);
    EXPECT_GT(answer.result->drafted - answer.result->accepted, 20);
  }
}

// A shift that ends half-way has moved some rows: the session must not take them for what they were.
TEST_P(ContextShift, AFailedAllocationLeavesNothingWrongBehind) {
  const Ids prompt = tiny_tokens(engine_->config(), kContext - 1, 2);
  const Answer exact = fresh(prompt, without_shift(options(1)));
  for (int64_t n = 0;; ++n) {
    Session session(*engine_);
    allocations_until_failure = n;
    bool failed = false;
    try {
      failed = !session.generate(prompt, options(3), {});
    } catch (const std::bad_alloc&) {
      failed = true;
    }
    const bool all = allocations_until_failure >= 0;
    allocations_until_failure = -1;
    if (all) {
      EXPECT_GT(n, 20) << "no allocation was seen";
      break;
    }
    SCOPED_TRACE(fmt::format("allocation {} failed{}", n, failed ? "" : ", and nobody cared"));
    expect_same(generate(&session, prompt, without_shift(options(1))), exact);
  }
}

TEST_P(ContextShift, ChangesNothingBeforeTheContextIsFull) {
  expect_same(fresh(prompt_, options(51)), fresh(prompt_, without_shift(options(51))));
  const Answer full = fresh(prompt_, without_shift(options(-1)));
  EXPECT_EQ(full.result->stop, StopReason::kContextFull);
  EXPECT_EQ(full.result->dropped_tokens, 0);
}

TEST_P(ContextShift, TheNextTurnGoesOnBehindTheAnswer) {
  Session session(*engine_);
  const Answer first = generate(&session, prompt_, options(100));
  const int64_t dropped = first.result->dropped_tokens;
  ASSERT_GT(dropped, 0);
  const Answer whole = fresh(prompt_, options(110));
  ASSERT_EQ(whole.result->dropped_tokens, dropped) << "the test wants no shift between the turns";
  const Ids text = prompt_ + first.result->ids;
  const Answer second = generate(&session, text, options(10));
  EXPECT_EQ(second.result->cached_tokens, static_cast<int64_t>(text.size()) - 1);
  EXPECT_EQ(second.result->dropped_tokens, dropped);
  EXPECT_EQ(first.result->ids + second.result->ids, whole.result->ids);
}

// What is behind a dropped stretch is not the cache of any text.
TEST_P(ContextShift, InexactRowsAreNotReusedByWhoWantsExactOnes) {
  Session session(*engine_);
  const Answer first = generate(&session, prompt_, options(60));
  ASSERT_GT(first.result->dropped_tokens, 0);
  const Ids beginning = prompt_ + Ids(first.result->ids.begin(), first.result->ids.begin() + 20);
  const Answer second = generate(&session, beginning, without_shift(options(20)));
  EXPECT_EQ(second.result->cached_tokens, kKeep);
  EXPECT_EQ(second.result->dropped_tokens, 0);
  expect_same(second, fresh(beginning, without_shift(options(20))));
}

TEST_P(ContextShift, APromptBeyondTheContextLosesItsMiddle) {
  const Ids prompt = tiny_tokens(engine_->config(), 200, 3);
  expect_error(fresh(prompt, without_shift(options(5))).result, ErrorCode::kContextFull, "200 tokens");
  // The first 5 and the last (80 - 5) / 2 stay: the answer is exactly the one to these.
  const Ids kept = Ids(prompt.begin(), prompt.begin() + kKeep) + Ids(prompt.end() - 37, prompt.end());
  Session session(*engine_);
  const Answer answer = generate(&session, prompt, options(10)), expected = fresh(kept, options(10));
  ASSERT_TRUE(answer.result) << answer.result.error().message();
  EXPECT_EQ(answer.result->ids, expected.result->ids);
  EXPECT_EQ(answer.result->logprobs, expected.result->logprobs);
  EXPECT_EQ(answer.cached, expected.cached);
  EXPECT_EQ(answer.result->dropped_tokens, 158);
  EXPECT_EQ(answer.result->cached_tokens, 158);
  // The next turn goes on behind it, and one that has no room left shifts.
  const Ids next = prompt + answer.result->ids;
  EXPECT_EQ(generate(&session, next, options(1)).result->cached_tokens, 209);
  const Answer longer = generate(&session, next + tiny_tokens(engine_->config(), 30, 4), options(3));
  ASSERT_TRUE(longer.result) << longer.result.error().message();
  EXPECT_EQ(longer.result->cached_tokens, 210 - 1 + 1);
  EXPECT_EQ(longer.result->dropped_tokens, 240 - kKeep - 37);
  // Another text in the dropped stretch is another text.
  Ids other = next;
  other[50] = (other[50] + 1) % 53;
  const Answer changed = generate(&session, other, options(3));
  EXPECT_EQ(changed.result->cached_tokens, 210 - 37);
  expect_same(changed, fresh(other, options(3)));
}

TEST_P(ContextShift, ATinyContext) {
  engine_ = open_engine(folder_.file("m"), 3, GetParam());
  GenerateOptions asked = options(20);
  asked.keep = 1;
  const Answer answer = fresh({1, 2, 3, 4, 5}, asked);
  ASSERT_TRUE(answer.result) << answer.result.error().message();
  EXPECT_EQ(answer.result->ids.size(), 20u);
  for (const int64_t keep : {-1, 2, 100}) {
    asked.keep = keep;
    expect_error(fresh({1}, asked).result, ErrorCode::kInvalidArgument, fmt::format("keep {}", keep));
    EXPECT_TRUE(fresh({1}, without_shift(asked)).result.has_value());
  }
}

INSTANTIATE_TEST_SUITE_P(Caches, ContextShift, ::testing::Values(TERN_KV_F16, TERN_KV_F32, TERN_KV_I8),
                         [](const auto& info) {
                           return info.param == TERN_KV_F16   ? "f16"
                                  : info.param == TERN_KV_F32 ? "f32"
                                                              : "i8";
                         });

}  // namespace
}  // namespace tern
