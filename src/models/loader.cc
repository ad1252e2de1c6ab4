// Fills ModelWeights from the tensor table.
#include <charconv>
#include <cmath>

#include "base/check.h"
#include "base/interrupt.h"
#include "base/progress.h"
#include "models/weights.h"
#include "quant/blocks.h"

namespace tern {
namespace {

// By their names in GGUF: Hugging Face's post_attention_layernorm is another norm in Llama than in Gemma.
struct NormSlot {
  std::string_view name;
  Norm LayerWeights::*slot;
};
constexpr NormSlot kNormSlots[] = {
    {"attn_norm.weight", &LayerWeights::attn_norm},
    {"attn_sub_norm.weight", &LayerWeights::attn_sub_norm},
    {"attn_q_norm.weight", &LayerWeights::q_norm},
    {"attn_k_norm.weight", &LayerWeights::k_norm},
    {"post_attention_norm.weight", &LayerWeights::attn_post_norm},
    {"ffn_norm.weight", &LayerWeights::ffn_norm},
    {"ffn_sub_norm.weight", &LayerWeights::ffn_sub_norm},
    {"post_ffw_norm.weight", &LayerWeights::ffn_post_norm},
};

struct LinearSlot {
  std::string_view name;
  Linear LayerWeights::*slot;
};
constexpr LinearSlot kLinearSlots[] = {
    {"attn_q.weight", &LayerWeights::q},      {"attn_k.weight", &LayerWeights::k},
    {"attn_v.weight", &LayerWeights::v},      {"attn_output.weight", &LayerWeights::o},
    {"ffn_gate.weight", &LayerWeights::gate}, {"ffn_up.weight", &LayerWeights::up},
    {"ffn_down.weight", &LayerWeights::down},
};

template <typename Slot, size_t kCount>
const Slot* find_slot(const Slot (&slots)[kCount], std::string_view name) {
  for (const Slot& slot : slots) {
    if (slot.name == name) return &slot;
  }
  return nullptr;
}

/// "blk.12.ffn_up.weight" -> 12 and "ffn_up.weight"; false for other names.
bool split_layer(std::string_view name, size_t& layer, std::string_view& rest) {
  constexpr std::string_view kPrefix = "blk.";
  if (!name.starts_with(kPrefix)) return false;
  name.remove_prefix(kPrefix.size());
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), layer);
  if (error != std::errc() || end == name.data() + name.size() || *end != '.') return false;
  rest = name.substr(static_cast<size_t>(end - name.data()) + 1);
  return true;
}

class Loader {
 public:
  Loader(const ModelFile& file, const LoadOptions& options, ThreadPool* pool)
      : file_(file), options_(options), pool_(pool) {
    weights_.layers.resize(static_cast<size_t>(file.config().layers));
  }

  Result<ModelWeights> load() {
    uint64_t total = 0, done = 0;
    for (const TensorSpec& spec : file_.table()) total += file_.find(spec)->bytes.size();
    Progress progress("loading weights", total);
    for (const TensorSpec& spec : file_.table()) {
      if (interrupted()) return fail(ErrorCode::kInterrupted, "loading was interrupted");
      TERN_TRY(load_one(spec));
      progress.update(done += file_.find(spec)->bytes.size());
    }
    if (file_.config().tied_head) {
      TensorSpec spec = file_.table().front();
      TERN_CHECK(spec.role == TensorRole::kEmbedding);
      TERN_TRY(load_head(spec));
    }
    return std::move(weights_);
  }

 private:
  Status load_one(const TensorSpec& spec) {
    const float eps = file_.config().rms_eps;
    if (spec.gguf_name.empty()) return {};  // the norm inside a linear, which loads it
    size_t layer = 0;
    std::string_view rest;
    if (split_layer(spec.gguf_name, layer, rest)) return load_in_layer(spec, weights_.layers.at(layer), rest);
    switch (spec.role) {
      case TensorRole::kEmbedding:
        return load_embedding(spec);
      case TensorRole::kNorm: {
        TERN_ASSIGN(weights_.final_norm, load_norm(file_, spec, eps));
        return {};
      }
      default:
        return load_head(spec);
    }
  }

  Status load_head(const TensorSpec& spec) {
    TERN_ASSIGN(weights_.head, Head::load(file_, spec, options_, pool_));
    return {};
  }

  Status load_in_layer(const TensorSpec& spec, LayerWeights& layer, std::string_view name) {
    if (const NormSlot* slot = find_slot(kNormSlots, name)) {
      TERN_ASSIGN(layer.*(slot->slot), load_norm(file_, spec, file_.config().rms_eps));
      return {};
    }
    const LinearSlot* linear = find_slot(kLinearSlots, fmt::format("{}.weight", module_of(name)));
    TERN_CHECK(linear != nullptr);
    if (spec.role == TensorRole::kBias) {
      TERN_ASSIGN((layer.*(linear->slot)).bias, load_vector(file_, spec));
      return {};
    }
    TERN_ASSIGN(layer.*(linear->slot), load_linear(file_, spec, options_, sparse_use(file_.config(), spec),
                                                   pool_, &weights_.memory));
    return {};
  }

  Status load_embedding(const TensorSpec& spec) {
    const TensorEntry& entry = *file_.find(spec);
    weights_.embedding = {entry.dtype, entry.bytes.data(), *dtype_bytes(entry.dtype, spec.shape[1])};
    return {};
  }

  const ModelFile& file_;
  const LoadOptions& options_;
  ThreadPool* pool_;
  ModelWeights weights_;
};

}  // namespace

SparseUse sparse_use(const ModelConfig& config, const TensorSpec& spec) {
  if (config.activation != Activation::kRelu2) return SparseUse::kNone;
  if (spec.gguf_name.ends_with(".ffn_up.weight")) return SparseUse::kRows;
  return spec.gguf_name.ends_with(".ffn_down.weight") ? SparseUse::kColumns : SparseUse::kNone;
}

Result<AlignedBuffer<float>> load_vector(const ModelFile& file, const TensorSpec& spec) {
  const TensorEntry& entry = *file.find(spec);
  AlignedBuffer<float> values(entry.elements());
  const Status status = dequantize(entry.dtype, entry.bytes.data(), entry.elements(), values.data());
  if (!status)
    return tl::unexpected(status.error().with_context(fmt::format("{}: {}", file.path(), entry.name)));
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i]))
      return fail(ErrorCode::kNonFinite, "{}: {}: element {} is {}", file.path(), entry.name, i, values[i]);
  }
  return values;
}

Result<Norm> load_norm(const ModelFile& file, const TensorSpec& spec, float eps) {
  Norm norm;
  norm.eps = eps;
  TERN_ASSIGN(norm.weight, load_vector(file, spec));
  if (file.config().norms_less_one) {
    for (float& w : norm.weight.span()) w = 1.0f + w;
  }
  return norm;
}

Result<uint64_t> weights_memory(const ModelFile& file, const LoadOptions& options) {
  uint64_t bytes = 0;
  for (const TensorSpec& spec : file.table()) {
    if (spec.role == TensorRole::kLinear) {
      TERN_ASSIGN(const Linear linear, describe_linear(file, spec, options));
      bytes += linear_memory(linear, sparse_use(file.config(), spec));
    } else if (is_head(file.config(), spec)) {
      TERN_ASSIGN(const uint64_t head, Head::memory(file, spec, options));
      bytes += head;
    }
  }
  return bytes;
}

Result<ModelWeights> load_weights(const ModelFile& file, const LoadOptions& options, ThreadPool* pool) {
  return Loader(file, options, pool).load();
}

}  // namespace tern
