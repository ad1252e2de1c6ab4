#pragma once
// Tests only: small GGUF models of every kind, in parts that can be broken.
#include <string>
#include <vector>

#include "models/gguf_image.h"
#include "models/tiny_model.h"
#include "tokenizer/tokenizer.h"

namespace tern::testing {

/// Linears are of the first type that can hold them: their rows may not be whole blocks of it.
inline RawTensor raw_linear(const TinyTensor& tensor, DType preferred) {
  TinyModel one;
  one.tensors = {tensor};
  const bool fits = tensor.spec.shape[1] % static_cast<uint64_t>(dtype_info(preferred).block_elements) == 0;
  return gguf_tensors(one, fits ? preferred : DType::kI2_S).begin()->second;
}

/// A random model of this configuration.
inline GgufImage gguf_image(const ModelConfig& config, const std::string& architecture, DType linears,
                            DType embedding) {
  GgufImage image;
  const GgufKeys keys = gguf_keys(config, architecture);
  for (const auto& [key, value] : keys.text)
    image.metadata.push_back({key, gguf_type(GgufType::kString), {value}});
  for (const auto& [key, value] : keys.u32)
    image.metadata.push_back({key, gguf_type(GgufType::kU32), {number_bytes(value)}});
  for (const auto& [key, value] : keys.f32)
    image.metadata.push_back({key, gguf_type(GgufType::kF32), {number_bytes(value)}});
  const TinyModel model = make_tiny(config, 5);
  for (const TinyTensor& tensor : model.tensors) {
    const TensorRole role = tensor.spec.role;
    const RawTensor raw = role == TensorRole::kLinear ? raw_linear(tensor, linears)
                          : role == TensorRole::kNorm ? raw_floats(tensor, DType::kF32)
                                                      : raw_floats(tensor, embedding);
    image.tensors.push_back({tensor.spec.gguf_name,
                             {raw.shape.rbegin(), raw.shape.rend()},
                             static_cast<uint32_t>(dtype_info(raw.dtype).gguf_id),
                             {raw.bytes.begin(), raw.bytes.end()}});
  }
  return image;
}

/// A vocabulary of the bytes, some words and an end of turn; exact scales; a chat template.
inline void add_texts(GgufImage& image, size_t linears) {
  std::vector<std::string> words, types, scales(linears, number_bytes(0.75f));
  for (int byte = 0; byte < 256; ++byte)
    words.push_back(apply_byte_map(std::string(1, static_cast<char>(byte))));
  for (const char* word : {"he", "ll", "hell", "hello", "tt", "ttt"}) words.emplace_back(word);
  words.emplace_back("<|eot_id|>");
  for (size_t i = 0; i < words.size(); ++i)
    types.push_back(number_bytes<int32_t>(i + 1 == words.size() ? 3 : 1));
  const auto text = [&](const char* key, const char* value) {
    image.metadata.push_back({key, gguf_type(GgufType::kString), {value}});
  };
  const auto array = [&](const char* key, GgufType type, std::vector<std::string> items) {
    image.metadata.push_back({key, gguf_type(type), std::move(items), true});
  };
  text("tokenizer.ggml.model", "gpt2");
  text("tokenizer.ggml.pre", "llama-bpe");
  array("tokenizer.ggml.tokens", GgufType::kString, words);
  array("tokenizer.ggml.token_type", GgufType::kI32, types);
  array("tokenizer.ggml.merges", GgufType::kString, {"h e", "l l", "he ll", "hell o", "t t", "tt t"});
  image.metadata.push_back(
      {"tokenizer.ggml.eos_token_id", gguf_type(GgufType::kU32), {number_bytes<uint32_t>(262)}});
  text("tokenizer.chat_template", "{% for m in messages %}{{ m.content }}{% endfor %}");
  if (linears == 0) return;
  array("tern.linear_scales", GgufType::kF32, scales);
  text("tern.linear_scale_op", "multiply");
}

inline std::vector<GgufImage> gguf_seeds() {
  ModelConfig bitnet = tiny_config("bitnet");
  bitnet.layers = 1;
  bitnet.hidden = bitnet.ffn = 32;
  bitnet.heads = 2;
  bitnet.kv_heads = 1;
  bitnet.head_dim = 16;
  bitnet.vocab = 264;
  ModelConfig llama = bitnet;  // rows of 256 for the types with such blocks, few of them
  llama.arch = "llama";
  llama.sub_norms = false;
  llama.activation = Activation::kSwiglu;
  llama.tied_head = false;
  llama.hidden = 256;
  llama.ffn = llama.head_dim = 4;
  llama.vocab = 20;
  ModelConfig dense = llama;
  dense.hidden = dense.ffn = dense.head_dim = 32;
  std::vector<GgufImage> images = {gguf_image(bitnet, "bitnet-b1.58", DType::kI2_S, DType::kF16),
                                   gguf_image(bitnet, "bitnet", DType::kI2_S, DType::kQ8_0),
                                   gguf_image(llama, "llama", DType::kTQ1_0, DType::kQ6_K),
                                   gguf_image(llama, "llama", DType::kTQ2_0, DType::kBF16),
                                   gguf_image(dense, "llama", DType::kQ8_0, DType::kQ8_0),
                                   gguf_image(dense, "llama", DType::kQ5_1, DType::kIQ4_NL),
                                   gguf_image(llama, "llama", DType::kQ4_K, DType::kQ3_K)};
  add_texts(images[0], 0);
  return images;
}

}  // namespace tern::testing
