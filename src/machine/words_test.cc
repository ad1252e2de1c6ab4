#include "machine/words.h"

#include <gtest/gtest.h>

namespace tern {
namespace {

TEST(Words, Amounts) {
  EXPECT_EQ(amount_text(0), "0 bytes");
  EXPECT_EQ(amount_text(999), "999 bytes");
  EXPECT_EQ(amount_text(1000), "1.00 kB");
  EXPECT_EQ(amount_text(9995), "10.0 kB");
  EXPECT_EQ(amount_text(99950), "100 kB");
  EXPECT_EQ(amount_text(760'000'000), "760 MB");
  EXPECT_EQ(amount_text(999'500'000), "1.00 GB");
  EXPECT_EQ(amount_text(1.5e15), "1500 TB");
}

TEST(Words, Counts) {
  EXPECT_EQ(counted(0, "thread"), "0 threads");
  EXPECT_EQ(counted(1, "thread"), "1 thread");
  EXPECT_EQ(counted(2, "thread"), "2 threads");
}

}  // namespace
}  // namespace tern
