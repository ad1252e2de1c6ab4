// The metadata of a GGUF file.
#include <algorithm>
#include <array>
#include <filesystem>
#include <span>
#include <utility>

#include "convert/gguf_tokenizer.h"
#include "convert/metadata.h"
#include "models/config_reader.h"
#include "models/export_config.h"
#include "tokenizer/tokenizer.h"

namespace tern {
namespace {

constexpr std::string_view kTemplateKey = "tokenizer.chat_template", kPreKey = "tokenizer.ggml.pre",
                           kCharsMapKey = "tokenizer.ggml.precompiled_charsmap";

/// general.file_type, as Microsoft's and llama.cpp's files number what most of the weights are; 0 is f32. Of
/// the numbers of a K-quant's mixtures it is the middle one.
uint32_t file_type(const ConvertPlan& plan) {
  constexpr std::pair<DType, uint32_t> kFileTypes[] = {
      {DType::kI2_S, 40}, {DType::kTQ1_0, 36}, {DType::kTQ2_0, 37}, {DType::kF16, 1},
      {DType::kBF16, 32}, {DType::kQ4_0, 2},   {DType::kQ4_1, 3},   {DType::kQ5_0, 8},
      {DType::kQ5_1, 9},  {DType::kQ8_0, 7},   {DType::kQ2_K, 10},  {DType::kQ3_K, 12},
      {DType::kQ4_K, 15}, {DType::kQ5_K, 17},  {DType::kQ6_K, 18},  {DType::kIQ4_NL, 25},
  };
  const bool ternary = !plan.linears.empty();
  for (const PlannedTensor& tensor : plan.tensors) {
    if (tensor.spec->role != TensorRole::kLinear || (ternary && tensor.making != Making::kTrits)) continue;
    for (const auto& [dtype, number] : kFileTypes) {
      if (tensor.dtype == dtype) return number;
    }
    return 0;
  }
  return 0;
}

/// Keys that begin with `prefix`, but for those that are written anew.
void copy_keys(const Gguf& gguf, std::string_view prefix, std::span<const std::string_view> but,
               GgufWriter& writer) {
  for (const auto& [key, value] : gguf.metadata()) {
    if (key.starts_with(prefix) && std::ranges::find(but, key) == but.end()) writer.add_value(key, value);
  }
}

/// The tokenizer of a GGUF file, understood or not, with the pre-tokenizer and the chat template that Tern
/// uses.
Status copy_tokenizer(const ModelFile& file, const ConvertPlan& plan, GgufWriter& writer) {
  copy_keys(*file.gguf(), "tokenizer.", std::array{kTemplateKey, kPreKey, kCharsMapKey}, writer);
  TERN_ASSIGN(const auto chars_map, file.gguf()->get_ints(kCharsMapKey));
  // Other engines want bytes, not the integers that add_value() would make of them.
  if (chars_map) {
    TERN_ASSIGN(const std::string bytes, gguf_chars_map(*chars_map, file.path()));
    writer.add_u8s(std::string(kCharsMapKey), bytes);
  }
  TERN_ASSIGN(const std::optional<std::string> own_pre, file.gguf()->get_string(kPreKey));
  if (file.tokenizer() && file.tokenizer()->model == TokenizerModel::kByteBpe) {
    const bool kept = own_pre && !plan.options.open.pre;
    writer.add_string(std::string(kPreKey),
                      kept ? *own_pre : std::string(pre_tokenizer_name(file.tokenizer()->pre)));
  } else if (own_pre) {
    writer.add_string(std::string(kPreKey), *own_pre);
  }
  const bool talks =
      file.tokenizer() || file.gguf()->metadata().contains(kTemplateKey) || plan.options.open.chat_template;
  if (talks && !file.chat_template().empty())
    writer.add_string(std::string(kTemplateKey), file.chat_template());
  return {};
}

Result<std::string> model_name(const ModelFile& file) {
  if (file.gguf() != nullptr) {
    TERN_ASSIGN(const std::optional<std::string> name, file.gguf()->get_string("general.name"));
    if (name) return *name;
  }
  std::error_code ignored;
  const std::filesystem::path path = std::filesystem::absolute(file.path(), ignored).lexically_normal();
  if (file.gguf() != nullptr) return path.stem().string();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

}  // namespace

Status add_gguf_metadata(const ModelFile& file, const ConvertPlan& plan, GgufWriter& writer) {
  TERN_ASSIGN(const std::string name, model_name(file));
  TERN_TRY(add_gguf_config(writer, plan.config, *plan.options.arch_name, name, file_type(plan)));
  if (file.gguf() != nullptr) copy_keys(*file.gguf(), "general.", kKeysOfAFile, writer);
  if (file.gguf() != nullptr && !plan.options.open.tokenizer) {
    TERN_TRY(copy_tokenizer(file, plan, writer));
  } else if (file.tokenizer()) {
    TERN_TRY(add_gguf_tokenizer(writer, *file.tokenizer(), file.chat_template(), plan.config.eos,
                                plan.config.vocab));
  }
  if (file.chat_encoding())
    writer.add_string(kGgufChatEncodingKey, std::string(chat_encoding_name(*file.chat_encoding())));
  if (!plan.exact_scales) return {};
  writer.add_f32s(kGgufScalesKey, in_table_order(file, plan, scale_value));
  writer.add_string(kGgufScaleOpKey, plan.scale_op == ScaleOp::kDivide ? "divide" : "multiply");
  return {};
}

}  // namespace tern
