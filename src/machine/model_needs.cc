#include "machine/model_needs.h"

#include <algorithm>

#include "engine/limits.h"
#include "models/head_screen.h"
#include "models/model_facts.h"
#include "models/weights.h"

namespace tern {
namespace {

constexpr int64_t kChunk = 512;  // prompt tokens of a forward pass, as commands take them

uint64_t kv_token_bytes(const ModelConfig& config, TernKvFormat format) {
  return KvLayout{format, config.layers, config.kv_heads, config.head_dim}.page_bytes() / TERN_KV_PAGE;
}

/// Workspace (models/pass.h): rows of floats, and the int8 of the widest of them.
uint64_t pass_bytes(const ModelConfig& config, int64_t rows) {
  const int64_t attention = 2 * (config.heads + config.kv_heads) * config.head_dim;
  const int64_t floats = 2 * config.hidden + attention + 2 * config.ffn + config.head_dim;
  const int64_t widest = std::max(config.hidden, config.ffn);
  return static_cast<uint64_t>(rows * (4 * floats + widest) + 4 * config.vocab);
}

/// Sets what one token need not read where its gate is closed, or its logit cannot win.
Status find_skippable(const ModelFile& file, const LoadOptions& options, ModelNeeds* needs) {
  for (const TensorSpec& spec : file.table()) {
    const bool head = is_head(file.config(), spec);
    if (!head && spec.role != TensorRole::kLinear) continue;
    TERN_ASSIGN(const Linear linear, describe_linear(file, spec, options));
    const auto bytes = static_cast<double>(linear.bytes());
    const bool dense = linear.kind == LinearKind::kDense;
    if (head && dense && options.head_screen) {
      const auto screen = HeadScreen::memory(linear, file.find(spec)->dtype);
      if (screen) needs->screened_head = std::max(bytes - static_cast<double>(*screen), 0.0);
    } else if (!head && !dense && sparse_use(file.config(), spec) != SparseUse::kNone) {
      needs->closed_gates.bytes += bytes;
      needs->closed_gates.operations += 2 * static_cast<double>(linear.out) * static_cast<double>(linear.in);
    }
  }
  return {};
}

}  // namespace

Result<ModelNeeds> model_needs(const ModelFile& file, const EngineOptions& options, Packing packing,
                               const SystemFiles& files) {
  const ModelConfig& config = file.config();
  LoadOptions load = options.load;
  load.packing = packing;
  ModelNeeds needs;
  needs.path = file.path();
  needs.disk = disk_of(files, file.path());
  needs.file_bytes = tensor_bytes(file);
  TERN_ASSIGN(needs.work, model_work(file, options.kv, load));
  TERN_TRY(find_skippable(file, load, &needs));
  TERN_ASSIGN(needs.weights, weights_memory(file, load));
  needs.packing = packing;
  needs.ternary = file.trit_count() > 0;
  needs.threads = options.threads > 0 ? options.threads : available_threads();
  needs.kv = options.kv;
  needs.context = options.context > 0 ? options.context : std::min(config.max_positions, kDefaultContext);
  needs.trained_positions = config.max_positions;
  needs.pass = pass_bytes(config, std::min(needs.context, kChunk));
  needs.kv_token = kv_token_bytes(config, options.kv);
  needs.smallest_kv_token = kv_token_bytes(config, TERN_KV_I8);
  return needs;
}

}  // namespace tern
