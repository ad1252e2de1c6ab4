#include "engine/stop_strings.h"

#include <gtest/gtest.h>

#include <random>

namespace tern {
namespace {

TEST(StopStrings, CutsBeforeTheFirstMatchAcrossPieces) {
  StopStrings stops({"END", "\n\n"});
  EXPECT_EQ(stops.add("one E"), "one ");
  EXPECT_EQ(stops.add("N"), "");
  EXPECT_EQ(stops.add("Dtail"), "");
  EXPECT_TRUE(stops.found());
  EXPECT_EQ(stops.add("more"), "");
  EXPECT_EQ(stops.finish(), "");
}

TEST(StopStrings, ShowsWhatWasHeldBackAtTheEnd) {
  StopStrings stops({"END"});
  EXPECT_EQ(stops.add("an EN"), "an ");
  EXPECT_EQ(stops.finish(), "EN");
}

// However the text is cut into pieces, what is shown is the text before the first stop string.
TEST(StopStrings, EqualsSearchInTheWholeText) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (int i = 0; i < 20; ++i) text += static_cast<char>('a' + random() % 2);
    std::vector<std::string> stops(1 + random() % 3);
    for (std::string& stop : stops) {
      for (unsigned n = 1 + random() % 6; stop.size() < n;) stop += static_cast<char>('a' + random() % 2);
    }
    // The first match to become complete decides, the one that begins first among those.
    size_t expected = text.size();
    StopStrings splitter(stops);
    std::string shown;
    for (size_t i = 0; i < text.size() && !splitter.found(); ++i) {
      shown += splitter.add(text.substr(i, 1));
      size_t match = std::string::npos;
      for (const std::string& stop : stops) match = std::min(match, text.substr(0, i + 1).find(stop));
      if (match != std::string::npos) expected = std::min(expected, match);
    }
    shown += splitter.finish();
    EXPECT_EQ(shown, text.substr(0, expected)) << text;
  }
}

}  // namespace
}  // namespace tern
