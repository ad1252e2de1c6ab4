// Scores through the C ABI are the engine's.
#include "api/api_testing.h"
#include "engine/logprobs.h"

namespace tern {
namespace {

using namespace testing;

TEST_F(Api, ScoresAreTheEngines) {
  const Ids context = prompt_, a = {5, 6, 7}, b = {8};
  std::vector<double> logprobs(3);
  tern_score_item items[2] = {};
  items[0].context = items[1].context = context.data();
  items[0].context_count = items[1].context_count = context.size();
  items[0].continuation = a.data();
  items[0].continuation_count = a.size();
  items[0].logprobs = logprobs.data();
  items[1].continuation = b.data();
  items[1].continuation_count = b.size();
  ASSERT_EQ(tern_score(model_.get(), items, 2), TERN_OK) << tern_last_error();

  Session session(*engine_);
  const Ids text = context + a;
  const std::vector<float> logits = *session.logits(text, 512);
  const auto vocab = static_cast<size_t>(engine_->config().vocab);
  const auto logprob = [&](size_t position, int32_t id) {
    return LogSoftmax(std::span(logits).subspan(position * vocab, vocab)).of(id);
  };
  const size_t last = context.size() - 1;
  EXPECT_TRUE(same_bits(logprobs, std::vector{logprob(last, 5), logprob(last + 1, 6), logprob(last + 2, 7)}));
  EXPECT_EQ(items[0].total, logprobs[0] + logprobs[1] + logprobs[2]);
  EXPECT_EQ(items[1].total, logprob(last, 8));
  EXPECT_EQ(items[0].greedy, 0);
  const int32_t likeliest = greatest(logits.data() + last * vocab, vocab);
  items[1].continuation = &likeliest;
  ASSERT_EQ(tern_score(model_.get(), items + 1, 1), TERN_OK);
  EXPECT_EQ(items[1].greedy, 1);

  items[1].continuation_count = 0;
  expect_refused(tern_score(model_.get(), items, 2), TERN_ERROR_INVALID_ARGUMENT,
                 "items[1]: the continuation is empty");
  const int32_t wrong = 94;
  items[1].continuation = &wrong;
  items[1].continuation_count = 1;
  expect_refused(tern_score(model_.get(), items, 2), TERN_ERROR_INVALID_ARGUMENT, "items[1]: token id 94");
  const Ids longest(kApiContext + 1, 1);
  items[1].context = longest.data();
  items[1].context_count = longest.size();
  items[1].continuation = b.data();
  expect_refused(tern_score(model_.get(), items, 2), TERN_ERROR_CONTEXT_FULL, "items[1]: 97 tokens");
}

}  // namespace
}  // namespace tern
