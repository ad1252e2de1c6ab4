#include "io/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "base/testing.h"
#include "io/npy.h"
#include "quant/blocks.h"

namespace tern {
namespace {

using testing::golden;

TEST(Safetensors, ShardsByTheSafetensorsLibraryHoldTheirValues) {
  const auto opened = Safetensors::open_folder(golden("formats/sharded"));
  ASSERT_TRUE(opened) << opened.error().message();
  const Safetensors& model = **opened;
  EXPECT_EQ(model.tensors().size(), 4u);
  EXPECT_EQ(model.path(), golden("formats/sharded"));
  EXPECT_EQ(model.find("e"), nullptr);
  for (const char* name : {"a", "b", "c", "d"}) {
    const auto expected = read_npy(golden(fmt::format("formats/sharded/{}.npy", name)));
    ASSERT_TRUE(expected) << expected.error().message();
    const TensorEntry* entry = model.find(name);
    ASSERT_NE(entry, nullptr) << name;
    EXPECT_EQ(entry->shape, expected->shape);
    std::vector<float> values(entry->elements());
    if (entry->dtype == DType::kU8) {
      std::copy(entry->bytes.begin(), entry->bytes.end(), values.begin());
    } else {
      ASSERT_TRUE(dequantize(entry->dtype, entry->bytes.data(), values.size(), values.data()));
    }
    EXPECT_EQ(values, expected->values) << name;
  }
}

class SafetensorsHostile : public ::testing::Test {
 protected:
  std::string open_bytes(const std::string& bytes) {
    testing::write_file(path_, bytes);
    return result(Safetensors::open_file(path_));
  }
  std::string open(std::string_view header, size_t data) {
    return open_bytes(file(header, std::string(data, 'x')));
  }
  static std::string file(std::string_view header, const std::string& data) {
    const uint64_t n = header.size();
    std::string bytes(reinterpret_cast<const char*>(&n), sizeof n);
    return bytes.append(header).append(data);
  }
  std::string result(const Result<std::unique_ptr<Safetensors>>& opened) {
    if (!opened) {
      message_ = opened.error().message();
      return std::string(error_name(opened.error().code()));
    }
    uint64_t sum = 0;
    for (const TensorEntry& entry : (*opened)->tensors()) {
      EXPECT_EQ(dtype_bytes(entry.dtype, entry.elements()), entry.bytes.size());
      for (const uint8_t byte : entry.bytes) sum += byte;
    }
    sink_ = sum;
    return "ok";
  }

  testing::TempFolder folder_;
  std::string path_ = folder_.file("model.safetensors");
  std::string message_;
  volatile uint64_t sink_ = 0;
};

constexpr std::string_view kTwo =
    R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},)"
    R"("b":{"dtype":"BF16","shape":[3],"data_offsets":[8,14]}}   )";

TEST_F(SafetensorsHostile, TruncatedAtEveryByte) {
  const std::string good = file(kTwo, std::string(14, 'x'));
  EXPECT_EQ(open_bytes(good), "ok") << message_;
  for (size_t n = 0; n < good.size(); ++n) EXPECT_EQ(open_bytes(good.substr(0, n)), "bad_file") << n;
  EXPECT_EQ(open_bytes(good + "x"), "bad_file");
}

TEST_F(SafetensorsHostile, RandomMutations) {
  const std::string good = file(kTwo, std::string(14, 'x'));
  std::mt19937 random(158);
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string bad = good;
    for (uint32_t edits = 1 + random() % 3; edits > 0; --edits) {
      const size_t at = random() % (8 + kTwo.size());
      constexpr std::string_view kAlphabet = R"({}[],:"0129-e. \u)";
      if (random() % 2 == 0) {
        bad[at] = kAlphabet[random() % kAlphabet.size()];
      } else {
        bad[at] = static_cast<char>(random());
      }
    }
    refused += open_bytes(bad) != "ok";
  }
  EXPECT_GT(refused, 1000);
}

TEST_F(SafetensorsHostile, Headers) {
  EXPECT_EQ(open("{}", 0), "ok");
  EXPECT_EQ(open("[]", 0), "bad_file");
  EXPECT_EQ(open("", 0), "bad_file");
  EXPECT_EQ(open("{", 0), "bad_file");
  EXPECT_EQ(open("{}", 1), "bad_file");
  EXPECT_EQ(open(std::string(100000, '['), 0), "bad_file");
  EXPECT_EQ(open("{}" + std::string((16 << 20) - 2, ' '), 0), "ok") << message_;
  EXPECT_EQ(open("{}" + std::string((16 << 20) - 1, ' '), 0), "unsupported");
  for (const uint64_t n : {uint64_t{3}, uint64_t{100'000'001}, UINT64_MAX, UINT64_MAX - 7}) {
    std::string bytes(reinterpret_cast<const char*>(&n), sizeof n);
    EXPECT_EQ(open_bytes(bytes + "{}"), "bad_file") << n;
  }
  EXPECT_EQ(
      open(
          R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
          1),
      "bad_file");
  EXPECT_NE(message_.find("'a' occurs twice"), std::string::npos) << message_;
  EXPECT_EQ(open(R"({"a":{"dtype":"U8","dtype":"F32","shape":[1],"data_offsets":[0,1]}})", 1), "bad_file");
}

TEST_F(SafetensorsHostile, Entries) {
  const auto entry = [&](std::string_view line, size_t data) {
    return open(fmt::format(R"({{"t":{}}})", line), data);
  };
  EXPECT_EQ(entry(R"({"dtype":"F16","shape":[2,3],"data_offsets":[0,12]})", 12), "ok") << message_;
  EXPECT_EQ(entry(R"({"dtype":"F16","shape":[],"data_offsets":[0,2]})", 2), "ok") << message_;
  EXPECT_EQ(entry(R"({"dtype":"F16","shape":[0,5],"data_offsets":[0,0]})", 0), "ok") << message_;
  for (const char* dtype : {"I64", "F8_E4M3", "f32", "", "TQ1_0"}) {
    EXPECT_EQ(entry(fmt::format(R"({{"dtype":"{}","shape":[2],"data_offsets":[0,2]}})", dtype), 2),
              "unsupported");
    EXPECT_NE(message_.find(fmt::format("'t': dtype {}", dtype)), std::string::npos) << message_;
  }
  for (const char* line : {R"({"dtype":"U8","shape":[3],"data_offsets":[0,2]})",
                           R"({"dtype":"U8","shape":[2],"data_offsets":[2,0]})",
                           R"({"dtype":"U8","shape":[2],"data_offsets":[1,3]})",
                           R"({"dtype":"U8","shape":[2],"data_offsets":[0]})",
                           R"({"dtype":"U8","shape":[2],"data_offsets":[0,2,2]})",
                           R"({"dtype":"U8","shape":[2]})",
                           R"({"dtype":"U8","data_offsets":[0,2]})",
                           R"({"shape":[2],"data_offsets":[0,2]})",
                           R"({"dtype":7,"shape":[2],"data_offsets":[0,2]})",
                           R"({"dtype":"U8","shape":[-2],"data_offsets":[0,2]})",
                           R"({"dtype":"U8","shape":[2.0],"data_offsets":[0,2]})",
                           R"({"dtype":"U8","shape":2,"data_offsets":[0,2]})",
                           R"({"dtype":"U8","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,2]})",
                           R"({"dtype":"U8","shape":[4294967296,4294967296,2],"data_offsets":[0,2]})",
                           R"({"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]})",
                           R"({"dtype":"U8","shape":[2],"data_offsets":[18446744073709551615,1]})",
                           "null",
                           "3",
                           "[]",
                           R"("x")"}) {
    EXPECT_EQ(entry(line, 2), "bad_file") << line;
  }
  EXPECT_EQ(open(R"({"":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", 2), "bad_file");
  EXPECT_EQ(open(R"({"a\u001b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", 2), "bad_file");
}

TEST_F(SafetensorsHostile, DataIsCoveredExactly) {
  const auto two = [&](int begin, int end, size_t data) {
    return open(fmt::format(R"({{"a":{{"dtype":"U8","shape":[4],"data_offsets":[0,4]}},)"
                            R"("b":{{"dtype":"U8","shape":[{}],"data_offsets":[{},{}]}}}})",
                            end - begin, begin, end),
                data);
  };
  EXPECT_EQ(two(4, 8, 8), "ok");
  EXPECT_EQ(two(3, 8, 8), "bad_file");
  EXPECT_NE(message_.find("overlaps"), std::string::npos) << message_;
  EXPECT_EQ(two(0, 4, 4), "bad_file");
  EXPECT_EQ(two(5, 8, 8), "bad_file");
  EXPECT_NE(message_.find("hole"), std::string::npos) << message_;
  EXPECT_EQ(two(4, 7, 8), "bad_file");
}

class SafetensorsIndex : public SafetensorsHostile {
 protected:
  std::string open_index(std::string_view index) {
    testing::write_file(folder_.file("model.safetensors.index.json"), index);
    return result(Safetensors::open_folder(folder_.path()));
  }
  void add_shard(std::string_view name, std::string_view tensor) {
    testing::write_file(
        folder_.file(name),
        file(fmt::format(R"({{"{}":{{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}}})", tensor), "xy"));
  }
};

TEST_F(SafetensorsIndex, Shards) {
  add_shard("one", "a");
  add_shard("two", "b");
  EXPECT_EQ(open_index(R"({"weight_map":{"a":"one","b":"two"}})"), "ok") << message_;
  EXPECT_EQ(open_index(R"({"weight_map":{"a":"one","b":"one"}})"), "bad_file");
  EXPECT_NE(message_.find("'b' is not in one"), std::string::npos) << message_;
  EXPECT_EQ(open_index(R"({"weight_map":{"a":"two","b":"two"}})"), "bad_file");
  EXPECT_EQ(open_index(R"({"weight_map":{"a":"two","b":"one"}})"), "bad_file");
  EXPECT_EQ(open_index(R"({"weight_map":{"a":"absent"}})"), "not_found");
  add_shard("two", "a");
  EXPECT_EQ(open_index(R"({"weight_map":{"a":"one","b":"two"}})"), "bad_file");
}

TEST_F(SafetensorsIndex, NamesStayInTheFolder) {
  add_shard("one", "a");
  for (const char* name : {"../one", "/etc/passwd", "a/one", "..", ".", "", "a\\\\one", "on\\u0000e"}) {
    EXPECT_EQ(open_index(fmt::format(R"({{"weight_map":{{"a":"{}"}}}})", name)), "bad_file") << name;
  }
}

TEST_F(SafetensorsIndex, BrokenIndexes) {
  for (const char* index : {"", "{", "[]", "{}", R"({"weight_map":[]})", R"({"weight_map":{}})",
                            R"({"weight_map":{"a":1}})", R"({"weight_map":{"a":"one","a":"two"}})"}) {
    EXPECT_EQ(open_index(index), "bad_file") << index;
  }
}

TEST_F(SafetensorsIndex, FolderErrors) {
  EXPECT_EQ(result(Safetensors::open_folder(folder_.path())), "not_found");
  EXPECT_EQ(result(Safetensors::open_folder(folder_.file("absent"))), "not_found");
}

}  // namespace
}  // namespace tern
