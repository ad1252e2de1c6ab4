// Hidden states, held against the logits that the model makes of them.
#include "engine/embedding.h"

#include <cmath>

#include "engine/testing.h"

namespace tern {
namespace {

using namespace testing;

class Embeddings : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(init_kernels());
    tiny_ = make_tiny(tiny_config("llama"), 7);
    write_hf(folder_.file("m"), hf_config(tiny_.config, "dense"), hf_tensors(tiny_, false));
    engine_ = open_engine(folder_.file("m"), 1024);
    ASSERT_NE(engine_, nullptr);
    hidden_ = static_cast<size_t>(tiny_.config.hidden);
  }
  /// Of each token, every one in a pass of its own.
  std::vector<float> one_by_one(const Ids& ids) const {
    std::vector<float> states(ids.size() * hidden_);
    Session session(*engine_);
    for (size_t i = 0; i < ids.size(); ++i) {
      EXPECT_TRUE(session.extend_hidden(std::span(ids).subspan(i, 1),
                                        std::span(states).subspan(i * hidden_, hidden_)));
    }
    return states;
  }

  TempFolder folder_;
  TinyModel tiny_;
  std::unique_ptr<Engine> engine_;
  size_t hidden_ = 0;
};

TEST_F(Embeddings, MakeTheLogits) {
  const Ids ids = tiny_tokens(engine_->config(), 9, 3);
  const auto last = embed(*engine_, ids, Pooling::kLast);
  ASSERT_TRUE(last);
  Session session(*engine_);
  const std::vector<float> logits = *session.logits_behind(ids, 512);
  const auto table = std::find_if(tiny_.tensors.begin(), tiny_.tensors.end(), [](const TinyTensor& tensor) {
    return tensor.spec.role == TensorRole::kEmbedding;
  });
  ASSERT_NE(table, tiny_.tensors.end());
  for (size_t token = 0; token < logits.size(); ++token) {
    double sum = 0, size = 0;
    for (size_t i = 0; i < hidden_; ++i) {
      const double product =
          static_cast<double>((*last)[i]) * static_cast<double>(table->values[token * hidden_ + i]);
      sum += product;
      size += std::fabs(product);
    }
    // A float32 sum of n products is within n * eps / 2 of their absolute sum; as much again for each
    // product.
    EXPECT_NEAR(logits[token], sum, static_cast<double>(hidden_) * 0x1p-23 * size) << token;
  }
}

TEST_F(Embeddings, ArePooledOverTheWholeText) {
  const Ids ids = tiny_tokens(engine_->config(), 520, 3);  // more than a slice
  const std::vector<float> states = one_by_one(ids);
  const auto last = embed(*engine_, ids, Pooling::kLast), mean = embed(*engine_, ids, Pooling::kMean);
  ASSERT_TRUE(last && mean);
  EXPECT_EQ(*last, std::vector<float>(states.end() - static_cast<ptrdiff_t>(hidden_), states.end()));
  for (size_t i = 0; i < hidden_; ++i) {
    double sum = 0;
    for (size_t token = 0; token < ids.size(); ++token)
      sum += static_cast<double>(states[token * hidden_ + i]);
    EXPECT_EQ((*mean)[i], static_cast<float>(sum / static_cast<double>(ids.size()))) << i;
  }
}

TEST_F(Embeddings, OfNothingAreRefused) {
  expect_error(embed(*engine_, {}, Pooling::kMean), ErrorCode::kInvalidArgument, "empty");
  expect_error(embed(*engine_, Ids(1025, 1), Pooling::kMean), ErrorCode::kContextFull, "1025");
  expect_error(embed(*engine_, Ids{1, 53}, Pooling::kMean), ErrorCode::kInvalidArgument, "53");
}

}  // namespace
}  // namespace tern
