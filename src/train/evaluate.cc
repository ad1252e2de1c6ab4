#include "train/evaluate.h"

#include <algorithm>

#include "engine/log_normalizer.h"
#include "engine/session.h"

namespace tern::train {
namespace {

constexpr int64_t kChunk = 64;  // tokens whose logits exist at once

Status add_segment(Session& session, std::span<const int32_t> ids, std::span<const int32_t> targets,
                   int64_t vocab, HeldOutLoss& loss) {
  session.reset();
  std::vector<float> logits;
  const auto width = static_cast<size_t>(vocab);
  for (size_t begin = 0; begin < ids.size(); begin += kChunk) {
    const size_t count = std::min<size_t>(kChunk, ids.size() - begin);
    logits.resize(count * width);
    TERN_TRY(session.extend_into(ids.subspan(begin, count), kChunk, logits));
    for (size_t i = 0; i < count; ++i) {
      const int32_t target = targets[begin + i];
      if (target < 0) continue;
      const std::span<const float> row(logits.data() + i * width, width);
      loss.nll -= log_normalizer(row).log_probability(row[static_cast<size_t>(target)]);
      ++loss.targets;
    }
  }
  return {};
}

}  // namespace

Result<HeldOutLoss> engine_loss(const std::string& folder, const Batch& batch, int threads,
                                const ModelConfig& config) {
  EngineOptions options;
  options.threads = threads;
  options.kv = TERN_KV_F32;
  options.load.head_screen = false;
  if (config.linear == LinearKind::kDense) options.open.linear = "dense";
  options.open.activation = hidden_act_name(config.activation);  // any, whatever the architecture's own is
  TERN_ASSIGN(const auto engine, Engine::open(folder, options));
  Session session(*engine);
  HeldOutLoss loss;
  for (const Segment& part : batch.parts) {
    const auto begin = static_cast<size_t>(part.row * batch.row_tokens + part.begin);
    const auto count = static_cast<size_t>(part.length);
    TERN_TRY(add_segment(session, std::span(batch.ids).subspan(begin, count),
                         std::span(batch.targets).subspan(begin, count), engine->config().vocab, loss));
  }
  return loss;
}

Result<Batch> held_out_batch(LoaderOptions options, int64_t rows) {
  options.split = Split::kHeldOut;
  options.rows_per_step = rows;
  options.seed = 0;
  TERN_ASSIGN(Loader loader, Loader::open(options));
  loader.next_step();
  return loader.batch(0, rows);
}

}  // namespace tern::train
