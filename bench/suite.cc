#include "bench/suite.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <set>

#include "base/check.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "bench/peak_memory.h"
#include "engine/packing_choice.h"
#include "engine/sampler.h"
#include "machine/words.h"

namespace tern {
namespace {

constexpr int64_t kChunk = 512;  // prompt tokens a forward pass, as `tern run` takes them
constexpr int64_t kFirstTokenPrompt = 16;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Says what runs now and guesses the rest from the time that earlier steps took. A step's cost is in units
/// of one thread's prompt token.
class Schedule {
 public:
  explicit Schedule(double total_cost) : total_(total_cost), start_(std::chrono::steady_clock::now()) {}
  static double cost(const SpeedTest& test, int threads) {
    constexpr double kDecodeCost = 8;  // a decoded token takes about that many times longer
    return static_cast<double>(test.tokens) * (test.prompt ? 1 : kDecodeCost) / threads;
  }
  void begin(std::string_view what) {
    std::string left;
    if (done_ > 0) {
      const double seconds = seconds_since(start_) * (total_ - done_) / done_;
      left = seconds < 90 ? fmt::format(", about {:.0f} s left", seconds)
                          : fmt::format(", about {:.0f} min left", std::ceil(seconds / 60));
    }
    log_info(fmt::format("[{:3.0f}%{}] {}", total_ > 0 ? 100 * done_ / total_ : 0, left, what));
  }
  void end(double cost) { done_ += cost; }

 private:
  double total_, done_ = 0;
  std::chrono::steady_clock::time_point start_;
};

class Suite {
 public:
  explicit Suite(SuiteOptions options) : options_(std::move(options)), schedule_(total_cost()) {}

  Result<SuiteResult> run() {
    SuiteResult result;
    std::set<int> threads{1, available_threads()};
    threads.insert(options_.threads.begin(), options_.threads.end());
    for (const int count : threads) {
      schedule_.begin(fmt::format("limits of this machine with {}", counted(count, "thread")));
      TERN_ASSIGN(MachineLimits limits, measure_limits(count, options_.probe));
      if (limits.cpu_share < MachineLimits::kLeastCpuShare) {
        warn("only {:.0f}% of {} was to be had: other work runs here, and these limits are too low",
             100 * limits.cpu_share, counted(count, "processor"));
      }
      result.limits.push_back(std::move(limits));
    }
    for (const std::string& path : options_.models) {
      SpeedReference reference(options_.check);
      for (const int count : options_.threads) {
        TERN_ASSIGN(ModelResult model, run_model(path, count, &reference));
        result.models.push_back(std::move(model));
      }
    }
    return result;
  }

 private:
  double total_cost() const {
    double total = 0;
    for (const int threads : options_.threads) {
      for (const SpeedTest& test : options_.tests) total += Schedule::cost(test, threads) * rounds_of_all();
    }
    return total * static_cast<double>(options_.models.size());
  }
  /// Runs of a test: one of ours that warms up, then in each round ours and every peer's.
  double rounds_of_all() const {
    return 1.0 + options_.repeats * static_cast<double>(1 + options_.peers.size());
  }

  Result<ModelResult> run_model(const std::string& path, int threads, SpeedReference* reference) {
    ModelResult result;
    result.name = std::filesystem::absolute(path).lexically_normal().stem().string();
    result.threads = threads;
    what_ = fmt::format("{}, {}", result.name, counted(threads, "thread"));
    schedule_.begin(what_ + ": loading");
    EngineOptions engine_options;
    engine_options.open = options_.open;
    engine_options.load = options_.load;
    engine_options.threads = threads;
    TERN_TRY(Engine::open(path, engine_options));  // brings the file into the page cache
    const bool peak_is_ours = reset_peak_memory();
    if (!peak_is_ours) warn("no /proc/self/clear_refs: the peak of memory is not measured");
    const auto start = std::chrono::steady_clock::now();
    TERN_ASSIGN(const auto engine, Engine::open(path, engine_options));
    result.load_s = seconds_since(start);
    if (engine->file().trit_count() > 0) result.packing = packing_name(engine->options().load.packing);

    TERN_TRY(check_lengths(*engine));
    Session session(*engine);
    TERN_ASSIGN(result.first_token_s, first_token_seconds(*engine, &session));
    TERN_TRY(warm_up(*engine, &session));
    if (peak_is_ours) result.peak_bytes = peak_memory(::getpid());
    TERN_TRY(run_tests(*engine, &session, &result));
    // Last: the checks want logits that generation does without, which brings the whole head into memory.
    schedule_.begin(what_ + ": checking against the scalar kernels");
    TERN_TRY(reference->check_start(*engine));
    for (const TestResult& line : result.tests) {
      for (const SpeedRun& run : line.runs) TERN_TRY(reference->check(*engine, &session, line.test, run));
    }
    return result;
  }

  /// Before minutes are spent on the tests that do fit.
  Status check_lengths(const Engine& engine) const {
    for (const SpeedTest& test : options_.tests) {
      if (test.total() <= engine.context()) continue;
      return fail(ErrorCode::kContextFull,
                  "{}: {} does not fit its context of {} tokens: give fewer with -p, -n, -d",
                  engine.file().path(), test.name(), engine.context());
    }
    return {};
  }

  Result<double> first_token_seconds(const Engine& engine, Session* session) const {
    const int64_t length = std::min(kFirstTokenPrompt, engine.context());
    const std::vector<int32_t> ids = speed_test_tokens(length, engine.config().vocab);
    Rates seconds;
    for (int round = 0; round <= options_.repeats; ++round) {
      session->reset();
      const auto start = std::chrono::steady_clock::now();
      TERN_ASSIGN(const auto logits, session->extend(ids, kChunk, LogitCut{}));
      sample(logits, {}, {.prompt = ids, .answer = {}}, ids.size());
      if (round > 0) seconds.rounds.push_back(seconds_since(start));
    }
    return seconds.median();
  }

  /// Runs every test once, which warms caches, pages and clocks.
  Status warm_up(const Engine& engine, Session* session) {
    for (const SpeedTest& test : options_.tests) {
      announce(test, "", 0);
      TERN_TRY(run_speed_test(engine, session, test, kChunk));
      schedule_.end(Schedule::cost(test, engine.pool()->threads()));
    }
    return {};
  }

  Status run_tests(const Engine& engine, Session* session, ModelResult* result) {
    for (const SpeedTest& test : options_.tests) {
      TestResult& line = result->tests.emplace_back();
      line.test = test;
      for (const Peer& peer : options_.peers) {
        PeerResult& result_of_peer = line.peers.emplace_back();
        result_of_peer.name = peer.name();
        result_of_peer.model = peer.model();
      }
    }
    // Rounds are the outer loop of ours and theirs, so that a slow minute of the machine hits both.
    for (TestResult& line : result->tests) {
      for (int round = 1; round <= options_.repeats; ++round) {
        TERN_TRY(run_ours(engine, session, round, &line));
        for (size_t i = 0; i < line.peers.size(); ++i) {
          TERN_TRY(run_peer(result->threads, round, &options_.peers[i], line.test, &line.peers[i]));
        }
      }
    }
    return {};
  }

  Status run_ours(const Engine& engine, Session* session, int round, TestResult* line) {
    announce(line->test, "", round);
    TERN_ASSIGN(SpeedRun run, run_speed_test(engine, session, line->test, kChunk));
    TERN_ASSIGN(const ModelWork work, model_work(engine.file(), engine.options().kv, LoadOptions{}));
    line->work = token_work(work, line->test, kChunk, run.reads);
    line->rates.rounds.push_back(static_cast<double>(line->test.tokens) / run.seconds);
    line->runs.push_back(std::move(run));
    schedule_.end(Schedule::cost(line->test, engine.pool()->threads()));
    return {};
  }

  Status run_peer(int threads, int round, Peer* peer, const SpeedTest& test, PeerResult* result) {
    if (result->error.empty()) {
      announce(test, peer->name(), round);
      const Result<PeerRun> run = peer->run(test, threads);
      if (run) {
        result->rates.rounds.push_back(run->tok_s);
        result->peak_bytes = std::max(result->peak_bytes, run->peak_bytes);
      } else if (run.error().code() == ErrorCode::kInterrupted) {
        return tl::unexpected(run.error());
      } else {
        result->error = run.error().message();
        result->rates.rounds.clear();
        warn("{} failed at {}: {}", peer->name(), test.name(), result->error);
      }
    }
    schedule_.end(Schedule::cost(test, threads));
    return {};
  }

  void announce(const SpeedTest& test, std::string_view peer, int round) {
    const std::string who = peer.empty() ? std::string() : fmt::format(" by {}", peer);
    const std::string which =
        round == 0 ? "warming up" : fmt::format("round {} of {}", round, options_.repeats);
    schedule_.begin(fmt::format("{}: {}{}, {}", what_, test.name(), who, which));
  }

  SuiteOptions options_;
  Schedule schedule_;
  std::string what_;  ///< model and threads, for remarks
};

}  // namespace

double Rates::median() const {
  TERN_CHECK(!rounds.empty());
  std::vector<double> sorted = rounds;
  std::sort(sorted.begin(), sorted.end());
  return (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
}

double Rates::spread() const {
  TERN_CHECK(!rounds.empty());
  const auto [lowest, highest] = std::minmax_element(rounds.begin(), rounds.end());
  return *highest - *lowest;
}

const MachineLimits& SuiteResult::limits_of(int threads) const {
  const auto found = std::find_if(limits.begin(), limits.end(),
                                  [threads](const MachineLimits& l) { return l.threads == threads; });
  TERN_CHECK(found != limits.end());
  return *found;
}

Result<SuiteResult> run_suite(SuiteOptions options) {
  return Suite(std::move(options)).run();
}

}  // namespace tern
