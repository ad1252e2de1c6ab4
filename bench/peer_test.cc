#include "bench/peer.h"

#include <sys/stat.h>

#include "base/testing.h"

namespace tern {
namespace {

using testing::TempFolder;

constexpr const char* kJsonRow = R"(echo '[{"n_prompt": 0, "n_gen": 64, "n_depth": 8, "avg_ts": 12.5}]')";

/// A program that plays llama-bench: `script` is run by sh.
Peer fake(const TempFolder& folder, const std::string& script) {
  const std::string path = folder.file("llama-bench");
  testing::write_file(path, "#!/bin/sh\n" + script + "\n");
  ::chmod(path.c_str(), 0755);
  return Peer::parse("fake=" + path + ":model.gguf").value();
}

TEST(Peer, Parse) {
  const auto peer = Peer::parse("llama.cpp=/opt/bin/llama-bench:/m/a:b=c.gguf");
  ASSERT_TRUE(peer);
  EXPECT_EQ(peer->name(), "llama.cpp");
  EXPECT_EQ(peer->model(), "/m/a:b=c.gguf");
  for (const char* text : {"", "x", "x=y", "=p:m", "x=:m", "x=p:", "p:m"}) {
    const auto bad = Peer::parse(text);
    ASSERT_FALSE(bad) << text;
    EXPECT_EQ(bad.error().code(), ErrorCode::kInvalidArgument);
  }
}

TEST(Peer, IsGivenTheTest) {
  const TempFolder folder;
  Peer peer = fake(folder, "echo \"$@\" >'" + folder.file("arguments") + "'\n" + kJsonRow);
  const auto run = peer.run({false, 64, 8}, 3);
  ASSERT_TRUE(run) << run.error().message();
  EXPECT_EQ(run->tok_s, 12.5);
  EXPECT_EQ(testing::read_file(folder.file("arguments")),
            "-m model.gguf -t 3 -r 1 -ngl 0 -p 0 -n 64 -d 8 -o json\n");
  // A row of another test is no answer.
  EXPECT_FALSE(peer.run({false, 63, 8}, 3));
}

TEST(Peer, WithoutJsonFallsBackOnCsvAndMarkdown) {
  const TempFolder folder;
  Peer csv =
      fake(folder, R"(case "$*" in *json*) echo 'error: invalid parameter for argument: -o' >&2; exit 1;; esac
printf 'n_prompt,n_gen,avg_ts\n512,0,80\n')");
  EXPECT_EQ(csv.run({true, 512, 0}, 1).value().tok_s, 80);
  Peer markdown = fake(folder, "printf '| test | t/s |\\n| --- | --- |\\n| pp512 | 81.5 ± 0.1 |\\n'");
  EXPECT_EQ(markdown.run({true, 512, 0}, 1).value().tok_s, 81.5);
}

TEST(Peer, WithoutDepthFallsBackOnGp) {
  const TempFolder folder;
  Peer peer = fake(folder, R"(case "$*" in
  *"-d 8"*) echo 'error: invalid parameter for argument: -d' >&2; exit 1;;
  *"-p 0 -n 0 -gp 8,64"*) echo '[{"test": "tg64@pp8", "avg_ts": 7}]';;
  *) exit 9;;
esac)");
  EXPECT_EQ(peer.run({false, 64, 8}, 1).value().tok_s, 7);
}

TEST(Peer, FailuresSayWhatThePeerSaid) {
  const TempFolder folder;
  const auto message = [&](const std::string& script) {
    const auto run = fake(folder, script).run({true, 512, 0}, 1);
    return run ? "no failure" : run.error().message();
  };
  EXPECT_EQ(message("echo 'main: error: failed to load model' >&2; echo bye >&2; exit 3"),
            "exit code 3: main: error: failed to load model");
  EXPECT_EQ(message("echo plain words; exit 1"), "exit code 1: plain words");
  EXPECT_NE(message("kill -ILL $$").find("signal 4"), std::string::npos);
  EXPECT_NE(message("true").find("no test"), std::string::npos);
  EXPECT_NE(message("yes").find("prints more than"), std::string::npos);
  const auto missing = Peer::parse("x=/nowhere/llama-bench:m").value().run({true, 512, 0}, 1);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::kNotFound);
}

TEST(Subprocess, IsKilledWhenItHangsAndLeavesNothingBehind) {
  const TempFolder folder;
  fake(folder, "sleep 100 & echo $! >'" + folder.file("pid") + "'; sleep 100");
  const auto result = run_subprocess({folder.file("llama-bench")}, 0.5);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kIo);
  const std::string pid = testing::read_file(folder.file("pid"));
  const auto state = [&pid] {  // Z: killed, but its new parent has not asked yet
    std::ifstream stat("/proc/" + std::to_string(std::stoi(pid)) + "/stat");
    std::string id, name, letter = "gone";
    stat >> id >> name >> letter;
    return letter;
  };
  for (int i = 0; i < 200 && state() != "gone" && state() != "Z"; ++i) ::usleep(10000);
  EXPECT_TRUE(state() == "gone" || state() == "Z") << state();
}

}  // namespace
}  // namespace tern
