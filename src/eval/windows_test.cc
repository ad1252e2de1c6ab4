#include "eval/windows.h"

#include <gtest/gtest.h>

#include <vector>

namespace tern {
namespace {

/// How often each token is counted, and what stands before it in its window.
struct Seen {
  std::vector<size_t> times, before;
};

Seen walk(size_t tokens, size_t context, size_t stride) {
  Seen seen{std::vector<size_t>(tokens), std::vector<size_t>(tokens)};
  Windows windows(tokens, context, stride);
  const uint64_t expected = windows.counted();
  uint64_t counted = 0;
  size_t last = 0;
  while (const auto window = windows.next()) {
    EXPECT_LE(window->end - window->begin, context);
    EXPECT_LT(window->begin, window->counted);
    EXPECT_LT(window->counted, window->end);
    EXPECT_GE(window->counted, last) << "in the order of the text";
    last = window->end;
    for (size_t i = window->counted; i < window->end; ++i) {
      ++seen.times[i];
      seen.before[i] = i - window->begin;
      ++counted;
    }
  }
  EXPECT_EQ(counted, expected) << tokens << " tokens, context " << context << ", stride " << stride;
  EXPECT_FALSE(windows.next());
  return seen;
}

TEST(Windows, EveryTokenCountsOnceWithEnoughBeforeIt) {
  for (size_t tokens = 0; tokens <= 40; ++tokens) {
    for (size_t context = 2; context <= 12; ++context) {
      for (size_t stride = 1; stride < context; ++stride) {
        const Seen seen = walk(tokens, context, stride);
        for (size_t i = 0; i < tokens; ++i) {
          ASSERT_EQ(seen.times[i], i > 0 ? 1u : 0u)
              << i << " of " << tokens << ", " << context << ", " << stride;
          ASSERT_GE(seen.before[i], std::min(i, context - stride));
        }
      }
    }
  }
}

TEST(Windows, WithoutOverlapTheirFirstTokensDoNotCount) {
  for (size_t tokens = 0; tokens <= 40; ++tokens) {
    for (size_t context = 2; context <= 12; ++context) {
      const Seen seen = walk(tokens, context, context);
      for (size_t i = 0; i < tokens; ++i) ASSERT_EQ(seen.times[i], i % context > 0 ? 1u : 0u);
    }
  }
}

TEST(Windows, AsTheGuideSaysThem) {
  Windows windows(10, 4, 2);
  const size_t expected[][3] = {{0, 1, 4}, {2, 4, 6}, {4, 6, 8}, {6, 8, 10}};
  for (const auto& [begin, counted, end] : expected) {
    const auto window = windows.next();
    ASSERT_TRUE(window);
    EXPECT_EQ(window->begin, begin);
    EXPECT_EQ(window->counted, counted);
    EXPECT_EQ(window->end, end);
  }
  EXPECT_FALSE(windows.next());
}

}  // namespace
}  // namespace tern
