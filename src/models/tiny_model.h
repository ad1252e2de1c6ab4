#pragma once
// Tests only: small random models, written as any of the files that Tern reads, and run.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/json.h"
#include "base/testing.h"
#include "io/gguf.h"
#include "kernels/isa.h"
#include "models/arch.h"
#include "models/model.h"
#include "models/model_file.h"
#include "quant/blocks.h"
#include "quant/testing.h"
#include "tensor/dtype.h"
#include "ternary/absmean.h"
#include "ternary/packing.h"

namespace tern::testing {

/// Bytes of one tensor of a file.
struct RawTensor {
  DType dtype;
  std::vector<uint64_t> shape;
  std::vector<uint8_t> bytes;
};
using RawTensors = std::map<std::string, RawTensor>;

struct TinyTensor {
  TensorSpec spec;
  std::vector<float> values;  ///< every role; a linear's masters
  std::vector<int8_t> trits;  ///< linears
  float scale = 0;            ///< linears: multiplies, exact in float16 and bfloat16
};

/// A random model: norms near 1, embeddings and masters small.
struct TinyModel {
  ModelConfig config;
  std::vector<TinyTensor> tensors;
};

inline ModelConfig tiny_config(std::string_view arch) {
  ModelConfig config;
  config.arch = arch;
  config.hidden = 40;
  config.layers = 2;
  config.heads = 4;
  config.kv_heads = 2;
  config.head_dim = 10;
  config.ffn = 72;
  config.vocab = 53;
  config.max_positions = 256;
  config.rope_theta = 500000.0;
  config.tied_head = true;
  config.sub_norms = arch == "bitnet";
  config.activation = arch == "bitnet"   ? Activation::kRelu2
                      : arch == "gemma3" ? Activation::kGeglu
                                         : Activation::kSwiglu;
  config.qkv_bias = arch == "qwen2";
  if (arch == "gemma3") {
    config.window = 70;  // more than a page
    config.windowed_layers = {true, false};
  }
  return config;
}

/// Sizes that every packing can hold: rows of whole blocks of 256.
inline ModelConfig tiny_config_256(std::string_view arch) {
  ModelConfig config = tiny_config(arch);
  config.hidden = config.ffn = 256;
  config.head_dim = 64;
  return config;
}

inline TinyModel make_tiny(const ModelConfig& config, uint32_t seed) {
  TinyModel model{config, {}};
  std::mt19937 random(seed);
  const auto uniform = [&] { return static_cast<float>(random() >> 8) / static_cast<float>(1 << 24) - 0.5f; };
  for (const TensorSpec& spec : (*arch_by_name(config.arch))->tensor_table(config)) {
    TinyTensor tensor{spec, {}, {}, 0};
    uint64_t n = 1;
    for (const uint64_t d : spec.shape) n *= d;
    for (uint64_t i = 0; i < n; ++i) {
      tensor.values.push_back(spec.role == TensorRole::kNorm ? 1.0f + 0.2f * uniform() : 0.2f * uniform());
    }
    if (spec.role == TensorRole::kLinear) {
      for (uint64_t i = 0; i < n; ++i) tensor.trits.push_back(static_cast<int8_t>(random() % 3) - 1);
      tensor.scale = static_cast<float>(32 + random() % 32) / 512.0f;
    }
    model.tensors.push_back(std::move(tensor));
  }
  return model;
}

/// As a file holds them. Random blocks stand for values of a type that Tern does not encode.
inline std::vector<uint8_t> as_bytes(const std::vector<float>& values, DType dtype) {
  if (!has_encoder(dtype)) {
    std::mt19937 random(static_cast<uint32_t>(values.size()));
    return random_blocks(dtype, values.size(), 0.001f, 0.01f, random);
  }
  std::vector<uint8_t> bytes(*dtype_bytes(dtype, values.size()));
  EXPECT_TRUE(quantize(dtype, values.data(), values.size(), bytes.data()));
  return bytes;
}

/// The float32 values of a dense tensor.
inline std::vector<float> decoded(const RawTensor& tensor) {
  std::vector<float> values(1);
  for (const uint64_t d : tensor.shape) values.resize(values.size() * d);
  EXPECT_TRUE(dequantize(tensor.dtype, tensor.bytes.data(), values.size(), values.data()));
  return values;
}

inline RawTensor raw_floats(const TinyTensor& tensor, DType dtype) {
  return {dtype, tensor.spec.shape, as_bytes(tensor.values, dtype)};
}

/// A model's tensors by Hugging Face name; `packed`: linears as uint8 with weight_scale, else as float
/// masters.
inline RawTensors hf_tensors(const TinyModel& model, bool packed, DType scale_type = DType::kBF16,
                             bool divide = false) {
  RawTensors raw;
  for (const TinyTensor& tensor : model.tensors) {
    const TensorSpec& spec = tensor.spec;
    raw[spec.name] = raw_floats(tensor, DType::kF32);
    if (spec.role != TensorRole::kLinear || !packed) continue;
    const uint64_t rows = spec.shape[0], cols = spec.shape[1], quarter = (rows + 3) / 4;
    RawTensor weights{DType::kU8, {quarter, cols}, std::vector<uint8_t>(quarter * cols)};
    encode_hf(tensor.trits, rows, cols, weights.bytes.data());
    raw[spec.name] = std::move(weights);
    raw[spec.name + "_scale"] = {
        scale_type, {1}, as_bytes({divide ? 1.0f / tensor.scale : tensor.scale}, scale_type)};
  }
  return raw;
}

inline std::string safetensors_dtype(DType dtype) {
  return dtype == DType::kF32 ? "F32" : dtype == DType::kF16 ? "F16" : dtype == DType::kBF16 ? "BF16" : "U8";
}

inline void write_safetensors(const std::string& path, const RawTensors& tensors) {
  Json header = Json::object();
  std::string data;
  for (const auto& [name, tensor] : tensors) {
    header[name] = {{"dtype", safetensors_dtype(tensor.dtype)},
                    {"shape", tensor.shape},
                    {"data_offsets", {data.size(), data.size() + tensor.bytes.size()}}};
    data.append(tensor.bytes.begin(), tensor.bytes.end());
  }
  std::string text = dump_json(header);
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const uint64_t length = text.size();
  std::string file(reinterpret_cast<const char*>(&length), sizeof length);
  write_file(path, file + text + data);
}

/// config.json of a tiny model. `mode`: "packed", "online" or "dense".
inline Json hf_config(const ModelConfig& config, std::string_view mode) {
  Json json = {
      {"model_type", (*arch_by_name(config.arch))->hf_type},
      {"hidden_size", config.hidden},
      {"num_hidden_layers", config.layers},
      {"num_attention_heads", config.heads},
      {"num_key_value_heads", config.kv_heads},
      {"head_dim", config.head_dim},
      {"intermediate_size", config.ffn},
      {"max_position_embeddings", config.max_positions},
      {"vocab_size", config.vocab},
      {"rms_norm_eps", 1e-5},
      {"rope_theta", config.rope_theta},
      {config.arch == "gemma3" ? "hidden_activation" : "hidden_act", hidden_act_name(config.activation)},
      {"tie_word_embeddings", config.tied_head},
      {"bos_token_id", 1},
      {"eos_token_id", {2, 3}}};
  if (config.arch == "gemma3") {
    json["sliding_window"] = config.window;
    for (const bool windowed : config.windowed_layers)
      json["layer_types"].push_back(windowed ? "sliding_attention" : "full_attention");
  }
  if (config.arch == "minicpm") json.update({{"scale_emb", 3}, {"scale_depth", 1.4}, {"dim_model_base", 16}});
  if (mode != "dense") {
    json["quantization_config"] = {{"quant_method", "bitnet"},
                                   {"linear_class", "autobitlinear"},
                                   {"quantization_mode", mode == "packed" ? "offline" : "online"}};
  }
  return json;
}

inline void write_hf(const std::string& folder, const Json& config, const RawTensors& tensors) {
  std::filesystem::create_directories(folder);
  write_file(folder + "/config.json", dump_json(config));
  write_safetensors(folder + "/model.safetensors", tensors);
}

/// A model's tensors by GGUF name, linears as `linear_type` (I2_S, TQ1_0, TQ2_0 or a float type).
inline RawTensors gguf_tensors(const TinyModel& model, DType linear_type,
                               I2sLayout layout = I2sLayout::kPublished) {
  RawTensors raw;
  for (const TinyTensor& tensor : model.tensors) {
    const TensorSpec& spec = tensor.spec;
    if (spec.role != TensorRole::kLinear || !dtype_is_ternary(linear_type)) {
      raw[spec.gguf_name] = raw_floats(tensor, spec.role == TensorRole::kLinear ? linear_type : DType::kF32);
      continue;
    }
    RawTensor weights{linear_type, spec.shape,
                      std::vector<uint8_t>(*dtype_bytes(linear_type, tensor.trits.size()))};
    if (linear_type == DType::kI2_S) {
      EXPECT_TRUE(
          encode_i2s(tensor.trits, spec.shape[0], spec.shape[1], layout, tensor.scale, weights.bytes.data()));
    } else {
      const auto encode = linear_type == DType::kTQ1_0 ? encode_tq1_0 : encode_tq2_0;
      encode(tensor.trits, tensor.scale, weights.bytes.data());
    }
    raw[spec.gguf_name] = std::move(weights);
  }
  return raw;
}

/// Metadata of a tiny model; `edit` may add keys or write none of the usual ones.
struct GgufKeys {
  std::map<std::string, uint32_t> u32;
  std::map<std::string, float> f32;
  std::map<std::string, bool> flags;
  std::map<std::string, std::string> text;
  std::map<std::string, std::vector<float>> f32s;
  std::map<std::string, std::vector<std::string>> texts;
};

inline GgufKeys gguf_keys(const ModelConfig& config, const std::string& architecture) {
  const auto u32 = [](int64_t value) { return static_cast<uint32_t>(value); };
  const std::string p = architecture + ".";
  GgufKeys keys;
  keys.text = {{"general.architecture", architecture},
               {p + "hidden_activation", std::string(hidden_act_name(config.activation))}};
  keys.u32 = {{p + "embedding_length", u32(config.hidden)},
              {p + "block_count", u32(config.layers)},
              {p + "attention.head_count", u32(config.heads)},
              {p + "attention.head_count_kv", u32(config.kv_heads)},
              {p + "attention.key_length", u32(config.head_dim)},
              {p + "attention.value_length", u32(config.head_dim)},
              {p + "feed_forward_length", u32(config.ffn)},
              {p + "context_length", u32(config.max_positions)},
              {p + "vocab_size", u32(config.vocab)},
              {p + "rope.dimension_count", u32(config.head_dim)}};
  keys.f32 = {{p + "attention.layer_norm_rms_epsilon", 1e-5f},
              {p + "rope.freq_base", static_cast<float>(config.rope_theta)}};
  return keys;
}

inline void write_gguf(const std::string& path, const GgufKeys& keys, const RawTensors& tensors) {
  GgufWriter writer;
  for (const auto& [key, value] : keys.u32) writer.add_u32(key, value);
  for (const auto& [key, value] : keys.f32) writer.add_f32(key, value);
  for (const auto& [key, value] : keys.flags) writer.add_bool(key, value);
  for (const auto& [key, value] : keys.text) writer.add_string(key, value);
  for (const auto& [key, value] : keys.f32s) writer.add_f32s(key, value);
  for (const auto& [key, value] : keys.texts) writer.add_strings(key, value);
  for (const auto& [name, tensor] : tensors) {
    const std::vector<uint8_t>& bytes = tensor.bytes;
    writer.add_tensor(name, tensor.dtype, tensor.shape,
                      [&bytes](const GgufWriter::Sink& sink) { return sink(bytes); });
  }
  const Status status = writer.write(path, {});
  ASSERT_TRUE(status) << status.error().message();
}

inline std::unique_ptr<Model> load_model(const std::string& path, const OpenOptions& options = {},
                                         int threads = 2) {
  ThreadPool pool(threads);
  auto file = ModelFile::open(path, options);
  EXPECT_TRUE(file) << (file ? "" : file.error().message());
  if (!file) return nullptr;
  auto model = Model::load(*file, {}, &pool);
  EXPECT_TRUE(model) << (model ? "" : model.error().message());
  return model ? std::move(*model) : nullptr;
}

/// A sequence's cache.
class TinyKv {
 public:
  TinyKv(const ModelConfig& config, int64_t positions, TernKvFormat format = TERN_KV_F16) {
    view_.layout = {format, config.layers, config.kv_heads, config.head_dim};
    for (int64_t p = 0; p < positions; p += TERN_KV_PAGE) {
      pages_.emplace_back(view_.layout.page_bytes());
      view_.pages.push_back(pages_.back().data());
    }
  }
  KvView* view() { return &view_; }

 private:
  KvView view_;
  std::vector<AlignedBuffer<uint8_t>> pages_;
};

/// A folder with the tiny model of an architecture: BitNet with packed linears, Llama with dense ones, so
/// that two such models have both kinds of matmul.
inline void write_tiny(const std::string& folder, const char* arch) {
  const TinyModel tiny = make_tiny(tiny_config(arch), 7);
  const bool packed = tiny.config.arch == "bitnet";
  write_hf(folder, hf_config(tiny.config, packed ? "packed" : "dense"), hf_tensors(tiny, packed));
}

inline std::vector<int32_t> tiny_tokens(const ModelConfig& config, size_t n, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<int32_t> ids(n);
  for (int32_t& id : ids) id = static_cast<int32_t>(random() % static_cast<uint32_t>(config.vocab));
  return ids;
}

/// Logits of every token, [n, vocab], in chunks of `chunk`.
inline std::vector<float> run_tiny(const Model& model, const std::vector<int32_t>& ids, size_t chunk,
                                   int threads = 2, TernKvFormat format = TERN_KV_F16) {
  ThreadPool pool(threads);
  TinyKv kv(model.config(), static_cast<int64_t>(ids.size()), format);
  const size_t vocab = static_cast<size_t>(model.config().vocab);
  std::vector<float> logits(ids.size() * vocab);
  for (size_t i = 0; i < ids.size(); i += chunk) {
    const size_t n = std::min(chunk, ids.size() - i);
    const SequenceChunk part{{ids.data() + i, n}, static_cast<int64_t>(i), kv.view(), 0};
    const Status status = model.forward({&part, 1}, &pool, logits.data() + i * vocab);
    EXPECT_TRUE(status) << (status ? "" : status.error().message());
    if (!status) break;
  }
  return logits;
}

/// Every bit equal (so that -0 and NaN count too).
inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

}  // namespace tern::testing
