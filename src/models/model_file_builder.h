#pragma once
// Builds a ModelFile: open_gguf.cc and open_hf.cc read their formats, the rest is common. Internal to
// src/models.
#include <memory>
#include <set>
#include <string>

#include "models/arch.h"
#include "models/model_file.h"

namespace tern {

class ModelFileBuilder {
 public:
  ModelFileBuilder(std::string path, const OpenOptions& options);
  Result<std::shared_ptr<const ModelFile>> open_gguf();
  Result<std::shared_ptr<const ModelFile>> open_hf();

 private:
  // open_gguf.cc
  Status read_gguf_config();
  Status read_gguf_scales();
  Status read_gguf_tokenizer();
  Status read_gguf_chat_template();
  // open_hf.cc
  Status read_hf_config();
  Status read_hf_quantization(const Json& quantization);
  Status read_hf_generation_config();
  Status read_hf_scales();
  Status read_hf_tokenizer();
  Status read_hf_chat_template();
  void warn_about_hf_scales();

  // model_file_builder.cc
  /// --linear, --linear-class and --i2s-layout, which say how linears are meant.
  Status apply_linear_options();
  Status apply_i2s_layout();
  /// The table, its tensors' presence, types and shapes; decides config.linear.
  Status check_tensors();
  Status check_tensor(const TensorSpec& spec, const TensorEntry& entry);
  Status check_linear_type(const TensorSpec& spec, const TensorEntry& entry);
  /// Refuses tensors that nothing uses but that belong to a block; warns about others.
  Status check_unused();
  /// The tokenizer: --tokenizer's where it is given, else what `read_own` takes from the file.
  Status read_tokenizer(Status (ModelFileBuilder::*read_own)());
  /// `spec` becomes the file's tokenizer, its warnings the file's.
  Status set_tokenizer(Result<TokenizerSpec> spec);
  /// The same for a tokenizer that comes with the model; one that is not supported becomes a warning.
  Status take_tokenizer(Result<TokenizerSpec> spec);
  /// Holds the tokenizer's size against the model's vocabulary.
  Status check_vocabulary();
  /// --chat-template; false when it was not given.
  Result<bool> read_chat_template_option();
  /// --chat-encoding, else the file's own word, which `where` names; either may be missing.
  Status read_chat_encoding(const std::optional<std::string>& own, std::string_view where);
  /// BitNet's own template where the file has none, or a known wrong one.
  void fix_chat_template();
  void warn(std::string message) { file_->warnings_.push_back(std::move(message)); }
  ModelConfig& config() { return file_->config_; }
  ConfigContext context(std::string what) { return {std::move(what), &options_, &file_->warnings_}; }

  const OpenOptions& options_;
  std::shared_ptr<ModelFile> file_;
  const ArchInfo* arch_ = nullptr;
  /// The file says whether its scales multiply or divide (packed Hugging Face files may not).
  bool scale_op_known_ = false;
  Json tern_;                                // `tern` of config.json
  std::set<std::string, std::less<>> used_;  // tensor names
};

}  // namespace tern
