#include "bench/peer_output.h"

#include <gtest/gtest.h>

namespace tern {
namespace {

// Shortened, but with the fields, order and spelling of the programs.
constexpr const char* kLlamaCpp = R"([
  {
    "build_commit": "b5000", "build_number": 5000, "cpu_info": "AMD EPYC", "gpu_info": "", "backends": "CPU",
    "model_filename": "m.gguf", "model_type": "bitnet 2B TQ2_0 - 2.06 bpw ternary", "n_batch": 2048, "n_threads": 2,
    "use_mmap": true, "n_prompt": 0, "n_gen": 64, "n_depth": 2048, "test_time": "2025-01-01T00:00:00Z",
    "avg_ns": 2718281828, "stddev_ns": 0, "avg_ts": 23.544, "stddev_ts": 0.000000,
    "samples_ns": [ 2718281828 ],
    "samples_ts": [ 23.544 ]
  }
]
)";
constexpr const char* kIk = R"(warming up [cpu] ...
[
  {
    "build_commit": "c0ffee", "cuda": false, "n_threads": 2, "n_prompt": 2048, "n_gen": 64,
    "avg_ns": 1000, "stddev_ns": 0, "avg_ts": 22.5, "stddev_ts": 0.0, "test": "tg64@pp2048",
    "samples_ns": [ 1000 ], "samples_ts": [ 22.5 ]
  },
  {"n_prompt": 512, "n_gen": 0, "avg_ts": 81.1, "test": "pp512"}
]
)";
constexpr const char* kCsv =
    "build_commit,cpu_info,n_prompt,n_gen,avg_ns,avg_ts\n"
    "\"b1\",\"AMD \"\"EPYC\"\", 2 cores\",\"512\",\"0\",\"6440251572\",\"79.500000\"\n";
constexpr const char* kMarkdown =
    "| model              |       size |  params | backend | threads |          test |          t/s |\n"
    "| ------------------ | ---------: | ------: | ------- | ------: | ------------: | -----------: |\n"
    "| bitnet-b1.58 2B    |   1.10 GiB |  2.74 B | CPU     |       2 |         pp512 | 79.50 ± 0.00 |\n"
    "| bitnet-b1.58 2B    |   1.10 GiB |  2.74 B | CPU     |       2 | tg64 @ d2048  | 19.25 ± 0.10 |\n"
    "\n"
    "build: 40ed0f2 (3956)\n";

void expect_rows(std::string_view text, PeerFormat format,
                 const std::vector<std::pair<std::string, double>>& rows) {
  const auto parsed = parse_peer_output(text, format);
  ASSERT_TRUE(parsed) << parsed.error().message();
  ASSERT_EQ(parsed->size(), rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(parsed->at(i).test.name(), rows[i].first);
    EXPECT_DOUBLE_EQ(parsed->at(i).tok_s, rows[i].second);
  }
}

TEST(PeerOutput, Json) {
  expect_rows(kLlamaCpp, PeerFormat::kJson, {{"tg64@d2048", 23.544}});
  expect_rows(kIk, PeerFormat::kJson, {{"tg64@d2048", 22.5}, {"pp512", 81.1}});
}

TEST(PeerOutput, Csv) {
  expect_rows(kCsv, PeerFormat::kCsv, {{"pp512", 79.5}});
}

TEST(PeerOutput, Markdown) {
  expect_rows(kMarkdown, PeerFormat::kMarkdown, {{"pp512", 79.5}, {"tg64@d2048", 19.25}});
}

TEST(PeerOutput, EveryFormatRefusesWhatItCannotRead) {
  constexpr PeerFormat kAll[] = {PeerFormat::kJson, PeerFormat::kCsv, PeerFormat::kMarkdown};
  for (const PeerFormat format : kAll) {
    for (const char* text :
         {"", "\n", "error: failed to load model\n", "[", "]", "][", "[]", "[[", "{}", "||\n|",
          "[{\"n_prompt\": 512, \"n_gen\": 0}]", "[1]",
          "[{\"n_prompt\": 512, \"n_gen\": 0, \"avg_ts\": \"fast\"}]",
          "[{\"n_prompt\": 512, \"n_gen\": 64, \"avg_ts\": 1}]",
          "[{\"n_prompt\": -1, \"n_gen\": 0, \"avg_ts\": 1}]", "n_prompt,n_gen,avg_ts\n1,0,nan\n",
          "n_prompt,n_gen,avg_ts\n", "| test | t/s |\n| --- | --- |\n| pp512 | ? |\n"}) {
      const auto parsed = parse_peer_output(text, format);
      ASSERT_FALSE(parsed) << peer_format_name(format) << ": " << text;
      EXPECT_EQ(parsed.error().code(), ErrorCode::kBadFile);
    }
  }
  EXPECT_FALSE(parse_peer_output(kMarkdown, PeerFormat::kJson));
  EXPECT_FALSE(parse_peer_output(kCsv, PeerFormat::kMarkdown));
}

TEST(PeerOutput, TestNames) {
  for (const char* name : {"pp512", "tg64", "tg64@d2048", " tg64 @ d2048 ", "tg64@pp2048", "pp 512"}) {
    EXPECT_TRUE(parse_test_name(name)) << name;
  }
  for (const char* name : {"", "pp", "pp0", "pp-1", "xx512", "pp512x", "pp512@", "tg64@d", "pp512+tg64",
                           "pp99999999999999999999"}) {
    EXPECT_FALSE(parse_test_name(name)) << name;
  }
}

}  // namespace
}  // namespace tern
