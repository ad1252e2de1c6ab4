#include "bench/suite.h"

#include "base/testing.h"
#include "bench/report.h"
#include "convert/synth.h"
#include "kernels/isa.h"

namespace tern {
namespace {

TEST(Rates, MedianAndSpread) {
  EXPECT_EQ((Rates{{3}}.median()), 3);
  EXPECT_EQ((Rates{{9, 1, 2}}.median()), 2);
  EXPECT_EQ((Rates{{9, 1, 2, 4}}.median()), 3);
  EXPECT_EQ((Rates{{9, 1, 2}}.spread()), 8);
}

class SuiteTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(init_kernels());
    SynthOptions synth;
    synth.shape = "tiny";
    synth.head = DType::kQ6_K;
    ASSERT_TRUE(write_synthetic_model(model_, synth, IfThere::kReplace, [](uint64_t, uint64_t) {}));
    options_.models = {model_};
    options_.tests = {{true, 16, 0}, {false, 4, 0}, {false, 4, 20}};
    options_.threads = {1, 2};
    options_.repeats = 2;
    options_.probe = {.read_bytes = 8 << 20, .rounds = 2, .int8_seconds = 0.001};
  }
  testing::TempFolder folder_;
  std::string model_ = folder_.file("tiny.gguf");
  SuiteOptions options_;
};

TEST_F(SuiteTest, JsonHasTheFieldsPromised) {
  options_.peers.push_back(Peer::parse("gone=/nowhere/llama-bench:m.gguf").value());
  const auto result = run_suite(options_);
  ASSERT_TRUE(result) << result.error().message();
  const Json json = suite_json(*result);
  for (const char* field : {"read_gbps_1t", "read_gbps", "int8_gops_1t", "int8_gops"}) {
    EXPECT_GT(json["machine"][field].get<double>(), 0) << field;
  }
  ASSERT_EQ(json["results"].size(), 6u);
  const char* const kTests[] = {"pp16", "tg4", "tg4@d20"};
  for (size_t i = 0; i < 6; ++i) {
    const Json& line = json["results"][i];
    EXPECT_EQ(line["model"], "tiny");
    EXPECT_EQ(line["test"], kTests[i % 3]);
    EXPECT_EQ(line["threads"], i < 3 ? 1 : 2);
    for (const char* field : {"tok_s", "bytes_per_token", "dense_bytes_per_token", "ops_per_token", "gops",
                              "roofline_pct", "roofline_dense_pct"}) {
      EXPECT_GT(line[field].get<double>(), 0) << field;
    }
    EXPECT_GE(line["tok_s_spread"].get<double>(), 0);
    EXPECT_EQ(line.contains("up_rows_read_pct"), i % 3 != 0) << "only single tokens skip";
    EXPECT_LE(line.value("up_rows_read_pct", 100.0), 100);
    ASSERT_EQ(line["peers"].size(), 1u);
    EXPECT_NE(line["peers"][0]["failed"].get<std::string>().find("cannot be executed"), std::string::npos);
  }
  EXPECT_GT(json["results"][2]["bytes_per_token"], json["results"][1]["bytes_per_token"])
      << "no keys and values";
  ASSERT_EQ(json["models"].size(), 2u);
  for (const Json& model : json["models"]) {
    EXPECT_GT(model["load_s"].get<double>(), 0);
    EXPECT_EQ(model["packing"], "2");
    EXPECT_GT(model["first_token_s"].get<double>(), 0);
    EXPECT_TRUE(model["peak_bytes"].is_null() || model["peak_bytes"] > (1 << 20));
  }
  const std::string tables = suite_tables(*result);
  EXPECT_NE(tables.find("| tiny | 2 | tg4@d20 |"), std::string::npos) << tables;
  EXPECT_NE(tables.find("rows of the head computed"), std::string::npos) << tables;
  EXPECT_NE(tables.find("failed: /nowhere/llama-bench"), std::string::npos) << tables;
}

TEST_F(SuiteTest, BytesAreThoseOfTheModel) {
  const auto engine = Engine::open(model_, {});
  ASSERT_TRUE(engine);
  const auto told = model_work((*engine)->file(), TERN_KV_F16, LoadOptions{});
  ASSERT_TRUE(told);
  const ModelWork& work = *told;
  const ModelConfig& config = (*engine)->config();
  const int64_t kv = config.kv_heads * config.head_dim;
  const int64_t macs = config.layers * (2 * config.hidden * config.hidden + 2 * config.hidden * kv +
                                        3 * config.hidden * config.ffn);
  EXPECT_EQ(work.body_macs, static_cast<uint64_t>(macs));
  EXPECT_EQ(work.body_bytes, static_cast<uint64_t>(macs) / 4);
  EXPECT_EQ(work.head_macs, static_cast<uint64_t>(config.vocab * config.hidden));
  EXPECT_EQ(work.head_bytes, work.head_macs / 256 * 210);  // Q6_K
  EXPECT_EQ(work.kv_bytes, static_cast<uint64_t>(config.layers * 2 * kv * 2));
  // A prompt skips nothing.
  Session session(**engine);
  const auto run = run_speed_test(**engine, &session, {true, 16, 0}, 512);
  ASSERT_TRUE(run);
  EXPECT_EQ(run->reads.bytes, work.body_bytes + work.head_bytes);
}

TEST_F(SuiteTest, ATestThatDoesNotFitIsRefusedAtOnce) {
  options_.tests = {{true, 1 << 20, 0}};
  const auto result = run_suite(options_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kContextFull);
}

}  // namespace
}  // namespace tern
