// Every packing of formats.inc round-trips, has the size that its line says, and refuses what it must.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <random>

#include "base/checked_math.h"
#include "tensor/dtype.h"
#include "ternary/packing.h"

namespace tern {
namespace {

using Trits = std::vector<int8_t>;
using Bytes = std::vector<uint8_t>;

/// One packing behind one face: a matrix in, bytes out, and back.
struct Codec {
  std::function<void(const Trits&, uint64_t rows, uint64_t cols, float scale, uint8_t*)> encode;
  /// `scale` is left alone by packings that store none.
  std::function<Status(std::span<const uint8_t>, uint64_t rows, uint64_t cols, int8_t*, float*)> decode;
};

Codec of_stream(void (*encode)(std::span<const int8_t>, float, uint8_t*),
                Status (*decode)(std::span<const uint8_t>, uint64_t, int8_t*, float*)) {
  return {[=](const Trits& t, uint64_t, uint64_t, float scale, uint8_t* out) { encode(t, scale, out); },
          [=](std::span<const uint8_t> b, uint64_t rows, uint64_t cols, int8_t* t, float* scale) {
            return decode(b, rows * cols, t, scale);
          }};
}

Codec codec_i2s() {
  return of_stream(encode_i2s, decode_i2s);
}
Codec codec_tq2_0() {
  return of_stream(encode_tq2_0, decode_tq2_0);
}
Codec codec_tq1_0() {
  return of_stream(encode_tq1_0, decode_tq1_0);
}
Codec codec_hf() {
  return {[](const Trits& t, uint64_t rows, uint64_t cols, float, uint8_t* out) {
            encode_hf(t, rows, cols, out);
          },
          [](std::span<const uint8_t> b, uint64_t rows, uint64_t cols, int8_t* t, float*) {
            return decode_hf(b, rows, cols, t);
          }};
}
Codec codec_t2() {
  return {[](const Trits& t, uint64_t rows, uint64_t cols, float, uint8_t* out) {
            for (uint64_t r = 0; r < rows; ++r)
              encode_t2_row(t.data() + r * cols, cols, out + r * t2_row_bytes(cols));
          },
          [](std::span<const uint8_t> b, uint64_t rows, uint64_t cols, int8_t* t, float*) -> Status {
            for (uint64_t r = 0; r < rows; ++r)
              decode_t2_row(b.data() + r * t2_row_bytes(cols), cols, t + r * cols);
            return {};
          }};
}

struct Line {
  std::string name;
  uint64_t block_elements, block_bytes, extra_bytes;
  Codec codec;
};

std::vector<Line> lines() {
  return {
#define TERN_PACKING(id, name, elements, bytes, extra) {name, elements, bytes, extra, codec_##id()},
#include "ternary/formats.inc"
#undef TERN_PACKING
  };
}

Trits random_trits(uint64_t n, std::mt19937& random) {
  Trits trits(n);
  for (int8_t& t : trits) t = static_cast<int8_t>(static_cast<int>(random() % 3) - 1);
  return trits;
}

TEST(Formats, EveryPackingRoundTripsInTheBytesItsLineSays) {
  std::mt19937 random(158);
  for (const Line& line : lines()) {
    for (const uint64_t rows : {4u, 8u, 12u}) {
      for (const uint64_t cols : {256u, 512u, 768u}) {
        SCOPED_TRACE(fmt::format("{} {}x{}", line.name, rows, cols));
        const Trits trits = random_trits(rows * cols, random);
        const uint64_t size = rows * cols / line.block_elements * line.block_bytes + line.extra_bytes;
        constexpr uint64_t kGuard = 16;  // nothing may be written beyond
        Bytes bytes(size + kGuard, 0xEE);
        line.codec.encode(trits, rows, cols, 0.75f, bytes.data());
        EXPECT_EQ(Bytes(bytes.end() - kGuard, bytes.end()), Bytes(kGuard, 0xEE));
        EXPECT_NE(Bytes(bytes.begin() + static_cast<long>(size) - line.extra_bytes - 4,
                        bytes.begin() + static_cast<long>(size) - line.extra_bytes),
                  Bytes(4, 0xEE));
        Trits decoded(trits.size() + kGuard, 77);
        float scale = 0.75f;
        const Status status = line.codec.decode({bytes.data(), size}, rows, cols, decoded.data(), &scale);
        ASSERT_TRUE(status) << status.error().message();
        EXPECT_TRUE(std::equal(trits.begin(), trits.end(), decoded.begin()));
        EXPECT_EQ(Trits(decoded.end() - kGuard, decoded.end()), Trits(kGuard, 77));
        EXPECT_EQ(scale, 0.75f);
      }
    }
  }
}

TEST(Formats, LinesAgreeWithTheStoredTypes) {
  for (const Line& line : lines()) {
    for (const DType dtype : {DType::kI2_S, DType::kTQ1_0, DType::kTQ2_0}) {
      if (dtype_info(dtype).name != line.name) continue;
      EXPECT_EQ(dtype_bytes(dtype, 4 * line.block_elements), 4 * line.block_bytes + line.extra_bytes)
          << line.name;
    }
  }
}

// The worked example of docs/formats.md: trit[e] = (+1, -1, 0)[e % 3], 256 elements, scale 0.75.
Trits worked_example() {
  Trits trits(256);
  for (size_t e = 0; e < trits.size(); ++e) trits[e] = std::array<int8_t, 3>{1, -1, 0}[e % 3];
  return trits;
}

Bytes slice(const Bytes& bytes, size_t at, size_t n) {
  return Bytes(bytes.begin() + static_cast<long>(at), bytes.begin() + static_cast<long>(at + n));
}

TEST(Formats, WorkedExampleI2S) {
  Bytes bytes(96);
  encode_i2s(worked_example(), 0.75f, bytes.data());
  EXPECT_EQ(slice(bytes, 0, 3), (Bytes{146, 36, 73}));
  EXPECT_EQ(slice(bytes, 32, 3), (Bytes{73, 146, 36}));
  EXPECT_EQ(slice(bytes, 64, 4), (Bytes{0, 0, 0x40, 0x3F}));
  EXPECT_EQ(slice(bytes, 68, 28), Bytes(28, 0));
}

TEST(Formats, WorkedExampleTq2) {
  Bytes bytes(66);
  encode_tq2_0(worked_example(), 0.75f, bytes.data());
  EXPECT_EQ(slice(bytes, 0, 3), (Bytes{134, 24, 97}));
  EXPECT_EQ(slice(bytes, 64, 2), (Bytes{0x00, 0x3A}));
}

TEST(Formats, WorkedExampleTq1) {
  Bytes bytes(54);
  encode_tq1_0(worked_example(), 0.75f, bytes.data());
  EXPECT_EQ(slice(bytes, 0, 3), (Bytes{207, 69, 108}));
  EXPECT_EQ(slice(bytes, 32, 2), (Bytes{49, 148}));
  EXPECT_EQ(slice(bytes, 48, 4), (Bytes{187, 48, 146, 187}));
  EXPECT_EQ(slice(bytes, 52, 2), (Bytes{0x00, 0x3A}));
}

TEST(Formats, WorkedExampleHf) {
  const Trits trits{1, 0, -1, -1, -1, 0, 0, 1, 1, 1, -1, 0, 0, 0, 1, -1, 1, -1, 1, 1, 0, 0, -1, -1};
  const Bytes expected{0x96, 0x99, 0x68, 0x48, 0x20, 0x05};
  Bytes bytes(6);
  encode_hf(trits, 8, 3, bytes.data());
  EXPECT_EQ(bytes, expected);
  Trits decoded(24);
  ASSERT_TRUE(decode_hf(expected, 8, 3, decoded.data()));
  EXPECT_EQ(decoded, trits);
}

TEST(Formats, HfPaddingRowsAreCutAndNeverRead) {
  std::mt19937 random(7);
  for (uint64_t rows = 1; rows <= 9; ++rows) {
    SCOPED_TRACE(rows);
    constexpr uint64_t kCols = 5;
    const Trits trits = random_trits(rows * kCols, random);
    const uint64_t quarter = ceil_div(rows, 4);
    Bytes bytes(quarter * kCols, 0xFF);
    encode_hf(trits, rows, kCols, bytes.data());
    for (uint64_t r = 0; r < quarter; ++r) {
      for (uint64_t i = 0; i < 4; ++i) {
        if (i * quarter + r < rows) continue;
        for (uint64_t c = 0; c < kCols; ++c) {
          EXPECT_EQ(bytes[r * kCols + c] >> (2 * i) & 3, 0);
          bytes[r * kCols + c] |=
              static_cast<uint8_t>(3 << (2 * i));  // code 3 in padding is nobody's business
        }
      }
    }
    Trits decoded(rows * kCols);
    ASSERT_TRUE(decode_hf(bytes, rows, kCols, decoded.data()));
    EXPECT_EQ(decoded, trits);
  }
}

TEST(Formats, HfRefusesCode3AndWrongSizes) {
  Trits out(64);
  EXPECT_EQ(decode_hf(Bytes{0x03, 0x00}, 4, 2, out.data()).error().code(), ErrorCode::kBadFile);
  EXPECT_EQ(decode_hf(Bytes{0xC0, 0x00}, 4, 2, out.data()).error().code(), ErrorCode::kBadFile);
  EXPECT_EQ(decode_hf(Bytes(3), 4, 2, out.data()).error().code(), ErrorCode::kBadFile);
  EXPECT_EQ(decode_hf(Bytes(3), uint64_t{1} << 62, uint64_t{1} << 62, out.data()).error().code(),
            ErrorCode::kBadFile);
}

TEST(Formats, I2SRefusesWhatThePublishedLayoutCannotBe) {
  Trits out(256);
  float scale = 0;
  Bytes good(96);
  encode_i2s(worked_example(), 0.75f, good.data());
  const auto code = [&](const Bytes& bytes, uint64_t n) {
    const Status status = decode_i2s(bytes, n, out.data(), &scale);
    return status ? std::string("ok") : std::string(error_name(status.error().code()));
  };
  EXPECT_EQ(code(good, 256), "ok");
  EXPECT_EQ(code(good, 252), "bad_file");
  EXPECT_EQ(code(good, 128), "bad_file");
  EXPECT_EQ(code(slice(good, 0, 95), 256), "bad_file");
  for (size_t at = 0; at < 64; ++at) {
    for (int shift = 0; shift < 8; shift += 2) {
      Bytes bad = good;
      bad[at] |= static_cast<uint8_t>(3 << shift);
      EXPECT_EQ(code(bad, 256), "bad_file") << at << " " << shift;
    }
  }
  for (const uint8_t high : {0x7F, 0xFF}) {  // infinity, then NaN
    Bytes bad = good;
    bad[66] = 0x80 | (high & 1);
    bad[67] = high;
    EXPECT_EQ(code(bad, 256), "bad_file");
  }
  Bytes junk = good;
  for (size_t at = 68; at < 96; ++at) junk[at] = 0xFF;  // the trailer may hold anything
  EXPECT_EQ(code(junk, 256), "ok");
  EXPECT_EQ(scale, 0.75f);
}

TEST(Formats, TqZeroBlocksStoreZeroAndTakeTheScaleFromOthers) {
  Trits trits(768, 0);
  trits[300] = -1;
  for (const bool two : {true, false}) {
    const auto encode = two ? encode_tq2_0 : encode_tq1_0;
    const auto decode = two ? decode_tq2_0 : decode_tq1_0;
    const size_t block = two ? 66 : 54;
    Bytes bytes(3 * block);
    encode(trits, 0.5f, bytes.data());
    EXPECT_EQ(slice(bytes, block - 2, 2), (Bytes{0, 0}));
    EXPECT_EQ(slice(bytes, 2 * block - 2, 2), (Bytes{0x00, 0x38}));
    if (two) {
      EXPECT_EQ(slice(bytes, 0, 64), Bytes(64, 0x55));
    } else {
      EXPECT_EQ(slice(bytes, 0, 48), Bytes(48, 128));
      EXPECT_EQ(slice(bytes, 48, 4), Bytes(4, 127));
    }
    Trits decoded(768, 9);
    float scale = 0;
    ASSERT_TRUE(decode(bytes, 768, decoded.data(), &scale));
    EXPECT_EQ(decoded, trits);
    EXPECT_EQ(scale, 0.5f);

    encode(Trits(768, 0), 0.5f, bytes.data());
    ASSERT_TRUE(decode(bytes, 768, decoded.data(), &scale));
    EXPECT_EQ(decoded, Trits(768, 0));
    EXPECT_EQ(scale, 0.0f);
  }
}

TEST(Formats, TqRefusesDisagreeingAndNonFiniteScales) {
  Trits trits(512, 1);
  Trits out(512);
  float scale = 0;
  for (const bool two : {true, false}) {
    const auto decode = two ? decode_tq2_0 : decode_tq1_0;
    const size_t block = two ? 66 : 54;
    Bytes bytes(2 * block);
    (two ? encode_tq2_0 : encode_tq1_0)(trits, 0.5f, bytes.data());
    Bytes bad = bytes;
    bad[block - 2] ^= 1;
    EXPECT_EQ(decode(bad, 512, out.data(), &scale).error().code(), ErrorCode::kUnsupported);
    bad = bytes;
    bad[block - 1] = 0x7C;  // infinity
    EXPECT_EQ(decode(bad, 512, out.data(), &scale).error().code(), ErrorCode::kBadFile);
    EXPECT_EQ(decode(bytes, 511, out.data(), &scale).error().code(), ErrorCode::kBadFile);
    EXPECT_EQ(decode(bytes, 256, out.data(), &scale).error().code(), ErrorCode::kBadFile);
  }
  Bytes bytes(132);
  encode_tq2_0(trits, 0.5f, bytes.data());
  bytes[66 + 17] = 0x0C;
  EXPECT_EQ(decode_tq2_0(bytes, 512, out.data(), &scale).error().code(), ErrorCode::kBadFile);
}

TEST(Formats, TqKeepsTritsAliveWhenTheScaleLeavesTheRangeOfF16) {
  const Trits trits(256, -1);
  for (const float scale : {1e-30f, 1e30f, -1e-30f}) {
    Bytes bytes(66);
    encode_tq2_0(trits, scale, bytes.data());
    Trits decoded(256);
    float stored = 0;
    ASSERT_TRUE(decode_tq2_0(bytes, 256, decoded.data(), &stored));
    EXPECT_EQ(decoded, trits);
    EXPECT_EQ(std::signbit(stored), std::signbit(scale));
    EXPECT_NE(stored, 0.0f);
  }
}

TEST(Formats, T2PadsRowsWithTritZeroAndIsI2SOnWholeBlocks) {
  std::mt19937 random(3);
  for (const uint64_t cols : {1u, 31u, 32u, 127u, 128u, 129u, 300u}) {
    SCOPED_TRACE(cols);
    const Trits trits = random_trits(cols, random);
    Bytes row(t2_row_bytes(cols), 0xFF);
    encode_t2_row(trits.data(), cols, row.data());
    Trits padded(row.size() * 4);
    decode_t2_row(row.data(), padded.size(), padded.data());
    EXPECT_TRUE(std::equal(trits.begin(), trits.end(), padded.begin()));
    EXPECT_EQ(Trits(padded.begin() + static_cast<long>(cols), padded.end()), Trits(padded.size() - cols, 0));
    Trits decoded(cols);
    decode_t2_row(row.data(), cols, decoded.data());
    EXPECT_EQ(decoded, trits);
  }
  const Trits trits = random_trits(2 * 256, random);
  Bytes i2s(160), t2(128);
  encode_i2s(trits, 1.0f, i2s.data());
  for (uint64_t r = 0; r < 2; ++r) encode_t2_row(trits.data() + r * 256, 256, t2.data() + r * 64);
  EXPECT_EQ(slice(i2s, 0, 128), t2);
}

TEST(Formats, HasCode3FindsOneCodeAnywhere) {
  for (const size_t size : {0u, 1u, 7u, 8u, 9u, 63u, 4096u, 4103u}) {
    Bytes bytes(size, 0x9A & 0xAA);  // codes 2, 0, 2, 2 without a pair of set bits
    EXPECT_FALSE(has_code3(bytes));
    for (auto& byte : bytes) byte = 0x55;
    EXPECT_FALSE(has_code3(bytes));
    for (size_t at = 0; at<size; at += size> 100 ? 61 : 1) {
      for (int shift = 0; shift < 8; shift += 2) {
        Bytes bad = bytes;
        bad[at] |= static_cast<uint8_t>(3 << shift);
        EXPECT_TRUE(has_code3(bad)) << size << " " << at << " " << shift;
      }
    }
  }
  // A low bit beside the next code's high bit is no code 3, across bytes neither: codes 1, 2 = bits 01 10.
  EXPECT_FALSE(has_code3(Bytes(64, 0x66)));
  EXPECT_FALSE(has_code3(Bytes{0x80, 0x01, 0x80, 0x01, 0x80, 0x01, 0x80, 0x01}));
}

}  // namespace
}  // namespace tern
