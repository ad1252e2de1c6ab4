// Broken and hostile GGUF files: each is an error, at once, never a crash. (Run under AddressSanitizer, too.)
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <random>

#include "base/testing.h"
#include "io/gguf.h"

namespace tern {
namespace {

/// Builds GGUF bytes field by field, wrong ones included.
class Builder {
 public:
  template <typename T>
  Builder& number(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  Builder& raw(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }
  Builder& text(std::string_view value) { return number<uint64_t>(value.size()).raw(value); }
  Builder& head(uint64_t tensors, uint64_t metadata, uint32_t version = 3) {
    return raw("GGUF").number(version).number(tensors).number(metadata);
  }
  Builder& key(std::string_view name, GgufType type) { return text(name).number(type); }
  Builder& tensor(std::string_view name, std::vector<uint64_t> dims, uint32_t type, uint64_t offset) {
    text(name).number(static_cast<uint32_t>(dims.size()));
    for (const uint64_t dim : dims) number(dim);
    return number(type).number(offset);
  }
  Builder& data(size_t n, size_t alignment = 32) {
    bytes_.resize((bytes_.size() + alignment - 1) / alignment * alignment + n);
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class GgufHostile : public ::testing::Test {
 protected:
  /// "ok", or the error's name; the last message is kept.
  std::string open(const std::string& bytes) {
    testing::write_file(path_, bytes);
    const auto file = Gguf::open(path_);
    if (!file) {
      message_ = file.error().message();
      return std::string(error_name(file.error().code()));
    }
    uint64_t sum = 0;  // whatever is promised must be readable
    for (const TensorEntry& entry : (*file)->tensors()) {
      EXPECT_EQ(dtype_bytes(entry.dtype, entry.elements()), entry.bytes.size());
      for (const uint8_t byte : entry.bytes) sum += byte;
    }
    sink_ = sum;
    return "ok";
  }
  std::string open(const Builder& builder) { return open(builder.bytes()); }

  testing::TempFolder folder_;
  std::string path_ = folder_.file("hostile.gguf");
  std::string message_;
  volatile uint64_t sink_ = 0;
};

/// A small file with every kind of field; it ends with its last tensor's last byte.
std::string small_file() {
  Builder b;
  b.head(3, 6);
  b.key("general.alignment", GgufType::kU32).number<uint32_t>(16);
  b.key("s", GgufType::kString).text("text");
  b.key("b", GgufType::kBool).number<uint8_t>(1);
  b.key("f", GgufType::kF64).number(0.5);
  b.key("a", GgufType::kArray).number(GgufType::kString).number<uint64_t>(2).text("x").text("yz");
  b.key("i", GgufType::kArray)
      .number(GgufType::kI16)
      .number<uint64_t>(2)
      .number<int16_t>(1)
      .number<int16_t>(-1);
  b.tensor("one", {2, 3}, 0, 0);
  b.tensor("two", {32}, 8, 32);
  b.tensor("three", {128}, 36, 80);
  b.data(80 + 64, 16);
  return b.bytes();
}

TEST_F(GgufHostile, TheSmallFileIsGood) {
  EXPECT_EQ(open(small_file()), "ok") << message_;
}

TEST_F(GgufHostile, TruncatedAtEveryByte) {
  const std::string good = small_file();
  for (size_t n = 0; n < good.size(); ++n) EXPECT_EQ(open(good.substr(0, n)), "bad_file") << n;
}

TEST_F(GgufHostile, EveryByteFlipped) {
  const std::string good = small_file();
  for (size_t at = 0; at < good.size(); ++at) {
    for (const int mask : {0x01, 0x80, 0xFF}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ mask);
      open(bad);
    }
  }
}

TEST_F(GgufHostile, RandomMutations) {
  const std::string good = small_file();
  std::mt19937 random(158);
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    SCOPED_TRACE(round);
    std::string bad = good;
    for (uint32_t edits = 1 + random() % 4; edits > 0; --edits) {
      const size_t at = random() % bad.size();
      switch (random() % 4) {
        case 0:
          bad[at] = static_cast<char>(random());
          break;
        case 1:
          bad.erase(at, random() % 9);
          break;
        case 2:
          bad.insert(at, random() % 9, static_cast<char>(random()));
          break;
        default: {
          const uint64_t wild[] = {0, 1, UINT64_MAX, uint64_t{1} << 63, uint64_t{1} << 60, UINT32_MAX};
          std::memcpy(bad.data() + at, &wild[random() % 6], std::min<size_t>(8, bad.size() - at));
        }
      }
    }
    refused += open(bad) != "ok";
  }
  EXPECT_GT(refused, 2000);
}

TEST_F(GgufHostile, ImpossibleCountsFailAtOnce) {
  const auto start = std::chrono::steady_clock::now();
  for (const uint64_t count : {uint64_t{1} << 60, UINT64_MAX, uint64_t{100}}) {
    EXPECT_EQ(open(Builder().head(count, 0).data(1000)), "bad_file");
    EXPECT_EQ(open(Builder().head(0, count).data(1000)), "bad_file");
    EXPECT_EQ(open(Builder().head(0, 1).number(count).data(90)), "bad_file");  // a key's length
    EXPECT_EQ(open(Builder().head(0, 1).key("k", GgufType::kString).number(count).data(8)), "bad_file");
    for (const GgufType type : {GgufType::kU8, GgufType::kF64, GgufType::kString, GgufType::kBool}) {
      EXPECT_EQ(open(Builder().head(0, 1).key("k", GgufType::kArray).number(type).number(count).data(8)),
                "bad_file");
    }
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

TEST_F(GgufHostile, MagicVersionAndByteOrder) {
  EXPECT_EQ(open(std::string("GGML") + std::string(60, '\0')), "bad_file");
  for (const uint32_t version : {0u, 1u, 2u, 4u, 0xffffffffu}) {
    EXPECT_EQ(open(Builder().head(0, 0, version)), "unsupported");
    EXPECT_NE(message_.find(fmt::format("version {}", version)), std::string::npos) << message_;
  }
  EXPECT_EQ(open(Builder().head(0, 0, 0x03000000u)), "unsupported");
  EXPECT_NE(message_.find("big-endian"), std::string::npos) << message_;
}

TEST_F(GgufHostile, Metadata) {
  EXPECT_EQ(open(Builder().head(0, 0)), "ok");
  Builder twice;
  twice.head(0, 2).key("k", GgufType::kU8).number<uint8_t>(1).key("k", GgufType::kU8).number<uint8_t>(2);
  EXPECT_EQ(open(twice), "bad_file");
  EXPECT_NE(message_.find("'k' occurs twice"), std::string::npos) << message_;
  EXPECT_EQ(open(Builder().head(0, 1).key("k", GgufType::kBool).number<uint8_t>(2).data(8)), "bad_file");
  EXPECT_EQ(open(Builder().head(0, 1).text("k").number<uint32_t>(13).data(32)), "bad_file");
  EXPECT_EQ(open(Builder().head(0, 1).key("", GgufType::kU8).data(32)), "bad_file");
  EXPECT_EQ(open(Builder().head(0, 1).key("a\x1b[2J", GgufType::kU8).data(32)), "bad_file");
  EXPECT_EQ(open(Builder().head(0, 1).key(std::string(257, 'k'), GgufType::kU8).data(32)), "bad_file");
  EXPECT_EQ(open(Builder().head(0, 1).key(std::string(256, 'k'), GgufType::kU8).data(32)), "ok");
  Builder nested;
  nested.head(0, 1).key("k", GgufType::kArray).number(GgufType::kArray).number<uint64_t>(1);
  for (int i = 0; i < 1000; ++i) nested.number(GgufType::kArray).number<uint64_t>(1);
  EXPECT_EQ(open(nested), "unsupported");
}

TEST_F(GgufHostile, Alignment) {
  const auto with = [&](uint32_t alignment) {
    Builder b;
    b.head(1, 1).key("general.alignment", GgufType::kU32).number(alignment).tensor("t", {8}, 0, 0);
    return open(b.data(32, std::max<size_t>(1, std::min<size_t>(alignment, 1 << 20))));
  };
  for (const uint32_t good : {8u, 16u, 32u, 64u, 4096u, 1u << 20})
    EXPECT_EQ(with(good), "ok") << good << message_;
  for (const uint32_t bad : {0u, 1u, 4u, 24u, 33u, 1u << 21, 0xffffffffu})
    EXPECT_EQ(with(bad), "bad_file") << bad;
  EXPECT_EQ(open(Builder().head(0, 1).key("general.alignment", GgufType::kString).text("32")), "bad_file");
}

TEST_F(GgufHostile, TensorShapes) {
  const auto with = [&](std::vector<uint64_t> dims, uint32_t type = 0) {
    return open(Builder().head(1, 0).tensor("t", std::move(dims), type, 0).data(256));
  };
  EXPECT_EQ(with({2, 2, 2, 2}), "ok");
  EXPECT_EQ(with({}), "bad_file");
  EXPECT_EQ(with({2, 2, 2, 2, 2}), "bad_file");
  EXPECT_EQ(with({2, 0}), "bad_file");
  EXPECT_EQ(with({65}), "bad_file");
  EXPECT_EQ(with({uint64_t{1} << 62}), "bad_file");
  EXPECT_EQ(with({uint64_t{1} << 32, uint64_t{1} << 32}), "bad_file");
  EXPECT_EQ(with({UINT64_MAX}), "bad_file");
  EXPECT_EQ(with({16, 2}, 8), "bad_file");  // rows of half a block
  EXPECT_EQ(with({128, 4}, 36), "ok");
  EXPECT_EQ(with({64, 3}, 36), "ok");  // no published layout, but some layout
  EXPECT_EQ(with({3, 3}, 36), "unsupported");
  EXPECT_NE(message_.find("multiples of 4"), std::string::npos) << message_;
}

TEST_F(GgufHostile, TensorPlaces) {
  const auto two = [&](uint64_t first, uint64_t second, std::string_view name = "b") {
    return open(Builder().head(2, 0).tensor("a", {12}, 0, first).tensor(name, {8}, 0, second).data(128));
  };
  EXPECT_EQ(two(0, 64), "ok");
  EXPECT_EQ(two(32, 0), "ok");
  EXPECT_EQ(two(64, 0), "bad_file");
  EXPECT_NE(message_.find("'a' starts 32 bytes after the end of 'b'"), std::string::npos) << message_;
  EXPECT_EQ(two(0, 96), "bad_file");
  EXPECT_EQ(two(32, 80), "bad_file");
  EXPECT_EQ(two(32, 96), "bad_file");
  EXPECT_NE(message_.find("the data's start"), std::string::npos) << message_;
  EXPECT_EQ(two(0, 32), "bad_file");
  EXPECT_NE(message_.find("'a' and 'b' overlap"), std::string::npos) << message_;
  EXPECT_EQ(two(32, 32), "bad_file");
  EXPECT_EQ(two(0, 65), "bad_file");
  EXPECT_EQ(two(0, 128), "bad_file");
  EXPECT_EQ(two(0, UINT64_MAX - 31), "bad_file");
  EXPECT_EQ(two(0, 64, "a"), "bad_file");
  EXPECT_NE(message_.find("'a' occurs twice"), std::string::npos) << message_;
  EXPECT_EQ(open(Builder().head(1, 0).tensor("t", {1}, 0, 0)), "bad_file");  // ends before the data's start
}

// What fits the file may still be much more in memory.
TEST_F(GgufHostile, NumbersAreBounded) {
  const std::string zeros(70'000 * 33, '\0');
  EXPECT_EQ(open(Builder().head(65'537, 0).raw(zeros)), "unsupported");
  EXPECT_NE(message_.find("tensor count: 65537"), std::string::npos) << message_;
  EXPECT_EQ(open(Builder().head(0, 65'537).raw(zeros)), "unsupported");
  EXPECT_NE(message_.find("metadata count: 65537"), std::string::npos) << message_;
  const auto arrays = [&](uint64_t first, uint64_t second) {
    Builder builder;
    builder.head(0, 2);
    for (const auto& [key, n] : {std::pair("a", first), {"b", second}})
      builder.key(key, GgufType::kArray).number(GgufType::kU8).number(n).raw(std::string(n, '\0'));
    return open(builder);
  };
  EXPECT_EQ(arrays(4'000'000, 194'304), "ok");
  EXPECT_EQ(arrays(4'000'000, 194'305), "unsupported");
  EXPECT_NE(message_.find("b: 194305"), std::string::npos) << message_;
  const auto text = [&](size_t n) {
    return open(Builder().head(0, 1).key("s", GgufType::kString).text(std::string(n, 'x')));
  };
  EXPECT_EQ(text(1 << 20), "ok");
  EXPECT_EQ(text((1 << 20) + 1), "unsupported");
}

TEST_F(GgufHostile, ForeignTypesAreNamed) {
  const std::pair<uint32_t, const char*> types[] = {
      {16, "IQ2_XXS"},        {38, "TL1"},     {39, "MXFP4"},      {39, "TL2"},
      {40, "NVFP4"},          {41, "Q1_0"},    {42, "Q2_0"},       {42, "TL2"},
      {134, "IQ1_BN"},        {135, "IQ2_BN"}, {335, "IQ2_BN_R4"}, {4, "unknown"},
      {0xffffffff, "unknown"}};
  for (const auto& [id, name] : types) {
    EXPECT_EQ(open(Builder().head(1, 0).tensor("odd", {256}, id, 0).data(1024)), "unsupported");
    for (const std::string& part :
         {std::string(name), fmt::format("type {}", id), std::string("'odd'"), path_}) {
      EXPECT_NE(message_.find(part), std::string::npos) << message_ << " lacks " << part;
    }
  }
}

TEST_F(GgufHostile, IdsThatForksGaveTwiceAreToldApartBySize) {
  const auto with = [&](uint32_t id, size_t bytes, std::vector<uint64_t> dims = {256, 16}) {
    EXPECT_EQ(open(Builder().head(1, 0).tensor("odd", std::move(dims), id, 0).data(bytes)), "unsupported");
    return message_;
  };
  const auto has = [](const std::string& message, std::string_view part) {
    EXPECT_NE(message.find(part), std::string::npos) << message << " lacks " << part;
  };
  constexpr uint64_t kWeights = 256 * 16;
  has(with(39, kWeights / 32 * 17), "by its size MXFP4");
  has(with(39, kWeights / 4), "by its size TL2");
  has(with(42, kWeights / 64 * 18), "by its size Q2_0 of llama.cpp");
  has(with(42, kWeights / 128 * 34), "by its size Q2_0 of PrismML");
  has(with(42, kWeights / 128 * 34 + 31), "by its size Q2_0 of PrismML");  // padding
  has(with(42, kWeights / 4), "by its size TL2");
  // 18 bytes a 64 and 34 a 128 are within an alignment of one another here.
  const std::string both = with(42, 36, {128});
  has(both, "; if Q2_0 of llama.cpp or Q2_0 of PrismML's fork, it has a scale a block");
  has(both, "; if TL2 of bitnet.cpp, its order of weights");
  has(with(38, 128), "take the model's I2_S file, or convert its safetensors");
  has(with(135, 136), "take that one (I2_S, TQ2_0)");
  has(with(140, 300), "a type of ik_llama.cpp");
  has(with(16, 132), "convert the model to one of F32");
  // Sizes that overflow fit nothing.
  has(with(39, 64, {UINT64_MAX / 32 * 32, UINT64_MAX}), "by its size TL2");
}

TEST_F(GgufHostile, OtherFilesAreNamed) {
  const auto says = [&](const std::string& bytes, std::string_view part) {
    EXPECT_EQ(open(bytes), "bad_file");
    EXPECT_NE(message_.find(part), std::string::npos) << message_ << " lacks " << part;
  };
  says(std::string("PK\x03\x04") + std::string(100, '\0'), "PyTorch checkpoint");
  says(std::string("PK\x03\x04") + std::string(100, '\0'), "gpu/");
  says(std::string("\x08\0\0\0\0\0\0\0{\"a\": {}", 16), "safetensors");
  says("tjgg0000", "before GGUF");
  says("hello", "GGUF file or a Hugging Face folder");
}

}  // namespace
}  // namespace tern
