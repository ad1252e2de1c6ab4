// The one Model: a stack of an architecture's layers between embedding and head.
#include <new>

#include "base/check.h"
#include "models/arch.h"
#include "models/model.h"
#include "models/pass.h"

namespace tern {
namespace {

// A pass takes at most so many rows, which bounds its memory; longer batches become several passes, with the
// same bits.
constexpr size_t kMaxPassRows = 512;

class DecoderModel final : public Model {
 public:
  DecoderModel(std::shared_ptr<const ModelFile> file, const ArchInfo& arch, ModelWeights weights)
      : file_(std::move(file)), arch_(arch), weights_(std::move(weights)), rope_(config()) {}

  const ModelConfig& config() const override { return file_->config(); }
  const WeightReads& weight_reads() const override { return reads_; }

  Status forward(std::span<const SequenceChunk> batch, ThreadPool* pool, float* logits,
                 GateCounts* gates) const override {
    TERN_TRY(check(batch));
    try {
      if (gates != nullptr) gates->open.assign(static_cast<size_t>(config().layers * config().ffn), 0);
      return run(batch, pool, logits, gates);
    } catch (const std::bad_alloc&) {
      return fail(ErrorCode::kOutOfMemory, "a forward pass does not fit into memory");
    }
  }

 private:
  Status check(std::span<const SequenceChunk> batch) const {
    for (const SequenceChunk& chunk : batch) {
      TERN_CHECK(chunk.kv != nullptr && chunk.pos0 >= 0 && chunk.logits_from <= chunk.tokens.size());
      const KvLayout& layout = chunk.kv->layout;
      TERN_CHECK(layout.layers == config().layers && layout.kv_heads == config().kv_heads &&
                 layout.head_dim == config().head_dim);
      const int64_t room = static_cast<int64_t>(chunk.kv->pages.size()) * TERN_KV_PAGE;
      if (static_cast<int64_t>(chunk.tokens.size()) > room - chunk.pos0) {
        return fail(ErrorCode::kContextFull, "{} tokens from position {} do not fit a cache of {}",
                    chunk.tokens.size(), chunk.pos0, room);
      }
      for (const int32_t token : chunk.tokens) {
        if (token < 0 || token >= config().vocab) {
          return fail(ErrorCode::kInvalidArgument, "token id {} is outside the vocabulary of {}", token,
                      config().vocab);
        }
      }
    }
    return {};
  }

  Status run(std::span<const SequenceChunk> batch, ThreadPool* pool, float* logits, GateCounts* gates) const {
    std::vector<PassRow> rows;
    for (const SequenceChunk& chunk : batch) {
      for (size_t i = 0; i < chunk.tokens.size(); ++i) {
        PassRow row{
            .token = chunk.tokens[i], .position = chunk.pos0 + static_cast<int64_t>(i), .kv = chunk.kv};
        if (i >= chunk.logits_from) {
          row.logits = logits;
          row.cut = chunk.cut ? &*chunk.cut : nullptr;
          logits += config().vocab;
        }
        if (chunk.hidden != nullptr) row.hidden = chunk.hidden + static_cast<int64_t>(i) * config().hidden;
        rows.push_back(row);
        if (rows.size() == kMaxPassRows) {
          TERN_TRY(run_pass(rows, pool, gates));
          rows.clear();
        }
      }
    }
    return rows.empty() ? Status() : run_pass(rows, pool, gates);
  }

  Status run_pass(std::span<const PassRow> rows, ThreadPool* pool, GateCounts* gates) const {
    Pass pass(config(), rope_, rows, pool, workspace_, gates, &reads_);
    pass.embed(weights_.embedding);
    for (size_t l = 0; l < weights_.layers.size(); ++l) {
      TERN_TRY(arch_.layer(pass, weights_.layers[l], static_cast<int64_t>(l)));
    }
    TERN_TRY(pass.hidden_states(weights_.final_norm));
    return pass.logits(weights_.final_norm, *weights_.head);
  }

  std::shared_ptr<const ModelFile> file_;  // keeps the mapped weights alive
  const ArchInfo& arch_;
  ModelWeights weights_;
  RopeTables rope_;
  mutable WeightReads reads_;
  mutable Workspace workspace_;  // forward() is called by one caller at a time
};

}  // namespace

Result<std::unique_ptr<Model>> Model::load(std::shared_ptr<const ModelFile> file, const LoadOptions& options,
                                           ThreadPool* pool) {
  TERN_CHECK(options.packing != Packing::kAuto);
  try {
    TERN_ASSIGN(const ArchInfo* arch, arch_by_name(file->config().arch));
    TERN_ASSIGN(ModelWeights weights, load_weights(*file, options, pool));
    return std::make_unique<DecoderModel>(std::move(file), *arch, std::move(weights));
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kOutOfMemory, "{}: the weights do not fit into memory", file->path());
  }
}

}  // namespace tern
