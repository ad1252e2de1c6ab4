// tern bench: speed of prompts and of decoding, on logits that were checked first.
#include <cmath>
#include <filesystem>
#include <memory>

#include "apps/tern/command.h"
#include "apps/tern/input.h"
#include "apps/tern/model_options.h"
#include "apps/tern/output.h"
#include "apps/tern/ranges.h"
#include "base/cpu_name.h"
#include "base/log.h"
#include "engine/limits.h"
#include "engine/speed.h"
#include "kernels/isa.h"
#include "models/model_facts.h"

namespace tern {
namespace {

constexpr const char* kExamples = R"(Examples:
  tern bench -m model.gguf
  tern bench -m model.gguf -p 128,512 -n 128 -t 1,2
  tern bench -m model.gguf -p 0 -n 32 -d 256 -r 3 --json)";

constexpr int64_t kMaxTestTokens = 1 << 20;

struct BenchFlags {
  ModelOptions model;
  std::string prompts = "512", answers = "128", threads = "0";
  int64_t depth = 0, repetitions = 5, chunk = 512;
  bool json = false;
};

/// One line of the table.
struct Measurement {
  SpeedTest test;
  int threads = 0;
  double mean = 0, deviation = 0;  ///< tokens a second
  double gigabytes_s = 0;          ///< weights read, of decoding
};

/// What is printed around the measurements.
struct Subject {
  std::string model, cpu;
  uint64_t bytes = 0, parameters = 0;
  std::vector<Measurement> measurements;
};

/// All runs of a test; the first warms caches, pages and clocks and does not count.
Result<std::vector<SpeedRun>> run_test(const Engine& engine, Session* session, const SpeedTest& test,
                                       const BenchFlags& flags) {
  std::vector<SpeedRun> runs;
  for (int64_t i = 0; i <= flags.repetitions; ++i) {
    TERN_ASSIGN(SpeedRun run, run_speed_test(engine, session, test, flags.chunk));
    runs.push_back(std::move(run));
  }
  return runs;
}

Measurement summarize(const SpeedTest& test, int threads, std::span<const SpeedRun> runs) {
  const auto counted = runs.subspan(1);
  const auto count = static_cast<double>(counted.size());
  const auto rate = [&test](const SpeedRun& run) { return static_cast<double>(test.tokens) / run.seconds; };
  Measurement measurement{test, threads};
  double squares = 0, bytes = 0;
  for (const SpeedRun& run : counted) {
    measurement.mean += rate(run) / count;
    bytes += static_cast<double>(run.reads.bytes) / count;
  }
  for (const SpeedRun& run : counted)
    squares += (rate(run) - measurement.mean) * (rate(run) - measurement.mean);
  if (counted.size() > 1) measurement.deviation = std::sqrt(squares / (count - 1));
  if (!test.prompt) {
    measurement.gigabytes_s = measurement.mean * bytes / static_cast<double>(test.tokens) / 1e9;
  }
  return measurement;
}

Result<std::unique_ptr<Engine>> open_engine(const BenchFlags& flags, int threads) {
  EngineOptions options = flags.model.engine;
  options.threads = threads;
  return Engine::open(flags.model.path, options);
}

void print_table(const Subject& subject) {
  print("| model | size | params | isa | threads | test | t/s | GB/s |\n");
  print("|---|---:|---:|---|---:|---|---:|---:|\n");
  for (const Measurement& m : subject.measurements) {
    print(fmt::format("| {} | {:.2f} MiB | {:.2f} M | {} | {} | {} | {:.2f} ± {:.2f} | {} |\n", subject.model,
                      static_cast<double>(subject.bytes) / (1 << 20),
                      static_cast<double>(subject.parameters) / 1e6, isa_name(active_isa()), m.threads,
                      m.test.name(), m.mean, m.deviation,
                      m.test.prompt ? "" : fmt::format("{:.1f}", m.gigabytes_s)));
  }
  print(fmt::format("\n{}; verified: every run ended with the bits of the scalar kernels\n", subject.cpu));
}

void print_json(const Subject& subject) {
  Json results = Json::array();
  for (const Measurement& m : subject.measurements) {
    Json result{{"test", m.test.name()},
                {"threads", m.threads},
                {"depth", m.test.depth},
                {"tok_s", m.mean},
                {"tok_s_deviation", m.deviation}};
    if (!m.test.prompt) result["gb_s"] = m.gigabytes_s;
    results.push_back(std::move(result));
  }
  print(dump_json(
      Json{{"machine",
            {{"cpu", subject.cpu}, {"isa", isa_name(active_isa())}, {"threads", available_threads()}}},
           {"model", {{"name", subject.model}, {"bytes", subject.bytes}, {"parameters", subject.parameters}}},
           {"verified", true},
           {"results", std::move(results)}},
      2));
  print("\n");
}

Result<std::vector<SpeedTest>> plan(const BenchFlags& flags) {
  TERN_ASSIGN(const auto prompts, parse_integers(flags.prompts, "-p", 0, kMaxTestTokens));
  TERN_ASSIGN(const auto answers, parse_integers(flags.answers, "-n", 0, kMaxTestTokens));
  std::vector<SpeedTest> tests;
  for (const int64_t n : prompts) {
    if (n > 0) tests.push_back({true, n, flags.depth});
  }
  for (const int64_t n : answers) {
    if (n > 0) tests.push_back({false, n, flags.depth});
  }
  if (tests.empty())
    return fail(ErrorCode::kInvalidArgument, "-p and -n are both 0: there is nothing to measure");
  return tests;
}

Status bench(const BenchFlags& flags) {
  TERN_ASSIGN(const std::vector<SpeedTest> tests, plan(flags));
  TERN_ASSIGN(const auto threads, parse_integers(flags.threads, "-t", 0, kMaxThreads));
  SpeedReference reference(SpeedReference::Depth::kLastToken);
  Subject subject;
  subject.model = std::filesystem::absolute(flags.model.path).lexically_normal().stem().string();
  subject.cpu = cpu_name();
  for (const int64_t count : threads) {
    TERN_ASSIGN(const auto engine, open_engine(flags, static_cast<int>(count)));
    subject.bytes = tensor_bytes(engine->file());
    subject.parameters = parameter_count(engine->file());
    Session session(*engine);
    std::vector<std::vector<SpeedRun>> runs;
    for (const SpeedTest& test : tests) {
      TERN_ASSIGN(runs.emplace_back(), run_test(*engine, &session, test, flags));
      const Measurement measurement = summarize(test, engine->pool()->threads(), runs.back());
      log_info(fmt::format("{}, {} threads: {:.2f} t/s", test.name(), measurement.threads, measurement.mean));
      subject.measurements.push_back(measurement);
    }
    // Last: the checks want logits that generation does without, which brings the whole head into memory.
    TERN_TRY(reference.check_start(*engine));
    for (size_t i = 0; i < tests.size(); ++i) {
      for (const SpeedRun& run : runs[i]) TERN_TRY(reference.check(*engine, &session, tests[i], run));
    }
  }
  if (flags.json) {
    print_json(subject);
  } else {
    print_table(subject);
  }
  return {};
}

}  // namespace

CommandAction add_bench(CLI::App& app) {
  const auto flags = std::make_shared<BenchFlags>();
  app.add_option("-p,--prompt", flags->prompts, "Prompt sizes: 128,512; 0: none")
      ->capture_default_str()
      ->type_name("LIST");
  app.add_option("-n,--answer", flags->answers, "Numbers of tokens to decode one by one: 128; 0: none")
      ->capture_default_str()
      ->type_name("LIST");
  app.add_option("-d,--depth", flags->depth, "Tokens in the context before the measured ones")
      ->check(between(int64_t{0}, kMaxTestTokens))
      ->capture_default_str()
      ->type_name("N");
  app.add_option("-t,--threads", flags->threads, "Numbers of threads: 1,2; 0: all that this process may use")
      ->capture_default_str()
      ->type_name("LIST");
  app.add_option("-r,--repetitions", flags->repetitions,
                 "Measured runs of each test, after one that is not counted")
      ->check(between(int64_t{1}, int64_t{1000}))
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--chunk", flags->chunk, "Prompt tokens in one forward pass")
      ->check(between(int64_t{1}, kMaxTestTokens))
      ->capture_default_str()
      ->type_name("N");
  app.add_flag("--json", flags->json, "Print one JSON object");
  add_model_options_without_threads(app, &flags->model);
  app.footer(kExamples);
  return [flags] { return bench(*flags); };
}

}  // namespace tern
