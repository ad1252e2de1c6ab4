// What of an FFN is not read for one token, and when all of it is.
#include <random>

#include "models/pass.h"
#include "models/tiny_model.h"

namespace tern {
namespace {

using namespace testing;

class SparseFfn : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(init_kernels());
    write_tiny(folder_.file("m"), "bitnet");
    auto file = ModelFile::open(folder_.file("m"), {});
    ASSERT_TRUE(file);
    file_ = std::move(*file);
    auto weights = load_weights(*file_, {}, &pool_);
    ASSERT_TRUE(weights);
    weights_ = std::move(*weights);
  }
  LayerWeights& layer() { return weights_.layers[0]; }
  /// What `body` makes of a pass of one token with random input, half of its neurons 0.
  std::vector<float> run(const std::function<Status(Pass& pass)>& body, Rows Pass::*out) {
    const ModelConfig& config = file_->config();
    const RopeTables rope(config);
    const PassRow row;
    Workspace workspace;
    Pass pass(config, rope, {&row, 1}, &pool_, workspace, nullptr, &reads_);
    std::mt19937 random(4);
    std::normal_distribution<float> normal;
    for (int64_t i = 0; i < config.hidden; ++i) pass.h.data[i] = normal(random);
    for (int64_t i = 0; i < config.ffn; i += 2) pass.gate.data[i] = normal(random);
    for (int64_t i = 1; i < config.ffn; i += 2) pass.gate.data[i] = 0.0f;
    const Status status = body(pass);
    EXPECT_TRUE(status) << (status ? "" : status.error().message());
    const Rows& rows = pass.*out;
    return {rows.data, rows.data + rows.width};
  }
  static void give_bias(Linear& linear) {
    linear.bias = AlignedBuffer<float>(static_cast<size_t>(linear.out));
    for (float& bias : linear.bias.span()) bias = 0.5f;
  }

  TempFolder folder_;
  ThreadPool pool_{1};
  std::shared_ptr<const ModelFile> file_;
  ModelWeights weights_;
  WeightReads reads_;
};

TEST_F(SparseFfn, UpLeavesOutRowsUnlessItHasABias) {
  const auto sparse = [&](Pass& pass) { return pass.project_gate_up(pass.h, layer().gate, layer().up); };
  const auto whole = [&](Pass& pass) { return pass.project(pass.h, {{layer().up, pass.up}}); };
  run(sparse, &Pass::up);
  EXPECT_LT(reads_.up_rows_read, reads_.up_rows) << "the test wants gates that are closed";
  const std::vector<float> without = run(whole, &Pass::up);
  give_bias(layer().up);
  const std::vector<float> with = run(sparse, &Pass::up);
  for (size_t i = 0; i < with.size(); ++i) EXPECT_EQ(with[i], without[i] + 0.5f) << i;
}

TEST_F(SparseFfn, DownLeavesOutColumnsUnlessItHasABias) {
  const auto sparse = [&](Pass& pass) { return pass.project_down(pass.gate, layer().down, pass.h); };
  const std::vector<float> without = run(sparse, &Pass::h);
  EXPECT_LT(reads_.down_columns_read, reads_.down_columns) << "the test wants inputs of 0";
  give_bias(layer().down);
  const std::vector<float> with = run(sparse, &Pass::h);
  for (size_t i = 0; i < with.size(); ++i) EXPECT_EQ(with[i], without[i] + 0.5f) << i;
}

}  // namespace
}  // namespace tern
