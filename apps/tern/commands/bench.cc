// tern bench: speed of prompts and of decoding, on logits that were checked first.
#include <chrono>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "apps/tern/command.h"
#include "apps/tern/input.h"
#include "apps/tern/model_facts.h"
#include "apps/tern/model_options.h"
#include "apps/tern/output.h"
#include "apps/tern/ranges.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "engine/limits.h"
#include "engine/sampler.h"
#include "kernels/isa.h"

namespace tern {
namespace {

constexpr int64_t kMaxTestTokens = 1 << 20;
constexpr size_t kVerifyTokens = 8;
constexpr int64_t kCheckPasses = 8;

struct BenchFlags {
  ModelOptions model;
  std::string prompts = "512", answers = "128", threads = "0";
  int64_t depth = 0, repetitions = 5, chunk = 512, lookup = 0;
  bool json = false;
};

/// kPrompt: tokens at once, only the last one's logits; kAnswer: one by one; kCheck: passes over so many with
/// the logits of each, as guesses are checked (--lookup).
enum class Kind { kPrompt, kAnswer, kCheck };

/// One line of the table, after `depth` tokens.
struct Test {
  Kind kind = Kind::kPrompt;
  int64_t tokens = 0, depth = 0;
  std::string name() const {
    const std::string suffix = depth > 0 ? fmt::format(" @ d{}", depth) : std::string();
    const char* prefix = kind == Kind::kPrompt ? "pp" : kind == Kind::kAnswer ? "tg" : "check";
    return fmt::format("{}{}{}", prefix, tokens, suffix);
  }
  /// Tokens that one run computes.
  int64_t measured() const { return kind == Kind::kCheck ? tokens * kCheckPasses : tokens; }
};

struct Measurement {
  Test test;
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

/// Ids without meaning but always the same; speed does not depend on them.
std::vector<int32_t> test_tokens(int64_t count, int64_t vocab) {
  std::vector<int32_t> ids(static_cast<size_t>(count));
  for (size_t i = 0; i < ids.size(); ++i) {
    ids[i] = static_cast<int32_t>(uniform_at(0, i) * static_cast<double>(vocab));
  }
  return ids;
}

std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  std::string line;
  while (std::getline(info, line)) {
    const size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown CPU";
}

Result<double> time_once(const Engine& engine, Session* session, const Test& test, int64_t chunk) {
  const std::vector<int32_t> ids = test_tokens(test.depth + test.tokens, engine.config().vocab);
  const std::span<const int32_t> all(ids);
  session->reset();
  if (test.depth > 0) TERN_TRY(session->extend(all.first(static_cast<size_t>(test.depth)), chunk));
  const std::span<const int32_t> measured = all.subspan(static_cast<size_t>(test.depth));
  const auto start = std::chrono::steady_clock::now();
  if (test.kind == Kind::kPrompt) {
    TERN_TRY(session->extend(measured, chunk));
  } else if (test.kind == Kind::kCheck) {
    std::vector<float> logits(measured.size() * static_cast<size_t>(engine.config().vocab));
    for (int64_t i = 0; i < kCheckPasses; ++i) TERN_TRY(session->run_behind(measured, 0, logits.data()));
  } else {
    for (size_t i = 0; i < measured.size(); ++i) {
      if (interrupted()) return fail(ErrorCode::kInterrupted, "interrupted");
      TERN_TRY(session->extend(measured.subspan(i, 1), chunk));
    }
  }
  if (interrupted()) return fail(ErrorCode::kInterrupted, "interrupted");
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Result<Measurement> measure(const Engine& engine, Session* session, const Test& test,
                            const BenchFlags& flags) {
  TERN_TRY(time_once(engine, session, test, flags.chunk));  // warms caches, pages and clocks
  std::vector<double> rates;
  for (int64_t i = 0; i < flags.repetitions; ++i) {
    TERN_ASSIGN(const double seconds, time_once(engine, session, test, flags.chunk));
    rates.push_back(static_cast<double>(test.measured()) / std::max(seconds, 1e-9));
  }
  Measurement measurement{test, engine.pool()->threads()};
  for (const double rate : rates) measurement.mean += rate / static_cast<double>(rates.size());
  double squares = 0;
  for (const double rate : rates) squares += (rate - measurement.mean) * (rate - measurement.mean);
  if (rates.size() > 1) measurement.deviation = std::sqrt(squares / static_cast<double>(rates.size() - 1));
  if (test.kind == Kind::kAnswer) {
    measurement.gigabytes_s =
        measurement.mean * static_cast<double>(engine.model().weight_bytes_per_token()) / 1e9;
  }
  return measurement;
}

Result<std::unique_ptr<Engine>> open_engine(const BenchFlags& flags, int threads) {
  EngineOptions options = flags.model.engine;
  options.threads = threads;
  return Engine::open(flags.model.path, options);
}

/// Logits of a few tokens, one thread and one token at a time: the bits that every other way must give.
Result<std::vector<float>> reference_logits(const BenchFlags& flags) {
  TERN_ASSIGN(const auto engine, open_engine(flags, 1));
  return Session(*engine).logits(test_tokens(kVerifyTokens, engine->config().vocab), 1);
}

Status verify(const Engine& engine, const std::vector<float>& reference) {
  Session session(engine);
  TERN_ASSIGN(const auto logits,
              session.logits(test_tokens(kVerifyTokens, engine.config().vocab), kVerifyTokens));
  if (logits.size() == reference.size() &&
      std::memcmp(logits.data(), reference.data(), logits.size() * sizeof(float)) == 0) {
    return {};
  }
  return fail(ErrorCode::kInternal,
              "logits with {} threads are not the bits of one thread: nothing was measured",
              engine.pool()->threads());
}

void print_table(const Subject& subject) {
  print("| model | size | params | isa | threads | test | t/s | GB/s |\n");
  print("|---|---:|---:|---|---:|---|---:|---:|\n");
  for (const Measurement& m : subject.measurements) {
    print(fmt::format("| {} | {:.2f} MiB | {:.2f} M | {} | {} | {} | {:.2f} ± {:.2f} | {} |\n", subject.model,
                      static_cast<double>(subject.bytes) / (1 << 20),
                      static_cast<double>(subject.parameters) / 1e6, isa_name(active_isa()), m.threads,
                      m.test.name(), m.mean, m.deviation,
                      m.test.kind != Kind::kAnswer ? "" : fmt::format("{:.1f}", m.gigabytes_s)));
  }
  print(fmt::format("\n{}; verified: the logits are the same bits with one thread and one token at a time\n",
                    subject.cpu));
}

void print_json(const Subject& subject) {
  Json results = Json::array();
  for (const Measurement& m : subject.measurements) {
    Json result{{"test", m.test.name()},
                {"threads", m.threads},
                {"depth", m.test.depth},
                {"tok_s", m.mean},
                {"tok_s_deviation", m.deviation}};
    if (m.test.kind == Kind::kAnswer) result["gb_s"] = m.gigabytes_s;
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

Result<std::vector<Test>> plan(const BenchFlags& flags) {
  TERN_ASSIGN(const auto prompts, parse_integers(flags.prompts, "-p", 0, kMaxTestTokens));
  TERN_ASSIGN(const auto answers, parse_integers(flags.answers, "-n", 0, kMaxTestTokens));
  std::vector<Test> tests;
  for (const int64_t n : prompts) {
    if (n > 0) tests.push_back({Kind::kPrompt, n, flags.depth});
  }
  for (const int64_t n : answers) {
    if (n > 0) tests.push_back({Kind::kAnswer, n, flags.depth});
  }
  for (int64_t guesses = 1; guesses <= flags.lookup; ++guesses) {
    tests.push_back({Kind::kCheck, guesses + 1, flags.depth});
  }
  if (tests.empty())
    return fail(ErrorCode::kInvalidArgument, "-p, -n and --lookup are all 0: there is nothing to measure");
  return tests;
}

Status bench(const BenchFlags& flags) {
  TERN_ASSIGN(const std::vector<Test> tests, plan(flags));
  TERN_ASSIGN(const auto threads, parse_integers(flags.threads, "-t", 0, kMaxThreads));
  TERN_ASSIGN(const std::vector<float> reference, reference_logits(flags));
  Subject subject;
  subject.model = std::filesystem::absolute(flags.model.path).lexically_normal().stem().string();
  subject.cpu = cpu_name();
  for (const int64_t count : threads) {
    TERN_ASSIGN(const auto engine, open_engine(flags, static_cast<int>(count)));
    TERN_TRY(verify(*engine, reference));
    subject.bytes = tensor_bytes(engine->file());
    subject.parameters = parameter_count(engine->file());
    Session session(*engine);
    for (const Test& test : tests) {
      TERN_ASSIGN(const Measurement measurement, measure(*engine, &session, test, flags));
      log_info(fmt::format("{}, {} threads: {:.2f} t/s", test.name(), measurement.threads, measurement.mean));
      subject.measurements.push_back(measurement);
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
  app.add_option("--lookup", flags->lookup,
                 "Also passes that check 1 to N guesses: tokens a second with the logits of each; 0: none")
      ->check(between(int64_t{0}, kMaxLookup))
      ->capture_default_str()
      ->type_name("N");
  app.add_flag("--json", flags->json, "Print one JSON object");
  add_model_options_without_threads(app, &flags->model);
  return [flags] { return bench(*flags); };
}

}  // namespace tern
