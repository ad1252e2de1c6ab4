#include "models/tensor_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "models/tiny_model.h"

namespace tern {
namespace {

using namespace testing;

std::vector<TensorSpec> table_of(const ModelConfig& config) {
  return (*arch_by_name(config.arch))->tensor_table(config);
}

// The published 2B4T GGUF holds 332 tensors: 30 layers of 11, the embedding, the last norm; 210 of them
// linears.
TEST(TensorTable, Bitnet2b4tHasThePublishedTensors) {
  ModelConfig config = tiny_config("bitnet");
  config.layers = 30;
  config.hidden = 2560;
  config.heads = 20;
  config.kv_heads = 5;
  config.head_dim = 128;
  config.ffn = 6912;
  config.vocab = 128256;
  const std::vector<TensorSpec> table = table_of(config);
  EXPECT_EQ(table.size(), 332u);
  uint64_t linears = 0, ternary_weights = 0;
  std::set<std::string> names, gguf_names;
  for (const TensorSpec& spec : table) {
    names.insert(spec.name);
    gguf_names.insert(spec.gguf_name);
    if (spec.role != TensorRole::kLinear) continue;
    ++linears;
    ternary_weights += spec.shape[0] * spec.shape[1];
  }
  EXPECT_EQ(names.size(), 332u);
  EXPECT_EQ(gguf_names.size(), 332u);
  EXPECT_EQ(linears, 210u);
  EXPECT_EQ(ternary_weights, 2084044800u);
  const std::set<std::string> layer_29 = {"attn_norm",   "attn_q",        "attn_k",      "attn_v",
                                          "attn_output", "attn_sub_norm", "ffn_norm",    "ffn_gate",
                                          "ffn_up",      "ffn_down",      "ffn_sub_norm"};
  for (const std::string& name : layer_29)
    EXPECT_TRUE(gguf_names.contains("blk.29." + name + ".weight")) << name;
  config.tied_head = false;  // the older bitnet-25 file
  EXPECT_EQ(table_of(config).size(), 333u);
  EXPECT_EQ(table_of(config).back().gguf_name, "output.weight");
}

TEST(TensorTable, LlamaHasNoSubNorms) {
  const std::vector<TensorSpec> table = table_of(tiny_config("llama"));
  EXPECT_EQ(table.size(), 2u * 9 + 2);
  for (const TensorSpec& spec : table) EXPECT_EQ(spec.name.find("sub_norm"), std::string::npos);
}

TEST(TensorTable, ShapesAndRopeRows) {
  const std::map<std::string, std::vector<uint64_t>> shapes = {
      {"model.embed_tokens.weight", {53, 40}},
      {"model.layers.1.self_attn.q_proj.weight", {40, 40}},
      {"model.layers.1.self_attn.k_proj.weight", {20, 40}},
      {"model.layers.1.self_attn.v_proj.weight", {20, 40}},
      {"model.layers.1.self_attn.attn_sub_norm.weight", {40}},
      {"model.layers.1.mlp.up_proj.weight", {72, 40}},
      {"model.layers.1.mlp.down_proj.weight", {40, 72}},
      {"model.layers.1.mlp.ffn_sub_norm.weight", {72}},
  };
  size_t seen = 0;
  for (const TensorSpec& spec : table_of(tiny_config("bitnet"))) {
    const bool rope = spec.name.ends_with("q_proj.weight") || spec.name.ends_with("k_proj.weight");
    EXPECT_EQ(spec.rope_rows, rope) << spec.name;
    const auto shape = shapes.find(spec.name);
    if (shape == shapes.end()) continue;
    ++seen;
    EXPECT_EQ(spec.shape, shape->second) << spec.name;
  }
  EXPECT_EQ(seen, shapes.size());
}

TEST(TensorTable, NormsInsideLinears) {
  ModelConfig config = tiny_config("llama");
  config.linear_norms = true;
  config.dense_modules = {"o_proj"};
  const std::vector<TensorSpec> table = table_of(config);
  EXPECT_EQ(table.size(), 2u * (9 + 6) + 2);
  const auto it = std::find_if(table.begin(), table.end(), [](const TensorSpec& spec) {
    return spec.name == "model.layers.1.mlp.down_proj.rms_norm.weight";
  });
  ASSERT_NE(it, table.end());
  EXPECT_EQ(it->shape, std::vector<uint64_t>{72});
  EXPECT_EQ(it->role, TensorRole::kNorm);
}

TEST(TensorTable, DenseModulesMatchAsInTransformers) {
  ModelConfig config;
  const auto dense = [&](std::string_view name, std::string_view module) {
    config.dense_modules = {std::string(name)};
    return is_dense_module(config, module);
  };
  EXPECT_TRUE(dense("lm_head", "lm_head"));
  EXPECT_TRUE(dense("model.layers.1", "model.layers.1.mlp.up_proj"));
  EXPECT_FALSE(dense("model.layers.1", "model.layers.11.mlp.up_proj"));
  EXPECT_TRUE(dense("up_proj", "model.layers.1.mlp.up_proj"));
  EXPECT_FALSE(dense("mlp.up", "model.layers.1.mlp.up_proj"));
}

TEST(TensorTable, NamesBesideAParameter) {
  const TensorSpec spec{
      "model.layers.0.mlp.up_proj.weight", "blk.0.ffn_up.weight", TensorRole::kLinear, {72, 40}};
  EXPECT_EQ(hf_scale_name(spec), "model.layers.0.mlp.up_proj.weight_scale");
  EXPECT_EQ(gguf_scale_name(spec), "blk.0.ffn_up.scale");
  EXPECT_EQ(linear_norm_name(spec), "model.layers.0.mlp.up_proj.rms_norm.weight");
}

}  // namespace
}  // namespace tern
