#include "engine/speed.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstring>
#include <limits>

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
  TERN_TRY(session->extend(ids.subspan(held, count - held), kChunk, LogitCut{}));
  return {};
}

WeightReads reads_between(const WeightReads& before, const WeightReads& after) {
  return {.bytes = after.bytes - before.bytes,
          .up_rows = after.up_rows - before.up_rows,
          .up_rows_read = after.up_rows_read - before.up_rows_read,
          .down_columns = after.down_columns - before.down_columns,
          .down_columns_read = after.down_columns_read - before.down_columns_read,
          .head_rows = after.head_rows - before.head_rows,
          .head_rows_read = after.head_rows_read - before.head_rows_read};
}

bool same_bits(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
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

bool same_logits(std::span<const float> cut, std::span<const float> all) {
  if (cut.size() != all.size() || all.empty()) return false;
  const float best = *std::max_element(all.begin(), all.end());
  for (size_t i = 0; i < all.size(); ++i) {
    if (std::bit_cast<uint32_t>(cut[i]) == std::bit_cast<uint32_t>(all[i])) continue;
    if (cut[i] != -std::numeric_limits<float>::infinity() || all[i] == best) return false;
  }
  return true;
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
    TERN_ASSIGN(logits, session->extend(std::span(ids).subspan(begin, step), chunk, LogitCut{}));
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  return SpeedRun{std::max(elapsed.count(), 1e-9), std::move(logits),
                  reads_between(before, engine.model().weight_reads())};
}

Status SpeedReference::check_start(const Engine& engine) {
  const std::vector<int32_t> ids = speed_test_tokens(kStartTokens, engine.config().vocab);
  Session session(engine);
  if (start_.empty()) {
    const ScalarKernels scalar;
    TERN_ASSIGN(start_, session.logits(ids, 1));
  }
  TERN_ASSIGN(const auto logits, session.logits(ids, kStartTokens));
  if (same_bits(logits, start_)) return {};
  return fail(ErrorCode::kInternal,
              "{}: logits of {} with {} threads are not the bits of the scalar kernels: no speed is reported",
              engine.file().path(), isa_name(active_isa()), engine.pool()->threads());
}

Status SpeedReference::check(const Engine& engine, Session* session, const SpeedTest& test,
                             const SpeedRun& run) {
  auto known = ends_.find(test.total());
  if (known == ends_.end()) {
    TERN_ASSIGN(std::vector<float> logits, scalar_logits(engine, session, test.total()));
    known = ends_.emplace(test.total(), std::move(logits)).first;
  }
  if (same_logits(run.logits, known->second)) return {};
  return fail(ErrorCode::kInternal,
              "{}: {} of {} with {} threads ended with other bits than the scalar kernels: no speed is "
              "reported",
              engine.file().path(), test.name(), isa_name(active_isa()), engine.pool()->threads());
}

Result<std::vector<float>> SpeedReference::scalar_logits(const Engine& engine, Session* session,
                                                         int64_t total) const {
  const std::vector<int32_t> ids = speed_test_tokens(total, engine.config().vocab);
  const size_t shared = depth_ == Depth::kLastToken ? ids.size() - 1 : 0;
  TERN_TRY(hold(session, ids, shared));
  const ScalarKernels scalar;
  return session->extend(std::span(ids).subspan(shared), kChunk);
}

}  // namespace tern
