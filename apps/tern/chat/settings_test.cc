#include "apps/tern/chat/settings.h"

#include <gtest/gtest.h>

#include "apps/tern/nearest.h"

namespace tern {
namespace {

TEST(Settings, EachCanBeSetAndShows) {
  GenerateOptions options;
  for (const std::string_view name : setting_names()) {
    ASSERT_TRUE(change_setting(name, "1", &options)) << name;
  }
  EXPECT_EQ(options.sampler.temperature, 1.0f);
  EXPECT_EQ(options.sampler.top_k, 1);
  EXPECT_EQ(options.sampler.seed, 1u);
  EXPECT_EQ(options.max_tokens, 1);
  EXPECT_EQ(options.sampler.frequency_penalty, 1.0f);
  ASSERT_TRUE(change_setting("temperature", "0.25", &options));
  EXPECT_NE(settings_text(options).find("temperature        0.25\n"), std::string::npos);
}

void refuse(std::string_view name, std::string_view value, std::string_view message) {
  GenerateOptions options;
  const std::string before = settings_text(options);
  const Status status = change_setting(name, value, &options);
  ASSERT_FALSE(status) << name << ' ' << value;
  EXPECT_EQ(status.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(status.error().message().find(message), std::string::npos) << status.error().message();
  EXPECT_EQ(settings_text(options), before);
}

TEST(Settings, WrongOnesAreRefusedAndChangeNothing) {
  refuse("temperatur", "1", "did you mean temperature?");
  refuse("frobnicate", "1", "/set lists them");
  refuse("temperature", "", "is no number");
  refuse("temperature", "nan", "must be between");
  refuse("temperature", "101", "must be between");
  refuse("temperature", "1x", "is no number");
  refuse("top_k", "1.5", "is no whole number");
  refuse("top_k", "99999999999", "is no whole number, or out of range");
  refuse("top_p", "0", "must be above 0");
  refuse("seed", "-1", "is no whole number");
  refuse("max_tokens", "-2", "must be -1");
}

TEST(Nearest, IsTheLikeliestMisspelling) {
  const std::string_view names[] = {"/help", "/save", "/save!", "/set"};
  EXPECT_EQ(nearest_name("/hlep", names), "/help");
  EXPECT_EQ(nearest_name("/saave", names), "/save");
  EXPECT_EQ(nearest_name("/usr/bin/env", names), "");
  EXPECT_EQ(nearest_name(std::string(100'000, '/'), names), "");
}

}  // namespace
}  // namespace tern
