#include "engine/kv_cache.h"

#include <algorithm>

#include "engine/testing.h"

namespace tern {
namespace {

using namespace testing;

TEST(KvCaches, GrowByPages) {
  KvCache cache(tiny_config("bitnet"), TERN_KV_F16, 150);
  EXPECT_EQ(cache.max_positions(), 150);
  const std::vector<uint8_t*>& pages = cache.view()->pages;
  std::vector<uint8_t*> before;
  const struct {
    int64_t positions;
    size_t pages;
  } steps[] = {{0, 0}, {1, 1}, {64, 1}, {65, 2}, {64, 2}, {128, 2}, {129, 3}, {150, 3}};
  for (const auto& step : steps) {
    ASSERT_TRUE(cache.reserve(step.positions));
    ASSERT_EQ(pages.size(), step.pages) << step.positions;
    EXPECT_TRUE(std::equal(before.begin(), before.end(), pages.begin())) << "a page has moved";
    before = pages;
  }
  for (const auto& status : {cache.check_fits(151), cache.reserve(151)}) {
    expect_error(status, ErrorCode::kContextFull, "151 tokens do not fit the context of 150");
  }
  EXPECT_TRUE(cache.check_fits(150));
  EXPECT_EQ(pages.size(), 3u);
}

TEST(KvCaches, PagesHoldKeysAndValuesOfEveryHead) {
  const ModelConfig config = tiny_config("bitnet");
  const auto rows = static_cast<size_t>(TERN_KV_PAGE * config.layers * config.kv_heads * 2);
  const auto dim = static_cast<size_t>(config.head_dim);
  const struct {
    TernKvFormat format;
    size_t row_bytes;
  } cases[] = {{TERN_KV_F32, 4 * dim}, {TERN_KV_F16, 2 * dim}, {TERN_KV_I8, dim + sizeof(float)}};
  for (const auto& c : cases) {
    KvCache cache(config, c.format, 256);
    ASSERT_TRUE(cache.reserve(256));
    const KvView& view = *cache.view();
    EXPECT_EQ(view.layout.format, c.format);
    const size_t bytes = view.layout.page_bytes();
    EXPECT_EQ(bytes, rows * c.row_bytes);
    for (size_t p = 0; p < 4; ++p) std::fill_n(view.pages[p], bytes, static_cast<uint8_t>(p));
    for (size_t p = 0; p < 4; ++p) {
      EXPECT_EQ(std::count(view.pages[p], view.pages[p] + bytes, p), static_cast<ptrdiff_t>(bytes));
    }
  }
}

TEST(KvCaches, SayWhenThereIsNoMemory) {
  ModelConfig config = tiny_config("bitnet");
  config.layers = int64_t{1} << 50;  // more than any address space
  KvCache cache(config, TERN_KV_I8, 64);
  expect_error(cache.reserve(1), ErrorCode::kOutOfMemory, "--context");
  EXPECT_TRUE(cache.view()->pages.empty());
}

}  // namespace
}  // namespace tern
