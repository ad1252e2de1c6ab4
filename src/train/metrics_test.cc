#include "train/metrics.h"

#include "base/testing.h"

namespace tern::train {
namespace {

TEST(Metrics, AStepAsPeopleReadIt) {
  Json metrics = {{"step", 120},   {"loss", 3.21409},         {"tokens_per_second", 2310.4},
                  {"mfu", 0.2134}, {"learning_rate", 1.2e-3}, {"eta", 250.0}};
  EXPECT_EQ(progress_line(metrics, 1000),
            "step 120 of 1000  loss 3.2141  2310 tok/s  MFU 21.3%  lr 1.20e-03  eta 4 min");
  metrics.erase("mfu");  // nobody knows the peak
  metrics["eta"] = 89.0;
  EXPECT_EQ(progress_line(metrics, 1000), "step 120 of 1000  loss 3.2141  2310 tok/s  lr 1.20e-03  eta 89 s");
  metrics["margin"] = 0.25;
  metrics["accuracy"] = 0.625;
  metrics["eta"] = 36000.0;
  EXPECT_EQ(
      progress_line(metrics, 1000),
      "step 120 of 1000  loss 3.2141  margin 0.250  accuracy 0.62  2310 tok/s  lr 1.20e-03  eta 10.0 h");
}

TEST(Metrics, ARunThatGoesOnDropsWhatWasWrittenOfLaterSteps) {
  const testing::TempFolder folder;
  const std::string path = folder.file("metrics.jsonl");
  const std::string kept = "{\"loss\":2.0,\"step\":1}\n{\"held_out_loss\":3.0,\"step\":2}\n";
  testing::write_file(path, kept + "{\"loss\":1.0,\"step\":3}\n{\"loss\":1.0,\"st");
  auto metrics = MetricsFile::open(path, 2);
  ASSERT_TRUE(metrics) << metrics.error().message();
  EXPECT_EQ(testing::read_file(path), kept);
  ASSERT_TRUE(metrics->add({{"step", 3}}));
  EXPECT_EQ(testing::read_file(path), kept + "{\"step\":3}\n");
  ASSERT_TRUE(MetricsFile::open(path, 0));
  EXPECT_EQ(testing::read_file(path), "");
}

}  // namespace
}  // namespace tern::train
