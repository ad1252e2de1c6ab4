// Embeddings through the C ABI: what is refused (cpp_test.cc has what is given).
#include "api/api_testing.h"

namespace tern {
namespace {

using namespace testing;

TEST_F(Api, EmbeddingsAreChecked) {
  const auto hidden = static_cast<size_t>(engine_->config().hidden);
  std::vector<float> out(hidden);
  ASSERT_EQ(tern_embed(model_.get(), prompt_.data(), prompt_.size(), TERN_POOL_MEAN, out.data(), hidden),
            TERN_OK);
  const auto embed = [&](const Ids& ids, int32_t pooling, size_t count) {
    return tern_embed(model_.get(), ids.data(), ids.size(), pooling, out.data(), count);
  };
  expect_refused(embed(prompt_, 2, hidden), TERN_ERROR_INVALID_ARGUMENT, "pooling 2");
  expect_refused(embed(prompt_, 0, hidden - 1), TERN_ERROR_INVALID_ARGUMENT, "an embedding of 39");
  expect_refused(embed({}, 0, hidden), TERN_ERROR_INVALID_ARGUMENT, "empty");
  expect_refused(embed({1, -1}, 0, hidden), TERN_ERROR_INVALID_ARGUMENT, "token id -1");
  expect_refused(embed(Ids(kApiContext + 1, 1), 0, hidden), TERN_ERROR_CONTEXT_FULL, "97");
}

}  // namespace
}  // namespace tern
