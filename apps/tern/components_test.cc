#include "apps/tern/components.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "base/testing.h"

namespace tern {
namespace {

TEST(Components, EachHasAVersionALicenceAndItsNotice) {
  for (const Component& component : foreign_components()) {
    EXPECT_TRUE(component.version.find_first_not_of("0123456789.") == std::string::npos) << component.name;
    EXPECT_FALSE(component.licence.empty()) << component.name;
    EXPECT_FALSE(copyright_lines(component).empty()) << component.name;
    EXPECT_EQ(component.notice, testing::read_file(TERN_SOURCE_DIR "/licenses/" + component.name + ".txt"));
  }
  EXPECT_EQ(own_component().notice, testing::read_file(TERN_SOURCE_DIR "/LICENSE"));
}

TEST(Components, NoNoticeIsLeftOver) {
  std::set<std::string> names;
  for (const Component& component : foreign_components()) names.insert(component.name);
  for (const auto& file : std::filesystem::directory_iterator(TERN_SOURCE_DIR "/licenses")) {
    EXPECT_TRUE(names.contains(file.path().stem().string())) << file.path();
  }
}

}  // namespace
}  // namespace tern
