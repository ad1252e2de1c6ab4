#include "io/safetensors_writer.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstring>
#include <numeric>

#include "base/interrupt.h"
#include "base/json.h"
#include "base/testing.h"
#include "io/safetensors.h"

namespace tern {
namespace {

/// A producer of the bytes 0, 1, 2 ... in two pieces.
TensorProducer counting(size_t n) {
  return [n](const TensorSink& sink) -> Status {
    std::vector<uint8_t> bytes(n);
    std::iota(bytes.begin(), bytes.end(), uint8_t{0});
    TERN_TRY(sink(std::span(bytes).first(n / 2)));
    return sink(std::span(bytes).subspan(n / 2));
  };
}

struct Parts {
  Json header;
  std::string data;
};

Parts parts_of(const std::string& file) {
  uint64_t length = 0;
  std::memcpy(&length, file.data(), sizeof length);
  EXPECT_EQ(length % 8, 0u);
  return {*parse_json(file.substr(8, length), "header"), file.substr(8 + length)};
}

TEST(SafetensorsWriter, WritesWhatTheSafetensorsLibraryWrites) {
  testing::TempFolder folder;
  SafetensorsWriter writer;
  writer.add_metadata("made by", "tern");
  writer.add_tensor("packed", DType::kU8, {1, 7}, counting(7));
  writer.add_tensor("a", DType::kF16, {2, 3}, counting(12));
  writer.add_tensor("model.norm.weight", DType::kF32, {3}, counting(12));
  writer.add_tensor("b", DType::kF16, {1}, counting(2));
  writer.add_tensor("scale", DType::kF32, {}, counting(4));
  const std::string path = folder.file("model.safetensors");
  uint64_t done = 0, total = 0;
  const Status status = writer.write(path, [&](uint64_t d, uint64_t t) { done = d, total = t; });
  ASSERT_TRUE(status) << status.error().message();
  const Parts ours = parts_of(testing::read_file(path));
  const Parts library = parts_of(testing::read_file(testing::golden("formats/writer.safetensors")));
  EXPECT_EQ(ours.header, library.header);
  EXPECT_EQ(ours.data, library.data);
  EXPECT_EQ(total, std::filesystem::file_size(path));
  EXPECT_EQ(done, total);
}

TEST(SafetensorsWriter, EveryTensorIsAlignedAndReadBack) {
  testing::TempFolder folder;
  SafetensorsWriter writer;
  const std::pair<DType, size_t> shapes[] = {{DType::kU8, 5},   {DType::kF16, 3}, {DType::kF32, 1},
                                             {DType::kBF16, 7}, {DType::kU8, 0},  {DType::kF32, 9}};
  for (size_t i = 0; i < std::size(shapes); ++i) {
    const auto [dtype, n] = shapes[i];
    writer.add_tensor(fmt::format("t{}", i), dtype, {n}, counting(*dtype_bytes(dtype, n)));
  }
  const std::string path = folder.file("model.safetensors");
  ASSERT_TRUE(writer.write(path, {}));
  const auto file = Safetensors::open_file(path);
  ASSERT_TRUE(file) << file.error().message();
  for (size_t i = 0; i < std::size(shapes); ++i) {
    const auto [dtype, n] = shapes[i];
    const TensorEntry* entry = (*file)->find(fmt::format("t{}", i));
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(entry->dtype, dtype);
    EXPECT_EQ(entry->shape, std::vector<uint64_t>{n});
    EXPECT_EQ(reinterpret_cast<uintptr_t>(entry->bytes.data()) % dtype_info(dtype).block_bytes, 0u);
    for (size_t b = 0; b < entry->bytes.size(); ++b) EXPECT_EQ(entry->bytes[b], b);
  }
}

TEST(SafetensorsWriter, RefusesWhatTheReaderWouldRefuse) {
  testing::TempFolder folder;
  const auto code = [&](std::string name, DType dtype, std::vector<uint64_t> shape) {
    SafetensorsWriter writer;
    writer.add_tensor("a", DType::kU8, {1}, counting(1));
    writer.add_tensor(std::move(name), dtype, std::move(shape), counting(0));
    const Status status = writer.write(folder.file("out"), {});
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), status ? 1 : 0);
    return status ? std::string("ok") : std::string(error_name(status.error().code()));
  };
  EXPECT_EQ(code("a", DType::kU8, {0}), "invalid_argument");
  EXPECT_EQ(code("", DType::kU8, {0}), "invalid_argument");
  EXPECT_EQ(code("a\n", DType::kU8, {0}), "invalid_argument");
  EXPECT_EQ(code("__metadata__", DType::kU8, {0}), "invalid_argument");
  EXPECT_EQ(code(std::string(257, 'x'), DType::kU8, {0}), "invalid_argument");
  EXPECT_EQ(code("b", DType::kU8, std::vector<uint64_t>(9, 1)), "invalid_argument");
  EXPECT_EQ(code("b", DType::kF32, {uint64_t{1} << 32, uint64_t{1} << 32}), "invalid_argument");
  EXPECT_EQ(code("b", DType::kU8, {~uint64_t{0}}), "invalid_argument");
  EXPECT_EQ(code("b", DType::kQ8_0, {32}), "unsupported");
  EXPECT_EQ(code("b", DType::kI2_S, {128}), "unsupported");
  EXPECT_EQ(code("b", DType::kU8, {1}), "internal");  // a producer that gives too little
  EXPECT_EQ(code("b", DType::kU8, {0}), "ok");
}

TEST(SafetensorsWriter, StopsOnCtrlC) {
  testing::TempFolder folder;
  install_interrupt_handler();
  SafetensorsWriter writer;
  writer.add_tensor("a", DType::kU8, {2}, [](const TensorSink& sink) -> Status {
    const uint8_t byte[] = {1};
    TERN_TRY(sink(byte));
    ::raise(SIGINT);
    return sink(byte);
  });
  EXPECT_EQ(writer.write(folder.file("out"), {}).error().code(), ErrorCode::kInterrupted);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  clear_interrupt();
  ::signal(SIGINT, SIG_DFL);
}

}  // namespace
}  // namespace tern
