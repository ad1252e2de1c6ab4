#pragma once
// The fixed parts of Hugging Face folders of which the other part is fuzzed.
#include <cstring>
#include <string>
#include <vector>

#include "base/json.h"
#include "tensor/dtype.h"
#include "tokenizer/tokenizer.h"

namespace tern::fuzz {

struct TinyTensor {
  std::string name;
  DType dtype;
  std::vector<uint64_t> shape;
};

/// A safetensors file of these tensors: floats of about 0.05, packed trits 0, 0, 1, -1.
inline std::string safetensors(const std::vector<TinyTensor>& tensors) {
  Json header = Json::object();
  std::string data;
  for (const TinyTensor& tensor : tensors) {
    uint64_t elements = 1;
    for (const uint64_t dim : tensor.shape) elements *= dim;
    const uint64_t bytes = *dtype_bytes(tensor.dtype, elements);
    header[tensor.name] = {{"dtype", dtype_info(tensor.dtype).name},
                           {"shape", tensor.shape},
                           {"data_offsets", {data.size(), data.size() + bytes}}};
    data.append(bytes, tensor.dtype == DType::kU8 ? '\x25' : '\x3d');
  }
  const std::string text = dump_json(header);
  const uint64_t length = text.size();
  std::string file(sizeof length, '\0');
  std::memcpy(file.data(), &length, sizeof length);
  return file + text + data;
}

/// One layer of BitNet with everything small.
constexpr const char* kTinyConfig = R"({"model_type": "bitnet", "hidden_size": 4, "num_hidden_layers": 1,
 "num_attention_heads": 2, "num_key_value_heads": 1, "intermediate_size": 4, "max_position_embeddings": 64,
 "vocab_size": 256, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "relu2", "tie_word_embeddings": true,
 "quantization_config": {"quant_method": "bitnet", "linear_class": "autobitlinear", "quantization_mode": "offline"}})";

/// Its weights.
inline std::string tiny_weights() {
  std::vector<TinyTensor> tensors = {{"model.embed_tokens.weight", DType::kF32, {256, 4}},
                                     {"model.norm.weight", DType::kF32, {4}}};
  const std::string layer = "model.layers.0.";
  for (const char* norm :
       {"input_layernorm", "post_attention_layernorm", "self_attn.attn_sub_norm", "mlp.ffn_sub_norm"})
    tensors.push_back({layer + norm + ".weight", DType::kF32, {4}});
  for (const char* name : {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
                           "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"}) {
    const uint64_t packed_rows = 1;  // of 4 rows, or of 2 and padding
    tensors.push_back({layer + name + ".weight", DType::kU8, {packed_rows, 4}});
    tensors.push_back({layer + name + ".weight_scale", DType::kF32, {1}});
  }
  return safetensors(tensors);
}

/// tokenizer.json of the 256 bytes.
inline std::string byte_tokenizer() {
  Json vocab = Json::object();
  for (int byte = 0; byte < 256; ++byte)
    vocab[apply_byte_map(std::string(1, static_cast<char>(byte)))] = byte;
  return dump_json({{"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", Json::array()}}},
                    {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}}},
                    {"decoder", {{"type", "ByteLevel"}}},
                    {"added_tokens", Json::array()}});
}

}  // namespace tern::fuzz
