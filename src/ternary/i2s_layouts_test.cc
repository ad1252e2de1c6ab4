// The I2_S layouts against bytes that an independent program made from their formulas, and what each can
// hold.
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

#include "base/testing.h"
#include "ternary/packing.h"

namespace tern {
namespace {

using Trits = std::vector<int8_t>;
using Bytes = std::vector<uint8_t>;

constexpr uint64_t kRows = 8, kCols = 96;

Bytes golden_bytes(std::string_view name) {
  const std::string text = testing::read_file(testing::golden("formats/" + std::string(name)));
  return Bytes(text.begin(), text.end());
}

Trits golden_trits() {
  const Bytes bytes = golden_bytes("i2s_layouts_trits.bin");
  return Trits(bytes.begin(), bytes.end());
}

Trits random_trits(uint64_t n) {
  std::mt19937 random(158);
  Trits trits(n);
  for (int8_t& t : trits) t = static_cast<int8_t>(static_cast<int>(random() % 3) - 1);
  return trits;
}

TEST(I2sLayouts, GoldenBytesBothWays) {
  const Trits trits = golden_trits();
  ASSERT_EQ(trits.size(), kRows * kCols);
  for (const I2sLayout layout : kI2sLayouts) {
    SCOPED_TRACE(i2s_layout_name(layout));
    const Bytes expected = golden_bytes(fmt::format("i2s_{}.bin", i2s_layout_name(layout)));
    Bytes bytes(trits.size() / 4 + 32, 0xEE);
    ASSERT_TRUE(encode_i2s(trits, kRows, kCols, layout, 0.0371f, bytes.data()));
    EXPECT_EQ(bytes, expected);
    Trits decoded(trits.size());
    float scale = 0;
    ASSERT_TRUE(decode_i2s(expected, kRows, kCols, layout, decoded.data(), &scale));
    EXPECT_EQ(decoded, trits);
    EXPECT_EQ(scale, 0.0371f);
  }
}

/// The worked example of docs/formats.md.
TEST(I2sLayouts, WorkedExample) {
  Trits trits(4 * 64);
  trits[0] = trits[64] = 1;
  trits[1] = -1;
  const std::pair<I2sLayout, std::array<int, 3>> expected[] = {
      {I2sLayout::kPublished, {0x99, 0x15, 0x55}},
      {I2sLayout::kArm64, {0x95, 0x15, 0x95}},
      {I2sLayout::kRows4, {0xA5, 0x15, 0x55}},
      {I2sLayout::kConsecutive4, {0x85, 0x55, 0x95}}};
  for (const auto& [layout, bytes] : expected) {
    Bytes out(96);
    ASSERT_TRUE(encode_i2s(trits, 4, 64, layout, 0.75f, out.data()));
    EXPECT_EQ((std::array<int, 3>{out[0], out[1], out[16]}), bytes) << i2s_layout_name(layout);
    EXPECT_EQ(Bytes(out.begin() + 64, out.begin() + 68), (Bytes{0, 0, 0x40, 0x3F}));
  }
}

TEST(I2sLayouts, PublishedIsWhatTheFunctionsWithoutALayoutDo) {
  const Trits trits = golden_trits();
  Bytes bytes(trits.size() / 4 + 32);
  encode_i2s(trits, 0.0371f, bytes.data());
  EXPECT_EQ(bytes, golden_bytes("i2s_published.bin"));
}

TEST(I2sLayouts, OddShapesRoundTrip) {
  for (const I2sLayout layout : kI2sLayouts) {
    for (const uint64_t rows : {1u, 3u, 4u, 12u, 128u}) {
      for (const uint64_t cols : {1u, 4u, 5u, 32u, 64u, 96u, 128u, 250u}) {
        SCOPED_TRACE(fmt::format("{} {} x {}", i2s_layout_name(layout), rows, cols));
        const Trits trits = random_trits(rows * cols);
        Bytes bytes(trits.size() / 4 + 32 + 8, 0xEE);
        const Status encoded = encode_i2s(trits, rows, cols, layout, -2.5f, bytes.data());
        ASSERT_EQ(static_cast<bool>(encoded), i2s_layout_fits(layout, rows, cols));
        if (!encoded) continue;
        EXPECT_EQ(Bytes(bytes.end() - 8, bytes.end()), Bytes(8, 0xEE));
        Trits decoded(trits.size());
        float scale = 0;
        ASSERT_TRUE(decode_i2s({bytes.data(), bytes.size() - 8}, rows, cols, layout, decoded.data(), &scale));
        EXPECT_EQ(decoded, trits);
        EXPECT_EQ(scale, -2.5f);
      }
    }
  }
}

TEST(I2sLayouts, WhatEachCanHold) {
  const auto fitting = [](uint64_t rows, uint64_t cols) {
    std::string names;
    for (const I2sLayout layout : kI2sLayouts) {
      if (i2s_layout_fits(layout, rows, cols)) names += fmt::format("{} ", i2s_layout_name(layout));
    }
    return names;
  };
  EXPECT_EQ(fitting(4, 128), "published arm64 rows4 consecutive4 ");
  EXPECT_EQ(fitting(3, 64), "arm64 consecutive4 ");
  EXPECT_EQ(fitting(4, 5), "rows4 consecutive4 ");
  EXPECT_EQ(fitting(2, 2), "consecutive4 ");
  EXPECT_EQ(fitting(128, 1), "published arm64 rows4 consecutive4 ");
  EXPECT_EQ(fitting(3, 3), "");
  EXPECT_EQ(fitting(0, 128), "");
  EXPECT_EQ(fitting(uint64_t{1} << 62, uint64_t{1} << 62), "");
  const Error error = check_i2s_shape(I2sLayout::kPublished, 3, 64).error();
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  for (const char* part : {"3 x 64", "published", "multiple of 128", "arm64, consecutive4"})
    EXPECT_NE(error.message().find(part), std::string::npos) << error.message();
  EXPECT_NE(check_i2s_shape(I2sLayout::kRows4, 3, 3).error().message().find("another type"),
            std::string::npos);
}

TEST(I2sLayouts, BrokenBytesAreRefused) {
  Trits out(kRows * kCols);
  float scale = 0;
  for (const I2sLayout layout : kI2sLayouts) {
    SCOPED_TRACE(i2s_layout_name(layout));
    const Bytes good = golden_bytes(fmt::format("i2s_{}.bin", i2s_layout_name(layout)));
    const auto code = [&](const Bytes& bytes) {
      const Status status = decode_i2s(bytes, kRows, kCols, layout, out.data(), &scale);
      return status ? std::string("ok") : std::string(error_name(status.error().code()));
    };
    EXPECT_EQ(code(good), "ok");
    EXPECT_EQ(code(Bytes(good.begin(), good.end() - 1)), "bad_file");
    Bytes bad = good;
    bad[100] |= 0x0C;
    EXPECT_EQ(code(bad), "bad_file");
    bad = good;
    bad[kRows * kCols / 4 + 2] = 0x80;
    bad[kRows * kCols / 4 + 3] = 0x7F;
    EXPECT_EQ(code(bad), "bad_file");
  }
}

TEST(I2sLayouts, NamesGoBothWays) {
  for (const I2sLayout layout : kI2sLayouts) EXPECT_EQ(i2s_layout_by_name(i2s_layout_name(layout)), layout);
  EXPECT_EQ(i2s_layout_by_name("x86"), std::nullopt);
}

}  // namespace
}  // namespace tern
