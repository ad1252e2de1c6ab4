#include "engine/speed.h"

#include <algorithm>
#include <bit>
#include <chrono>

#include "base/interrupt.h"
#include "engine/sampler.h"
#include "kernels/isa.h"

namespace tern {
namespace {

constexpr int64_t kStartTokens = 4;  // a model of 2.4e9 weights takes seconds a token on scalar kernels
constexpr int64_t kChunk = 512;      // of what is not timed

/// The scalar kernels while it lives; the same bits by law, so that a session may go on with what others left
/// in it.
class ScalarKernels {
 public:
  ScalarKernels() : before_(active_isa()) { select_kernels(Isa::kScalar); }
  ~ScalarKernels() { select_kernels(before_); }
  ScalarKernels(const ScalarKernels&) = delete;
  ScalarKernels& operator=(const ScalarKernels&) = delete;

 private:
  Isa before_;
};

/// Makes `session` hold exactly the first `count` of `ids`, of which it holds some number already.
Status hold(Session* session, std::span<const int32_t> ids, size_t count) {
  session->rewind(count);
  const size_t held = session->cached().size();
  if (held == count) return {};
  TERN_TRY(session->extend(ids.subspan(held, count - held), kChunk));
  return {};
}

WeightReads reads_between(const WeightReads& before, const WeightReads& after) {
  return {after.bytes - before.bytes, after.up_rows - before.up_rows,
          after.up_rows_read - before.up_rows_read, after.down_columns - before.down_columns,
          after.down_columns_read - before.down_columns_read};
}

}  // namespace

std::string SpeedTest::name() const {
  const std::string suffix = depth > 0 ? fmt::format("@d{}", depth) : std::string();
  return fmt::format("{}{}{}", prompt ? "pp" : "tg", tokens, suffix);
}

std::vector<int32_t> speed_test_tokens(int64_t count, int64_t vocab) {
  std::vector<int32_t> ids(static_cast<size_t>(count));
  for (size_t i = 0; i < ids.size(); ++i) {
    ids[i] = static_cast<int32_t>(uniform_at(0, i) * static_cast<double>(vocab));
  }
  return ids;
}

uint64_t hash_bits(std::span<const float> values) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const float value : values) hash = (hash ^ std::bit_cast<uint32_t>(value)) * 0x100000001b3;
  return hash;
}

Result<SpeedRun> run_speed_test(const Engine& engine, Session* session, const SpeedTest& test,
                                int64_t chunk) {
  const std::vector<int32_t> ids = speed_test_tokens(test.total(), engine.config().vocab);
  const size_t step = static_cast<size_t>(test.prompt ? test.tokens : 1);
  TERN_TRY(hold(session, ids, static_cast<size_t>(test.depth)));
  std::vector<float> logits;
  const WeightReads before = engine.model().weight_reads();
  const auto start = std::chrono::steady_clock::now();
  for (size_t begin = static_cast<size_t>(test.depth); begin < ids.size(); begin += step) {
    if (interrupted()) return fail(ErrorCode::kInterrupted, "interrupted");
    TERN_ASSIGN(logits, session->extend(std::span(ids).subspan(begin, step), chunk));
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  return SpeedRun{std::max(elapsed.count(), 1e-9), hash_bits(logits),
                  reads_between(before, engine.model().weight_reads())};
}

Status SpeedReference::check_start(const Engine& engine) {
  const std::vector<int32_t> ids = speed_test_tokens(kStartTokens, engine.config().vocab);
  Session session(engine);
  if (!start_) {
    const ScalarKernels scalar;
    TERN_ASSIGN(const auto logits, session.logits(ids, 1));
    start_ = hash_bits(logits);
  }
  TERN_ASSIGN(const auto logits, session.logits(ids, kStartTokens));
  if (hash_bits(logits) == start_) return {};
  return fail(ErrorCode::kInternal,
              "{}: logits of {} with {} threads are not the bits of the scalar kernels: nothing was measured",
              engine.file().path(), isa_name(active_isa()), engine.pool()->threads());
}

Status SpeedReference::check(const Engine& engine, Session* session, const SpeedTest& test,
                             const SpeedRun& run) {
  const auto known = ends_.find(test.total());
  uint64_t expected = known != ends_.end() ? known->second : 0;
  if (known == ends_.end()) {
    TERN_ASSIGN(expected, scalar_hash(engine, session, test.total()));
    ends_.emplace(test.total(), expected);
  }
  if (run.hash == expected) return {};
  return fail(ErrorCode::kInternal,
              "{}: {} of {} with {} threads ended with other bits than the scalar kernels: no speed is "
              "reported",
              engine.file().path(), test.name(), isa_name(active_isa()), engine.pool()->threads());
}

Result<uint64_t> SpeedReference::scalar_hash(const Engine& engine, Session* session, int64_t total) const {
  const std::vector<int32_t> ids = speed_test_tokens(total, engine.config().vocab);
  const size_t shared = depth_ == Depth::kLastToken ? ids.size() - 1 : 0;
  TERN_TRY(hold(session, ids, shared));
  const ScalarKernels scalar;
  TERN_ASSIGN(const auto logits, session->extend(std::span(ids).subspan(shared), kChunk));
  return hash_bits(logits);
}

}  // namespace tern
