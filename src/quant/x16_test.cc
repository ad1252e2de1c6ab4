#include "quant/x16.h"

#include <gtest/gtest.h>

#include <bit>
#include <set>
#include <vector>

#include "quant/testing.h"

namespace tern {
namespace {

class X16 : public ::testing::TestWithParam<DType> {
 protected:
  std::vector<uint8_t> interleaved(const std::vector<std::vector<uint8_t>>& rows) const {
    std::vector<const uint8_t*> pointers;
    for (const std::vector<uint8_t>& row : rows) pointers.push_back(row.data());
    std::vector<uint8_t> group(x16_bytes(rows.size(), row_bytes()), 0xff);
    interleave_x16(GetParam(), pointers, row_bytes(), group.data());
    return group;
  }
  uint64_t row_bytes() const { return 2 * static_cast<uint64_t>(dtype_info(GetParam()).block_bytes); }
};

// That it is the right place is what the kernels' tests show.
TEST_P(X16, EveryBitOfARowHasAPlaceOfItsOwn) {
  std::vector<std::vector<uint8_t>> rows(kX16Rows, std::vector<uint8_t>(row_bytes()));
  std::set<size_t> places;
  const std::vector<size_t> tried = {0, 6, 15};
  for (const size_t r : tried) {
    std::vector<uint8_t>& row = rows[r];
    for (size_t bit = 0; bit < 8 * row.size(); ++bit) {
      row[bit / 8] = static_cast<uint8_t>(1u << bit % 8);
      const std::vector<uint8_t> group = interleaved(rows);
      row[bit / 8] = 0;
      int set = 0;
      for (size_t i = 0; i < group.size(); ++i) {
        if (group[i] == 0) continue;
        set += std::popcount(group[i]);
        places.insert(8 * i + static_cast<size_t>(std::countr_zero(group[i])));
      }
      ASSERT_EQ(set, 1) << "bit " << bit;
    }
  }
  EXPECT_EQ(places.size(), 8 * tried.size() * row_bytes());
}

TEST_P(X16, AShortGroupIsFilledUpWithZeroRows) {
  std::vector<std::vector<uint8_t>> rows(3, std::vector<uint8_t>(row_bytes(), 0xa5));
  const std::vector<uint8_t> group = interleaved(rows);
  rows.resize(kX16Rows, std::vector<uint8_t>(row_bytes()));
  EXPECT_EQ(group, interleaved(rows));
}

INSTANTIATE_TEST_SUITE_P(Formats, X16, ::testing::ValuesIn(testing::block_formats()),
                         [](const auto& info) { return std::string(dtype_info(info.param).name); });

}  // namespace
}  // namespace tern
