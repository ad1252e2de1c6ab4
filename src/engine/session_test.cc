// What a session keeps and computes: whatever is cached and however the tokens come, the bits are the same.
#include "engine/session.h"

#include "engine/testing.h"

namespace tern {
namespace {

using namespace testing;

class Sessions : public ::testing::TestWithParam<TernKvFormat> {
 protected:
  static constexpr size_t kTokens = 150;  // more than two pages of the cache

  void SetUp() override {
    ASSERT_TRUE(init_kernels());
    write_tiny(folder_.file("m"), "bitnet");
    engine_ = open_engine(folder_.file("m"), 160, GetParam());
    ASSERT_NE(engine_, nullptr);
    ids_ = tiny_tokens(engine_->config(), kTokens, 1);
    rows_ = run_tiny(engine_->model(), ids_, kTokens, 1, GetParam());
  }
  /// `ids_` from `begin` to `end`.
  Ids part(size_t begin, size_t end) const {
    return {ids_.begin() + static_cast<ptrdiff_t>(begin), ids_.begin() + static_cast<ptrdiff_t>(end)};
  }
  /// The model's own logits behind the first n of `ids_`.
  std::vector<float> logits_behind(size_t n) const {
    const auto vocab = static_cast<size_t>(engine_->config().vocab);
    const float* row = rows_.data() + (n - 1) * vocab;
    return {row, row + vocab};
  }
  /// What a session without a past answers.
  Answer fresh(const Ids& prompt, const GenerateOptions& options) const {
    Session session(*engine_);
    return generate(&session, prompt, options);
  }
  static GenerateOptions options(int64_t tokens) {
    GenerateOptions options;
    options.max_tokens = tokens;
    options.sampler = {.temperature = 1.0f,
                       .repetition_penalty = 1.3f,
                       .presence_penalty = 0.4f,
                       .frequency_penalty = 0.7f,
                       .bias = {{7, 1.5f}, {11, -2.0f}},
                       .seed = 3};
    options.ignore_eos = true;
    options.logprobs = true;
    return options;
  }

  TempFolder folder_;
  std::unique_ptr<Engine> engine_;
  Ids ids_;
  std::vector<float> rows_;
};

TEST_P(Sessions, LogitsInAnyChunksAreThoseOfTheModel) {
  Session session(*engine_);
  ASSERT_TRUE(session.extend(part(100, 140), 512));  // is forgotten
  for (const int64_t chunk : {1, 7, 64, 100, 149, 150, 65536}) {
    const auto logits = session.logits(ids_, chunk);
    ASSERT_TRUE(logits) << logits.error().message();
    EXPECT_TRUE(same_bits(*logits, rows_)) << chunk;
    EXPECT_EQ(session.cached(), ids_);
  }
}

TEST_P(Sessions, ExtendGoesOnAcrossPages) {
  for (const size_t n : {1, 63, 64, 65, 127, 128, 129, 149}) {
    for (const int64_t chunk : {1, 50, 512}) {
      Session session(*engine_);
      EXPECT_TRUE(same_bits(*session.extend(part(0, n), chunk), logits_behind(n))) << n << ", " << chunk;
      EXPECT_EQ(session.cached(), part(0, n));
      EXPECT_TRUE(same_bits(*session.extend(part(n, kTokens), chunk), logits_behind(kTokens))) << n;
      EXPECT_EQ(session.cached(), ids_);
    }
  }
}

TEST_P(Sessions, RewindForgetsTheEnd) {
  Session session(*engine_);
  ASSERT_TRUE(session.extend(ids_, 512));
  session.rewind(200);
  EXPECT_EQ(session.cached(), ids_);
  session.rewind(70);
  EXPECT_EQ(session.cached(), part(0, 70));
  ASSERT_TRUE(session.extend(part(10, 90), 512));  // overwrites what was there
  session.rewind(70);
  EXPECT_TRUE(same_bits(*session.extend(part(70, kTokens), 512), logits_behind(kTokens)));
  session.reset();
  EXPECT_TRUE(session.cached().empty());
  EXPECT_TRUE(same_bits(*session.extend(part(0, 5), 512), logits_behind(5)));
}

TEST_P(Sessions, SessionsOfAnEngineDoNotMeet) {
  Session one(*engine_), other(*engine_);
  ASSERT_TRUE(one.extend(part(0, 70), 512));
  ASSERT_TRUE(other.extend(part(40, 120), 512));
  EXPECT_TRUE(same_bits(*one.extend(part(70, kTokens), 512), logits_behind(kTokens)));
}

TEST_P(Sessions, APromptIsRunFromWhereItDiffers) {
  const Ids held = part(0, 80);
  Ids changed = held;
  changed[64] = (changed[64] + 1) % 53;
  const struct {
    const char* name;
    Ids prompt;
    size_t shared;
  } cases[] = {{"equal: the last token's logits are needed", held, 79},
               {"longer", part(0, 90), 80},
               {"shorter", part(0, 30), 29},
               {"one token", part(0, 1), 0},
               {"another token within", changed, 64},
               {"nothing shared", part(80, 100), 0}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Session session(*engine_);
    ASSERT_TRUE(session.extend(held, 512));
    const Answer answer = generate(&session, c.prompt, options(10));
    ASSERT_TRUE(answer.result) << answer.result.error().message();
    EXPECT_EQ(answer.result->prompt_tokens, static_cast<int64_t>(c.prompt.size()));
    EXPECT_EQ(answer.result->cached_tokens, static_cast<int64_t>(c.shared));
    const Answer expected = fresh(c.prompt, options(10));
    EXPECT_EQ(expected.result->cached_tokens, 0);
    expect_same(answer, expected);
  }
}

// Counted by what the passes read of the weights.
TEST_P(Sessions, WhatIsCachedIsNotRunAgain) {
  const auto bytes_read = [&](const auto& run) {
    const uint64_t before = engine_->model().weight_reads().bytes;
    EXPECT_TRUE(run());
    return engine_->model().weight_reads().bytes - before;
  };
  GenerateOptions one_by_one = options(0);
  one_by_one.chunk = 1;
  Session session(*engine_), extended(*engine_);
  ASSERT_TRUE(session.extend(part(0, 80), 512));
  ASSERT_TRUE(extended.extend(part(0, 80), 512));
  EXPECT_EQ(bytes_read([&] { return session.generate(part(0, 90), one_by_one, {}); }),
            bytes_read([&] { return extended.extend(part(80, 90), 1); }));
  EXPECT_EQ(bytes_read([&] { return session.generate(part(0, 90), one_by_one, {}); }), [&] {
    extended.rewind(89);
    return bytes_read([&] { return extended.extend(part(89, 90), 1); });
  }());
}

TEST_P(Sessions, TheNextTurnGoesOnBehindTheAnswer) {
  Session session(*engine_);
  const Answer first = generate(&session, part(0, 60), options(12));
  ASSERT_EQ(first.result->ids.size(), 12u);
  Ids text = part(0, 60) + first.result->ids;
  const Ids run = {text.begin(), text.end() - 1};  // nothing was asked for behind the last token
  EXPECT_EQ(session.cached(), run);
  text = text + Ids{5, 6};
  const Answer second = generate(&session, text, options(12));
  EXPECT_EQ(second.result->cached_tokens, 71);
  expect_same(second, fresh(text, options(12)));
}

TEST_P(Sessions, TokensAndLogprobsAreThoseOfTheLogits) {
  const Ids prompt = part(0, 58);
  GenerateOptions asked = options(14);  // across a page's border
  asked.top_logprobs = 5;
  const Answer answer = fresh(prompt, asked);
  ASSERT_EQ(answer.result->ids.size(), 14u);
  ASSERT_EQ(answer.result->logprobs.size(), 14u);
  ASSERT_EQ(answer.result->top_logprobs.size(), 14u);
  Ids text = prompt + answer.result->ids;
  const auto logits = Session(*engine_).logits(text, 512);
  ASSERT_TRUE(logits);
  const auto vocab = static_cast<size_t>(engine_->config().vocab);
  for (size_t i = 0; i < 14; ++i) {
    const size_t position = prompt.size() + i;
    const std::span row = std::span(*logits).subspan((position - 1) * vocab, vocab);
    const TextSoFar before{prompt, std::span(text).subspan(prompt.size(), i)};
    const int32_t id = sample(row, asked.sampler, before, position);
    EXPECT_EQ(answer.result->ids[i], id) << i;
    EXPECT_EQ(answer.result->logprobs[i], LogSoftmax(row).of(id)) << i;
    ASSERT_EQ(answer.result->top_logprobs[i].size(), 5u);
    EXPECT_EQ(answer.result->top_logprobs[i][4].id, LogSoftmax(row).top(5)[4].id) << i;
  }
  GenerateOptions plain = asked;
  plain.logprobs = false;
  plain.top_logprobs = 0;
  EXPECT_TRUE(fresh(prompt, plain).result->logprobs.empty());
}

TEST_P(Sessions, RefusalsLeaveTheSessionUsable) {
  Session session(*engine_);
  for (const int64_t chunk : {0, -1, 65537}) {
    const std::string named = fmt::format("chunk {}", chunk);
    GenerateOptions bad = options(3);
    bad.chunk = chunk;
    expect_error(session.generate(ids_, bad, {}), ErrorCode::kInvalidArgument, named);
    expect_error(session.extend(ids_, chunk), ErrorCode::kInvalidArgument, named);
    expect_error(session.logits(ids_, chunk), ErrorCode::kInvalidArgument, named);
  }
  expect_error(session.generate({}, options(3), {}), ErrorCode::kInvalidArgument, "prompt is empty");
  expect_error(session.extend({}, 1), ErrorCode::kInvalidArgument, "no tokens");
  expect_error(session.logits({}, 1), ErrorCode::kInvalidArgument, "no tokens");
  EXPECT_TRUE(session.cached().empty());

  ASSERT_TRUE(session.extend(part(0, 60), 512));
  expect_error(session.extend(ids_, 10), ErrorCode::kContextFull, "210 tokens do not fit the context of 160");
  expect_error(session.logits(ids_, 0), ErrorCode::kInvalidArgument, "chunk");
  EXPECT_EQ(session.cached(), part(0, 60));
  // The pass with the bad token, and nothing else, is lost.
  expect_error(session.extend(part(60, 79) + Ids{53, 1}, 10), ErrorCode::kInvalidArgument, "53");
  EXPECT_EQ(session.cached(), part(0, 70));
  EXPECT_TRUE(same_bits(*session.extend(part(70, kTokens), 512), logits_behind(kTokens)));
  expect_error(session.logits(ids_ + part(0, 11), 512), ErrorCode::kContextFull, "161 tokens");
}

INSTANTIATE_TEST_SUITE_P(Caches, Sessions, ::testing::Values(TERN_KV_F16, TERN_KV_F32, TERN_KV_I8),
                         [](const auto& info) {
                           return info.param == TERN_KV_F16   ? "f16"
                                  : info.param == TERN_KV_F32 ? "f32"
                                                              : "i8";
                         });

}  // namespace
}  // namespace tern
