// tern-bench: the measuring suite (docs/performance.md).
#include <CLI/CLI.hpp>

#include "apps/tern/input.h"
#include "apps/tern/model_options.h"
#include "apps/tern/output.h"
#include "apps/tern/process.h"
#include "apps/tern/ranges.h"
#include "base/thread_pool.h"
#include "bench/report.h"
#include "bench/suite.h"
#include "engine/limits.h"
#include "kernels/isa.h"

namespace tern {
namespace {

constexpr int64_t kMaxTokens = 1 << 20;

constexpr const char* kExamples = R"(Examples:
  tern-bench                                     this machine's limits alone
  tern-bench -m model.gguf
  tern-bench -m model.gguf -p 512 -n 64 -d 0 -t 2 -r 5 --json
  tern-bench -m model.gguf --peer "llama.cpp=/opt/llama.cpp/llama-bench:model-TQ2_0.gguf"

docs/performance.md says what is measured and how to read it.)";

struct Flags {
  SuiteOptions suite;
  std::string prompts = "128,512,2048", answers = "64", depths = "0,2048", threads;
  std::vector<std::string> peers;
  uint64_t read_mib = 1024;
  bool check_every_token = false, json = false;
};

void add_flags(CLI::App& app, Flags* flags) {
  flags->threads = available_threads() == 1 ? "1" : fmt::format("1,{}", available_threads());
  app.add_option("-m,--model", flags->suite.models,
                 "GGUF file or Hugging Face folder; may be given more than once")
      ->type_name("MODEL");
  app.add_option("-p,--prompt", flags->prompts, "Prompt sizes; 0: none")
      ->capture_default_str()
      ->type_name("LIST");
  app.add_option("-n,--answer", flags->answers, "Numbers of tokens to decode one by one; 0: none")
      ->capture_default_str()
      ->type_name("LIST");
  app.add_option("-d,--depth", flags->depths, "Tokens of context before the decoded ones")
      ->capture_default_str()
      ->type_name("LIST");
  app.add_option("-t,--threads", flags->threads, "Numbers of threads; 0: all that this process may use")
      ->capture_default_str()
      ->type_name("LIST");
  app.add_option("-r,--repeats", flags->suite.repeats, "Rounds that count, after one that does not")
      ->check(between(1, 1000))
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--peer", flags->peers,
                 "Another engine's llama-bench and its file of the same model; may be given more than once")
      ->type_name("NAME=PATH:MODEL");
  app.add_flag("--check-every-token", flags->check_every_token,
               "Check runs with scalar kernels from their first token on, not only the last: hours");
  app.add_option("--read-mib", flags->read_mib, "Buffer of the read probe, far beyond the last-level cache")
      ->check(between(uint64_t{1}, uint64_t{1} << 20))
      ->capture_default_str()
      ->type_name("N");
  app.add_flag("--json", flags->json, "Print one JSON object");
  add_open_options(app, &flags->suite.open);
  add_load_options(app, &flags->suite.load);
  app.footer(kExamples);
}

Status plan_tests(const Flags& flags, SuiteOptions* suite) {
  TERN_ASSIGN(const auto prompts, parse_integers(flags.prompts, "-p", 0, kMaxTokens));
  TERN_ASSIGN(const auto answers, parse_integers(flags.answers, "-n", 0, kMaxTokens));
  TERN_ASSIGN(const auto depths, parse_integers(flags.depths, "-d", 0, kMaxTokens));
  TERN_ASSIGN(const auto threads, parse_integers(flags.threads, "-t", 0, kMaxThreads));
  for (const int64_t n : prompts) {
    if (n > 0) suite->tests.push_back({.prompt = true, .tokens = n});
  }
  for (const int64_t n : answers) {
    if (n == 0) continue;
    for (const int64_t depth : depths) suite->tests.push_back({.prompt = false, .tokens = n, .depth = depth});
  }
  if (suite->tests.empty() && !suite->models.empty()) {
    return fail(ErrorCode::kInvalidArgument, "-p and -n are both 0: there is nothing to measure");
  }
  for (const int64_t n : threads) suite->threads.push_back(n > 0 ? static_cast<int>(n) : available_threads());
  return {};
}

Status plan_peers(const Flags& flags, SuiteOptions* suite) {
  for (const std::string& text : flags.peers) {
    TERN_ASSIGN(Peer peer, Peer::parse(text));
    suite->peers.push_back(std::move(peer));
  }
  if (suite->peers.empty() || suite->models.size() == 1) return {};
  return fail(ErrorCode::kInvalidArgument, "--peer compares one model: give -m once, not {} times",
              suite->models.size());
}

Status bench(Flags& flags) {
  TERN_TRY(init_kernels());
  SuiteOptions suite = flags.suite;
  TERN_TRY(plan_tests(flags, &suite));
  TERN_TRY(plan_peers(flags, &suite));
  if (flags.check_every_token) suite.check = SpeedReference::Depth::kEveryToken;
  suite.probe.read_bytes = flags.read_mib << 20;
  TERN_ASSIGN(const SuiteResult result, run_suite(std::move(suite)));
  print(flags.json ? dump_json(suite_json(result), 2) + "\n" : suite_tables(result));
  return finish_stdout();
}

int run_command_line(int argc, char** argv) {
  CLI::App app{"Measures this machine, and tern on it: every figure after a check of the bits behind it.",
               "tern-bench"};
  Flags flags;
  add_flags(app, &flags);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help
      app.exit(error);
      const Status printed = finish_stdout();
      return printed ? 0 : report_error(printed.error());
    }
    return report_error(
        Error(ErrorCode::kInvalidArgument, fmt::format("{} (see `tern-bench --help`)", error.what())));
  }
  const Status status = bench(flags);
  return status ? 0 : report_error(status.error());
}

}  // namespace
}  // namespace tern

int main(int argc, char** argv) {
  return tern::run_process([=] { return tern::run_command_line(argc, argv); });
}
