#include "models/kv_shift.h"

#include <cmath>

#include "kernels/dispatch.h"
#include "kernels/rope/rope.h"
#include "models/kv_rows.h"
#include "models/tiny_model.h"

namespace tern {
namespace {

using namespace testing;

constexpr int64_t kCount = 150;  // more than two pages

class KvShift : public ::testing::TestWithParam<TernKvFormat> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(init_kernels());
    config_.rope_factor = 8;
  }

  /// Elements of a row, raw: keys are rotated for their position when they are stored.
  std::vector<float> raw(int64_t layer, int64_t head, int64_t position, bool key) const {
    std::mt19937 random(static_cast<uint32_t>(((layer * 7 + head) * 1000 + position) * 2 + key));
    std::normal_distribution<float> normal;
    std::vector<float> values(static_cast<size_t>(config_.head_dim));
    for (float& value : values) value = normal(random);
    return values;
  }
  std::vector<float> rotated(int64_t layer, std::vector<float> key, int64_t position) const {
    std::vector<float> angles(key.size());
    const bool windowed = config_.windowed(layer);
    const double theta = windowed ? config_.window_rope_theta : config_.rope_theta;
    RopeTable(theta, static_cast<int>(config_.head_dim), windowed ? 1.0f : config_.rope_factor)
        .angles(position, angles.data());
    kernels().rope_rotate(key.data(), angles.data(), config_.head_dim);
    return key;
  }
  void fill(const KvView& kv) const {
    for_heads([&](int64_t layer, int64_t head) {
      for (int64_t p = 0; p < kCount; ++p) {
        const std::vector<float> key = rotated(layer, raw(layer, head, p, true), p);
        ASSERT_TRUE(write_kv(kv, kv.layout.k_offset(layer, head), p, key.data()));
        ASSERT_TRUE(write_kv(kv, kv.layout.v_offset(layer, head), p, raw(layer, head, p, false).data()));
      }
    });
  }
  void for_heads(const std::function<void(int64_t layer, int64_t head)>& body) const {
    for (int64_t layer = 0; layer < config_.layers; ++layer) {
      for (int64_t head = 0; head < config_.kv_heads; ++head) body(layer, head);
    }
  }
  std::vector<float> row(const KvView& kv, size_t offset, int64_t position) const {
    std::vector<float> values(static_cast<size_t>(config_.head_dim));
    read_kv(kv, offset, position, values.data());
    return values;
  }
  /// How far an element may be from the key that was never rotated before. A pair of length 2^0.5 * m, m the
  /// greatest element, is rotated at an angle that is a float32 product up to 150, so its error is below
  /// 3 * 2^-17 for three such angles; f16 rounds the stored key and the result to 11 bits; i8 to steps of
  /// absmax / 127, which a rotation may grow by 2^0.5, and mixes with that of the pair's other element.
  double tolerance(double greatest) const {
    const double angles = 2 * greatest * 3 * 0x1p-17;
    if (GetParam() == TERN_KV_F16) return angles + 3 * 1.5 * greatest * 0x1p-11;
    if (GetParam() == TERN_KV_I8) return angles + 3 * 1.5 * greatest * 0.5 / 127;
    return angles;
  }

  ModelConfig config_ = tiny_config("gemma3");  // its two layers have different angles
};

TEST_P(KvShift, KeysAreThoseOfTheirNewPlace) {
  for (const auto& [keep, drop] :
       {std::pair<int64_t, int64_t>{0, 1}, {4, 73}, {64, 64}, {149, 1}, {0, 150}}) {
    SCOPED_TRACE(fmt::format("keep {}, drop {}", keep, drop));
    TinyKv before(config_, kCount, GetParam()), after(config_, kCount, GetParam());
    fill(*before.view());
    fill(*after.view());
    ThreadPool pool(2);
    ASSERT_TRUE(shift_kv(config_, *after.view(), keep, drop, kCount, &pool));
    const KvLayout& layout = after.view()->layout;
    for_heads([&](int64_t layer, int64_t head) {
      const size_t k = layout.k_offset(layer, head), v = layout.v_offset(layer, head);
      for (int64_t p = 0; p < kCount - drop; ++p) {
        const int64_t from = p < keep ? p : p + drop;
        EXPECT_TRUE(same_bits(row(*after.view(), v, p), row(*before.view(), v, from))) << p;
        const std::vector<float> key = row(*after.view(), k, p);
        if (p < keep) {
          EXPECT_TRUE(same_bits(key, row(*before.view(), k, p))) << p;
          continue;
        }
        const std::vector<float> expected = rotated(layer, raw(layer, head, from, true), p);
        float greatest = 0;
        for (const float value : expected) greatest = std::max(greatest, std::fabs(value));
        for (size_t i = 0; i < key.size(); ++i) {
          EXPECT_NEAR(key[i], expected[i], tolerance(greatest)) << "position " << p << ", element " << i;
        }
      }
    });
  }
}

TEST_P(KvShift, TheBitsDoNotDependOnThreadsOrKernels) {
  const size_t bytes = TinyKv(config_, 1, GetParam()).view()->layout.page_bytes();
  std::vector<uint8_t> first;
  const Isa best = active_isa();
  for (const Isa isa : supported_isas()) {
    select_kernels(isa);
    for (const int threads : {1, 3}) {
      TinyKv kv(config_, kCount, GetParam());
      for (uint8_t* page : kv.view()->pages) std::fill_n(page, bytes, uint8_t{0});
      fill(*kv.view());
      ThreadPool pool(threads);
      ASSERT_TRUE(shift_kv(config_, *kv.view(), 3, 41, kCount, &pool));
      std::vector<uint8_t> all;
      for (const uint8_t* page : kv.view()->pages) all.insert(all.end(), page, page + bytes);
      if (first.empty()) first = all;
      EXPECT_EQ(all == first, true) << isa_name(isa) << ", " << threads << " threads";
    }
  }
  select_kernels(best);
}

INSTANTIATE_TEST_SUITE_P(Caches, KvShift, ::testing::Values(TERN_KV_F16, TERN_KV_F32, TERN_KV_I8),
                         [](const auto& info) {
                           return info.param == TERN_KV_F16   ? "f16"
                                  : info.param == TERN_KV_F32 ? "f32"
                                                              : "i8";
                         });

TEST(KvShiftOverflow, IsAnError) {
  ASSERT_TRUE(init_kernels());
  const ModelConfig config = tiny_config("bitnet");
  ThreadPool pool(1);
  TinyKv kv(config, 8);
  for (uint8_t* page : kv.view()->pages) std::fill_n(page, kv.view()->layout.page_bytes(), uint8_t{0});
  std::vector<float> key(static_cast<size_t>(config.head_dim), 60000.0f);  // of a pair: 84853 long
  key[0] = -60000.0f;
  ASSERT_TRUE(write_kv(*kv.view(), kv.view()->layout.k_offset(1, 0), 7, key.data()));
  const Status shifted = shift_kv(config, *kv.view(), 0, 1, 8, &pool);
  ASSERT_FALSE(shifted);
  EXPECT_EQ(shifted.error().code(), ErrorCode::kNonFinite);
  EXPECT_NE(shifted.error().message().find("layer 1"), std::string::npos) << shifted.error().message();
}

}  // namespace
}  // namespace tern
