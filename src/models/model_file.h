#pragma once
// A model on disk, whatever its format: config, tensors, tokenizer, chat template. No weights are unpacked
// here.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "io/gguf.h"
#include "io/tensor_source.h"
#include "models/config.h"
#include "models/tensor_table.h"
#include "tokenizer/chat_template.h"
#include "tokenizer/spec.h"

namespace tern {

/// What the user may say to resolve an ambiguity; each is a flag of every command that opens a model.
struct OpenOptions {
  std::optional<std::string> linear_class;  ///< --linear-class autobitlinear|bitlinear
  std::optional<std::string>
      linear;  ///< --linear dense|ternary-online (float weights without quantization_config)
  std::optional<std::string> activation;     ///< --activation relu2|silu|gelu_pytorch_tanh
  std::optional<std::string> i2s_layout;     ///< --i2s-layout, a name of ternary/i2s_layouts.inc
  std::optional<std::string> pre;            ///< --pre, a name of tokenizer/pre_tokenizers.inc
  std::optional<std::string> tokenizer;      ///< --tokenizer FILE (tokenizer.json or tokenizer.model)
  std::optional<std::string> chat_template;  ///< --chat-template FILE
  std::optional<std::string> chat_encoding;  ///< --chat-encoding whole|parts
};

class ModelFile {
 public:
  /// `path` is a GGUF file or a Hugging Face folder. Every tensor of the table is there afterwards, with its
  /// shape and with a type that its role allows. Errors: kNotFound, kIo, kBadFile, kUnsupported; kAmbiguous
  /// names the option that decides; kInvalidArgument names the option that is wrong.
  static Result<std::shared_ptr<const ModelFile>> open(const std::string& path, const OpenOptions& options);

  const std::string& path() const { return path_; }
  std::string_view format() const { return gguf_ != nullptr ? "gguf" : "huggingface"; }
  const ModelConfig& config() const { return config_; }
  const TensorSource& tensors() const { return *source_; }
  /// nullptr for a folder.
  const Gguf* gguf() const { return gguf_; }
  /// The architecture's table for this config.
  const std::vector<TensorSpec>& table() const { return table_; }
  /// The file's entry of a table line, by its Hugging Face or GGUF name; nullptr when absent.
  const TensorEntry* find(const TensorSpec& spec) const;
  /// How a kLinear or kHead line is meant: decided by its stored type and config().
  LinearKind linear_kind(const TensorSpec& spec) const;
  /// Trits of all ternary linears.
  uint64_t trit_count() const;
  /// How the I2_S tensors of the file are laid out: as published unless --i2s-layout says otherwise.
  I2sLayout i2s_layout() const { return i2s_layout_; }
  /// The exact scale of a ternary linear from `tern.linear_scales` (GGUF) or `tern` of config.json (masters),
  /// applied by config().scale_op.
  std::optional<float> exact_scale(const TensorSpec& spec) const;
  /// Masters with an exact scale: the absmean that they had when it was written beside them.
  std::optional<float> exact_absmean(const TensorSpec& spec) const;
  /// Nothing when the file carries no tokenizer, or one that is not supported (a warning then says why).
  const std::optional<TokenizerSpec>& tokenizer() const { return tokenizer_; }
  /// Why the file's tokenizer is not supported; empty when it is, or when there is none.
  const std::string& tokenizer_problem() const { return tokenizer_problem_; }
  /// The chat template to use; empty when there is none.
  const std::string& chat_template() const { return chat_template_; }
  /// How a chat becomes ids, where the file (`tern.chat_encoding`) or --chat-encoding says it.
  std::optional<ChatEncoding> chat_encoding() const { return chat_encoding_; }
  /// What a user should know: activation missing, wrong template inside, layout doubtful...
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  friend class ModelFileBuilder;
  std::string path_;
  ModelConfig config_;
  std::unique_ptr<TensorSource> source_;
  const Gguf* gguf_ = nullptr;
  std::vector<TensorSpec> table_;
  I2sLayout i2s_layout_ = I2sLayout::kPublished;
  std::map<std::string, float, std::less<>> exact_scales_, exact_absmeans_;  // by canonical tensor name
  std::optional<TokenizerSpec> tokenizer_;
  std::string tokenizer_problem_;
  std::string chat_template_;
  std::optional<ChatEncoding> chat_encoding_;
  std::vector<std::string> warnings_;
};

}  // namespace tern
