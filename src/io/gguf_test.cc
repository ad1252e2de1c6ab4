// The reader against files by gguf-py, the writer byte for byte against gguf-py.
#include "io/gguf.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/testing.h"
#include "io/npy.h"
#include "quant/blocks.h"
#include "ternary/packing.h"

namespace tern {
namespace {

using testing::golden;

std::vector<float> values_of(const TensorEntry& entry) {
  std::vector<float> values(entry.elements());
  if (!dtype_is_ternary(entry.dtype)) {
    EXPECT_TRUE(dequantize(entry.dtype, entry.bytes.data(), values.size(), values.data()));
    return values;
  }
  std::vector<int8_t> trits(values.size());
  float scale = 0;
  auto* decode = entry.dtype == DType::kTQ1_0 ? decode_tq1_0 : decode_tq2_0;
  if (entry.dtype == DType::kI2_S) decode = decode_i2s;
  EXPECT_TRUE(decode(entry.bytes, values.size(), trits.data(), &scale));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(trits[i]) * scale;
  return values;
}

TEST(Gguf, TensorsOfEveryTypeHoldTheValuesThatGgufPyReads) {
  size_t seen = 0;
  for (const char* name : {"formats/all_types.gguf", "formats/blocks.gguf", "formats/i2_s.gguf"}) {
    const auto file = Gguf::open(golden(name));
    ASSERT_TRUE(file) << file.error().message();
    for (const TensorEntry& entry : (*file)->tensors()) {
      const auto expected = read_npy(golden("formats/" + entry.name + ".npy"));
      ASSERT_TRUE(expected) << expected.error().message();
      EXPECT_EQ(entry.shape, expected->shape) << entry.name;
      const std::vector<float> values = values_of(entry);
      ASSERT_EQ(values.size(), expected->values.size()) << entry.name;
      EXPECT_EQ(std::memcmp(values.data(), expected->values.data(), values.size() * sizeof(float)), 0)
          << entry.name;
      EXPECT_EQ((*file)->find(entry.name), &entry);
      ++seen;
    }
    EXPECT_EQ((*file)->find("absent"), nullptr);
  }
  EXPECT_EQ(seen, 17u);
}

TEST(Gguf, MetadataOfEveryType) {
  const auto opened = Gguf::open(golden("formats/all_types.gguf"));
  ASSERT_TRUE(opened) << opened.error().message();
  const Gguf& file = **opened;
  EXPECT_EQ(**file.get_string("general.architecture"), "tern-test");
  EXPECT_EQ(**file.get_uint("test.u8"), 200u);
  EXPECT_EQ(**file.get_uint("test.u16"), 60000u);
  EXPECT_EQ(**file.get_uint("test.u32"), 4'000'000'000u);
  EXPECT_EQ(**file.get_uint("test.u64"), std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(file.metadata().at("test.i8"), GgufValue(int64_t{-100}));
  EXPECT_EQ(file.metadata().at("test.i16"), GgufValue(int64_t{-30000}));
  EXPECT_EQ(file.metadata().at("test.i32"), GgufValue(int64_t{-2'000'000'000}));
  EXPECT_EQ(file.metadata().at("test.i64"), GgufValue(std::numeric_limits<int64_t>::min()));
  EXPECT_EQ(**file.get_float("test.f32"), static_cast<double>(0.1f));
  EXPECT_EQ(**file.get_float("test.f64"), 0.1);
  EXPECT_EQ(**file.get_bool("test.bool"), true);
  EXPECT_EQ(**file.get_string("test.string"), "tern é");
  ASSERT_NE(file.get_strings("test.strings"), nullptr);
  EXPECT_EQ(*file.get_strings("test.strings"), (std::vector<std::string>{"", "a", "日本"}));
  EXPECT_EQ(**file.get_ints("test.i32s"), (std::vector<int64_t>{1, -2, 3}));
  EXPECT_EQ(file.metadata().at("test.f32s"), GgufValue(std::vector<double>{0.5, -1.5}));
  EXPECT_EQ(file.metadata().at("test.bools"), GgufValue(std::vector<bool>{true, false}));
}

TEST(Gguf, LookUpsOfAbsentKeysAndOtherTypes) {
  const auto opened = Gguf::open(golden("formats/all_types.gguf"));
  ASSERT_TRUE(opened);
  const Gguf& file = **opened;
  EXPECT_EQ(*file.get_uint("absent"), std::nullopt);
  EXPECT_EQ(*file.get_float("absent"), std::nullopt);
  EXPECT_EQ(*file.get_ints("absent"), std::nullopt);
  EXPECT_EQ(file.get_strings("absent"), nullptr);
  EXPECT_EQ(file.get_uint("test.i8").error().code(), ErrorCode::kBadFile);  // negative
  EXPECT_EQ(file.get_uint("test.f32").error().code(), ErrorCode::kBadFile);
  EXPECT_EQ(file.get_float("test.u8").error().code(), ErrorCode::kBadFile);
  EXPECT_EQ(file.get_bool("test.u8").error().code(), ErrorCode::kBadFile);
  EXPECT_EQ(file.get_string("test.u8").error().code(), ErrorCode::kBadFile);
  EXPECT_EQ(file.get_ints("test.f32s").error().code(), ErrorCode::kBadFile);
  EXPECT_EQ(file.get_strings("test.i32s"), nullptr);
}

TEST(Gguf, OpenErrors) {
  testing::TempFolder folder;
  EXPECT_EQ(Gguf::open(folder.file("absent")).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(Gguf::open(folder.path()).error().code(), ErrorCode::kBadFile);
  testing::write_file(folder.file("empty"), "");
  EXPECT_EQ(Gguf::open(folder.file("empty")).error().code(), ErrorCode::kBadFile);
}

template <typename T>
std::function<Status(const GgufWriter::Sink&)> produce(std::vector<T> values) {
  return [values](const GgufWriter::Sink& sink) {
    return sink(std::span(reinterpret_cast<const uint8_t*>(values.data()), values.size() * sizeof(T)));
  };
}

TEST(GgufWriter, WritesTheBytesOfGgufPy) {
  testing::TempFolder folder;
  GgufWriter writer;
  writer.add_string("general.architecture", "bitnet");
  writer.add_u32("bitnet.block_count", 30);
  writer.add_f32("bitnet.rope.freq_base", 500000.0f);
  writer.add_bool("tokenizer.ggml.add_bos_token", true);
  writer.add_strings("tokenizer.ggml.tokens", {"a", "", "Ġb"});
  writer.add_i32s("tokenizer.ggml.token_type", {1, 3, 1});
  writer.add_f32s("tern.linear_scales", {0.5f, 1.25f});
  writer.add_tensor("first", DType::kF32, {2, 3}, produce<float>({0, 1, 2, 3, 4, 5}));
  writer.add_tensor("second", DType::kF16, {5}, produce<uint16_t>({0, 0x3c00, 0x4000, 0x4200, 0x4400}));
  const std::string path = folder.file("out.gguf");
  uint64_t done = 0, total = 0;
  const Status status = writer.write(path, [&](uint64_t d, uint64_t t) { done = d, total = t; });
  ASSERT_TRUE(status) << status.error().message();
  const std::string expected = testing::read_file(golden("formats/writer.gguf"));
  EXPECT_TRUE(testing::read_file(path) == expected);
  EXPECT_EQ(total, expected.size());
  EXPECT_LE(done, total);
}

TEST(GgufWriter, ValuesComeBackInTheNarrowestTypeThatHoldsThem) {
  testing::TempFolder folder;
  const double infinity = std::numeric_limits<double>::infinity();
  // The type of an element, or of the value itself, that must be in the file.
  const std::vector<std::pair<GgufValue, GgufType>> cases = {
      {true, GgufType::kBool},
      {uint64_t{0}, GgufType::kU32},
      {uint64_t{UINT32_MAX}, GgufType::kU32},
      {uint64_t{UINT32_MAX} + 1, GgufType::kU64},
      {UINT64_MAX, GgufType::kU64},
      {int64_t{-1}, GgufType::kI32},
      {int64_t{INT32_MIN}, GgufType::kI32},
      {int64_t{INT32_MIN} - 1, GgufType::kI64},
      {INT64_MIN, GgufType::kI64},
      {int64_t{5}, GgufType::kU32},
      {0.5, GgufType::kF32},
      {0.1, GgufType::kF64},
      {1e300, GgufType::kF64},
      {-infinity, GgufType::kF32},
      {std::string("a\0b", 3), GgufType::kString},
      {std::vector<bool>{true, false, true}, GgufType::kBool},
      {std::vector<bool>{}, GgufType::kBool},
      {std::vector<int64_t>{-1, INT32_MAX}, GgufType::kI32},
      {std::vector<int64_t>{INT64_MIN, 0}, GgufType::kI64},
      {std::vector<uint64_t>{0, UINT64_MAX}, GgufType::kU64},
      {std::vector<double>{0.5, infinity}, GgufType::kF32},
      {std::vector<double>{0.5, 0.1}, GgufType::kF64},
      {std::vector<std::string>{"", "x"}, GgufType::kString},
  };
  const std::string path = folder.file("out.gguf");
  for (size_t i = 0; i < cases.size(); ++i) {
    GgufWriter writer;
    writer.add_value("key", cases[i].first);
    EXPECT_TRUE(writer.has("key"));
    ASSERT_TRUE(writer.write(path, {}));
    const auto file = Gguf::open(path);
    ASSERT_TRUE(file) << i << ": " << file.error().message();
    const GgufValue& back = (*file)->metadata().at("key");
    const auto* const wide = std::get_if<int64_t>(&cases[i].first);
    if (wide != nullptr && *wide >= 0) {  // the sign of the type does not matter
      EXPECT_EQ((*file)->get_uint("key").value(), static_cast<uint64_t>(*wide));
    } else {
      EXPECT_TRUE(back == cases[i].first) << i;
    }
    // Behind magic, version, two counts and the key.
    const std::string bytes = testing::read_file(path).substr(4 + 4 + 8 + 8 + 8 + 3);
    const size_t at = bytes[0] == static_cast<char>(GgufType::kArray) ? 4 : 0;
    EXPECT_EQ(bytes[at], static_cast<char>(cases[i].second)) << i;
  }
  GgufWriter writer;
  writer.add_value("key", std::vector<double>{std::nan("")});
  ASSERT_TRUE(writer.write(path, {}));
  EXPECT_TRUE(std::isnan(std::get<std::vector<double>>((*Gguf::open(path))->metadata().at("key")).at(0)));
}

TEST(GgufWriter, RefusesMoreThanTheReaderTakes) {
  testing::TempFolder folder;
  const auto refusal = [&](const std::function<void(GgufWriter&)>& fill) {
    GgufWriter writer;
    fill(writer);
    const Status status = writer.write(folder.file("out.gguf"), {});
    EXPECT_EQ(status.has_value(), writer.check().has_value());
    if (status) {
      EXPECT_TRUE(Gguf::open(folder.file("out.gguf")));
    }
    return status ? "" : status.error().message();
  };
  const size_t items = size_t{1} << 21;
  const std::vector<float> half(items);
  EXPECT_EQ(refusal([&](GgufWriter& w) { w.add_f32s("a", half), w.add_f32s("b", half); }), "");
  EXPECT_NE(refusal([&](GgufWriter& w) {
              w.add_f32s("a", half);
              w.add_f32s("b", half);
              w.add_f32s("c", {1});
            }).find("4194305 array items, more than the 4194304"),
            std::string::npos);
  EXPECT_EQ(refusal([&](GgufWriter& w) { w.add_string("a", std::string(1 << 20, 'x')); }), "");
  EXPECT_NE(refusal([&](GgufWriter& w) {
              w.add_strings("a", {std::string((1 << 20) + 1, 'x')});
            }).find("in one text"),
            std::string::npos);
}

TEST(GgufWriter, RefusesProducersOfTheWrongLengthAndLeavesNoFile) {
  testing::TempFolder folder;
  const std::string path = folder.file("out.gguf");
  testing::write_file(path, "old");
  for (const size_t n : {0u, 5u, 7u}) {
    GgufWriter writer;
    writer.add_tensor("t", DType::kF32, {2, 3}, produce(std::vector<float>(n)));
    EXPECT_EQ(writer.write(path, {}).error().code(), ErrorCode::kInternal) << n;
    EXPECT_EQ(testing::read_file(path), "old");
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(GgufWriter, RefusesWhatTheReaderWouldRefuse) {
  testing::TempFolder folder;
  const auto code = [&](DType dtype, std::vector<uint64_t> shape, std::string second = "b") {
    GgufWriter writer;
    writer.add_tensor("a", DType::kF32, {1}, produce<float>({1}));
    writer.add_tensor(std::move(second), dtype, std::move(shape), produce<float>({}));
    const Status status = writer.write(folder.file("out.gguf"), {});
    return status ? std::string("ok") : std::string(error_name(status.error().code()));
  };
  EXPECT_EQ(code(DType::kF32, {}), "bad_file");
  EXPECT_EQ(code(DType::kF32, {1, 1, 1, 1, 1}), "bad_file");
  EXPECT_EQ(code(DType::kF32, {0}), "bad_file");
  EXPECT_EQ(code(DType::kF32, {uint64_t{1} << 32, uint64_t{1} << 32}), "bad_file");
  EXPECT_EQ(code(DType::kQ8_0, {32, 33}), "bad_file");
  EXPECT_EQ(code(DType::kI2_S, {3, 3}), "unsupported");
  EXPECT_EQ(code(DType::kU8, {3}), "unsupported");
  EXPECT_EQ(code(DType::kF32, {1}, "a"), "invalid_argument");
  EXPECT_EQ(code(DType::kF32, {1}, ""), "invalid_argument");
}

TEST(GgufWriter, ErrorOfAProducerIsPassedOn) {
  testing::TempFolder folder;
  GgufWriter writer;
  writer.add_tensor("t", DType::kF32, {1}, [](const GgufWriter::Sink&) -> Status {
    return fail(ErrorCode::kNonFinite, "source row 3");
  });
  EXPECT_EQ(writer.write(folder.file("out.gguf"), {}).error().code(), ErrorCode::kNonFinite);
  EXPECT_FALSE(std::filesystem::exists(folder.file("out.gguf")));
}

}  // namespace
}  // namespace tern
