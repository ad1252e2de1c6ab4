#include "train/cost.h"

#include <algorithm>

#include "models/arch.h"

namespace tern::train {
namespace {

constexpr double kFloat = sizeof(float);
constexpr double kLogitRows = 256;  // that exist at once

}  // namespace

ParameterCounts count_parameters(const ModelConfig& config) {
  ParameterCounts counts;
  const auto arch = arch_by_name(config.arch);
  if (!arch) return counts;
  for (const TensorSpec& spec : (*arch)->tensor_table(config)) {
    int64_t elements = 1;
    for (const uint64_t extent : spec.shape) elements *= static_cast<int64_t>(extent);
    (spec.role == TensorRole::kLinear ? counts.linears
     : spec.role == TensorRole::kNorm ? counts.norms
                                      : counts.embedding) += elements;
  }
  return counts;
}

double flops_per_token(const ModelConfig& config, double keys) {
  const ParameterCounts counts = count_parameters(config);
  const auto width = static_cast<double>(config.heads * config.head_dim);
  const auto head = static_cast<double>(config.vocab * config.hidden);
  return 6.0 * (static_cast<double>(counts.linears) + head) +
         12.0 * width * keys * static_cast<double>(config.layers);
}

double teacher_memory(const ModelConfig& config) {
  return kFloat * static_cast<double>(count_parameters(config).all());
}

MemoryEstimate estimate_memory(const ModelConfig& config, const StageRecipe& stage, int64_t world) {
  const ParameterCounts counts = count_parameters(config);
  const auto all = static_cast<double>(counts.all()), linears = static_cast<double>(counts.linears);
  MemoryEstimate memory;
  const double moments = 2 * all / static_cast<double>(world);
  memory.parameters = kFloat * (3 * all + moments + (stage.average > 0 ? all : 0));
  if (stage.linears == LinearMode::kTernary) memory.parameters += 0.75 * linears;  // two packings
  if (stage.linears == LinearMode::kBlend)
    memory.parameters += (kFloat + 1) * linears;  // what is multiplied with, and trits

  const auto tokens = static_cast<double>(stage.rows_per_pass * stage.sequence);
  const auto hidden = static_cast<double>(config.hidden), ffn = static_cast<double>(config.ffn);
  const auto width = static_cast<double>(config.heads * config.head_dim),
             kv = static_cast<double>(config.kv_heads * config.head_dim);
  // Kept of a layer: two residual streams, q, k, v, attention's output, gate, up as floats; int8 inputs of
  // its linears.
  const double layer =
      tokens * (kFloat * (2 * hidden + 2 * width + 2 * kv + 2 * ffn) + 2 * hidden + width + ffn);
  // And, of one layer at a time, what is on the way: gradients and dequantized inputs.
  const double working = tokens * kFloat * (2 * hidden + 4 * ffn);
  const double kept = stage.recompute ? tokens * kFloat * hidden * static_cast<double>(config.layers) + layer
                                      : layer * static_cast<double>(config.layers);
  memory.activations =
      kept + working + kFloat * (2 * tokens * hidden + kLogitRows * static_cast<double>(config.vocab));
  return memory;
}

}  // namespace tern::train
