#include "models/tensor_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace tern {
namespace {

std::vector<uint64_t> shape_of(int64_t n) {
  return {static_cast<uint64_t>(n)};
}
std::vector<uint64_t> shape_of(int64_t out, int64_t in) {
  return {static_cast<uint64_t>(out), static_cast<uint64_t>(in)};
}

}  // namespace

void TensorTableBuilder::embedding() {
  table_.push_back({"model.embed_tokens.weight", "token_embd.weight", TensorRole::kEmbedding,
                    shape_of(config_.vocab, config_.hidden)});
}

void TensorTableBuilder::norm(int64_t layer, std::string_view name, std::string_view gguf_name,
                              int64_t width) {
  table_.push_back({fmt::format("model.layers.{}.{}.weight", layer, name),
                    fmt::format("blk.{}.{}.weight", layer, gguf_name), TensorRole::kNorm, shape_of(width)});
}

void TensorTableBuilder::linear(int64_t layer, std::string_view name, std::string_view gguf_name, int64_t out,
                                int64_t in, bool rope_rows) {
  table_.push_back({fmt::format("model.layers.{}.{}.weight", layer, name),
                    fmt::format("blk.{}.{}.weight", layer, gguf_name), TensorRole::kLinear, shape_of(out, in),
                    rope_rows});
  if (config_.linear_norms && !is_dense_module(config_, module_of(table_.back().name))) {
    table_.push_back({linear_norm_name(table_.back()), "", TensorRole::kNorm, shape_of(in)});
  }
}

void TensorTableBuilder::bias(int64_t layer, std::string_view name, std::string_view gguf_name, int64_t out) {
  table_.push_back({fmt::format("model.layers.{}.{}.bias", layer, name),
                    fmt::format("blk.{}.{}.bias", layer, gguf_name), TensorRole::kBias, shape_of(out)});
}

void TensorTableBuilder::final_norm_and_head() {
  table_.push_back({"model.norm.weight", "output_norm.weight", TensorRole::kNorm, shape_of(config_.hidden)});
  if (!config_.tied_head) {
    table_.push_back({fmt::format("{}.weight", kHeadModule), "output.weight", TensorRole::kHead,
                      shape_of(config_.vocab, config_.hidden)});
  }
}

std::string_view module_of(std::string_view parameter) {
  return parameter.substr(0, parameter.rfind('.'));
}

bool is_dense_module(const ModelConfig& config, std::string_view module) {
  return std::any_of(config.dense_modules.begin(), config.dense_modules.end(), [&](const std::string& name) {
    const bool prefix =
        module.starts_with(name) && (module.size() == name.size() || module[name.size()] == '.');
    return prefix || module.ends_with(name);
  });
}

std::string hf_scale_name(const TensorSpec& spec) {
  return spec.name + "_scale";
}

std::string gguf_scale_name(const TensorSpec& spec) {
  return std::string(module_of(spec.gguf_name)) + ".scale";
}

std::string linear_norm_name(const TensorSpec& spec) {
  return std::string(module_of(spec.name)) + ".rms_norm.weight";
}

}  // namespace tern
