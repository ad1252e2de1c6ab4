#pragma once
// Tests only: a Hugging Face folder in parts, each of which can be wrong while the others are as they should
// be.
#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/memory_file.h"
#include "models/tiny_model.h"
#include "tokenizer/tiny_tokenizer.h"

namespace tern::testing {

struct HfImage {
  Json config, tokenizer;
  Json generation = Json::object(), tokenizer_config = Json::object();
  Json header;  ///< of model.safetensors
  std::string data;
  std::optional<uint64_t> header_length;
  std::string repeated_key;            ///< of the header, which then has it twice
  std::optional<size_t> flipped_byte;  ///< of model.safetensors; position, counted round
  std::optional<size_t> cut_at;        ///< bytes of model.safetensors, counted round

  std::string weights() const {
    std::string text = dump_json(header);
    if (header.contains(repeated_key)) {
      text.insert(1, dump_json(repeated_key) + ":" + dump_json(header[repeated_key]) + ",");
    }
    const uint64_t length = header_length.value_or(text.size());
    std::string file(reinterpret_cast<const char*>(&length), sizeof length);
    file += text + data;
    if (flipped_byte) file[*flipped_byte % file.size()] ^= static_cast<char>(1 + *flipped_byte % 255);
    if (cut_at) file.resize(*cut_at % file.size());
    return file;
  }
};

/// Where an image becomes a folder.
class HfFolder {
 public:
  HfFolder() {
    constexpr std::array kNames = {"config.json", "generation_config.json", "tokenizer_config.json",
                                   "tokenizer.json", "model.safetensors"};
    for (size_t i = 0; i < files_.size(); ++i) folder_.link(files_[i], kNames[i]);
  }
  const std::string& path() const { return folder_.path(); }
  void set(const HfImage& image) {
    files_[0].set(dump_json(image.config));
    files_[1].set(dump_json(image.generation));
    files_[2].set(dump_json(image.tokenizer_config));
    files_[3].set(dump_json(image.tokenizer));
    files_[4].set(image.weights());
  }

 private:
  std::array<MemoryFile, 5> files_;
  MemoryFolder folder_;
};

/// A tiny model. `mode`: "packed", "online" or "dense".
inline HfImage hf_image(const ModelConfig& config, std::string_view mode) {
  HfImage image;
  image.config = hf_config(config, mode);
  if (config.linear_norms) image.config["quantization_config"]["use_rms_norm"] = true;
  image.tokenizer = tiny_tokenizer();
  image.generation = {{"eos_token_id", {2, 3}}, {"repetition_penalty", 1.1}};
  image.tokenizer_config = {
      {"eos_token", "<|eot_id|>"}, {"add_bos_token", true}, {"chat_template", "{{ messages }}"}};
  image.header = {{"__metadata__", {{"format", "pt"}}}};
  for (const auto& [name, tensor] : hf_tensors(make_tiny(config, 5), mode == "packed")) {
    image.header[name] = {{"dtype", safetensors_dtype(tensor.dtype)},
                          {"shape", tensor.shape},
                          {"data_offsets", {image.data.size(), image.data.size() + tensor.bytes.size()}}};
    image.data.append(tensor.bytes.begin(), tensor.bytes.end());
  }
  return image;
}

}  // namespace tern::testing
