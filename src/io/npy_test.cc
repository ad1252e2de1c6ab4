#include "io/npy.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/testing.h"

namespace tern {
namespace {

using testing::golden;

TEST(Npy, WritesTheBytesOfNumpy) {
  testing::TempFolder folder;
  for (const char* name :
       {"formats/f32.npy", "formats/quantize_in.npy", "formats/sharded/a.npy", "formats/sharded/d.npy"}) {
    const auto array = read_npy(golden(name));
    ASSERT_TRUE(array) << array.error().message();
    ASSERT_TRUE(write_npy(folder.file("out.npy"), array->values, array->shape));
    EXPECT_TRUE(testing::read_file(folder.file("out.npy")) == testing::read_file(golden(name))) << name;
  }
}

TEST(Npy, ShapesRoundTrip) {
  testing::TempFolder folder;
  for (const std::vector<uint64_t>& shape :
       std::vector<std::vector<uint64_t>>{{}, {0}, {6}, {2, 3}, {3, 0, 5}, std::vector<uint64_t>(32, 1)}) {
    uint64_t n = 1;
    for (const uint64_t d : shape) n *= d;
    std::vector<float> values(n);
    for (uint64_t i = 0; i < n; ++i) values[i] = static_cast<float>(i) - 2.5f;
    ASSERT_TRUE(write_npy(folder.file("a.npy"), values, shape));
    const auto back = read_npy(folder.file("a.npy"));
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(back->shape, shape);
    EXPECT_EQ(back->values, values);
  }
}

class NpyHostile : public ::testing::Test {
 protected:
  std::string read(const std::string& bytes) {
    testing::write_file(folder_.file("a.npy"), bytes);
    const auto array = read_npy(folder_.file("a.npy"));
    return array ? "ok" : std::string(error_name(array.error().code()));
  }
  std::string with_header(std::string header, size_t data = 24, int major = 1) {
    header += '\n';
    std::string bytes = "\x93NUMPY";
    bytes += static_cast<char>(major);
    bytes += '\0';
    const auto n = static_cast<uint32_t>(header.size());
    bytes.append(reinterpret_cast<const char*>(&n), major == 1 ? 2 : 4);
    return read(bytes + header + std::string(data, '\0'));
  }
  testing::TempFolder folder_;
};

TEST_F(NpyHostile, Headers) {
  EXPECT_EQ(with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"), "ok");
  EXPECT_EQ(with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 24, 2), "ok");
  EXPECT_EQ(with_header("{'shape':(6,),'fortran_order':False,'descr':'<f4'}   "), "ok");
  for (const char* header :
       {"{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '>f4', 'fortran_order': False, 'shape': (6,), }",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }",
        "{'descr': '<f4', 'fortran_order': False, }", "{'descr': '<f4', 'shape': (6,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-6,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (5,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), } x",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (6,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'x': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904,), }", "{", "", "()",
        "{'shape': (6"}) {
    EXPECT_EQ(with_header(header), "bad_file") << header;
  }
  EXPECT_EQ(with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 24, 3), "bad_file");
}

TEST_F(NpyHostile, TruncatedAtEveryByte) {
  const std::string good = testing::read_file(golden("formats/sharded/a.npy"));
  EXPECT_EQ(read(good), "ok");
  for (size_t n = 0; n < good.size(); ++n) EXPECT_EQ(read(good.substr(0, n)), "bad_file") << n;
  EXPECT_EQ(read(good + "x"), "bad_file");
}

TEST_F(NpyHostile, AbsentFile) {
  EXPECT_EQ(read_npy(folder_.file("none")).error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace tern
