// The metadata of a GGUF file.
#include <filesystem>

#include "convert/gguf_tokenizer.h"
#include "convert/metadata.h"
#include "models/export_config.h"
#include "tokenizer/tokenizer.h"

namespace tern {
namespace {

constexpr std::string_view kTemplateKey = "tokenizer.chat_template", kPreKey = "tokenizer.ggml.pre";

/// general.file_type, as Microsoft's and llama.cpp's files number what most of the weights are.
uint32_t file_type(const ConvertPlan& plan) {
  const bool ternary = !plan.linears.empty();
  for (const PlannedTensor& tensor : plan.tensors) {
    if (tensor.spec->role != TensorRole::kLinear || (ternary && tensor.making != Making::kTrits)) continue;
    switch (tensor.dtype) {
      case DType::kI2_S:
        return 40;
      case DType::kTQ1_0:
        return 36;
      case DType::kTQ2_0:
        return 37;
      case DType::kF16:
        return 1;
      case DType::kBF16:
        return 32;
      case DType::kQ4_1:
        return 3;
      case DType::kQ8_0:
        return 7;
      case DType::kQ6_K:
        return 18;
      default:
        return 0;
    }
  }
  return 0;
}

template <typename To, typename From>
std::optional<std::vector<To>> narrowed(const std::vector<From>& values) {
  std::vector<To> out;
  for (const From value : values) {
    if (static_cast<From>(static_cast<To>(value)) != value) return std::nullopt;
    out.push_back(static_cast<To>(value));
  }
  return out;
}

/// A value of another file in the width that files of today use; false when it does not fit.
bool copy_value(GgufWriter& writer, const std::string& key, const GgufValue& value) {
  const auto integers = [&](const auto& list) {
    const auto narrow = narrowed<int32_t>(list);
    if (narrow) writer.add_i32s(key, *narrow);
    return narrow.has_value();
  };
  if (const auto* text = std::get_if<std::string>(&value)) {
    writer.add_string(key, *text);
  } else if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
    writer.add_strings(key, *texts);
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    writer.add_bool(key, *flag);
  } else if (const auto* number = std::get_if<double>(&value)) {
    writer.add_f32(key, static_cast<float>(*number));
  } else if (const auto* numbers = std::get_if<std::vector<double>>(&value)) {
    writer.add_f32s(key, std::vector<float>(numbers->begin(), numbers->end()));
  } else if (const auto* count = std::get_if<uint64_t>(&value); count != nullptr && *count <= UINT32_MAX) {
    writer.add_u32(key, static_cast<uint32_t>(*count));
  } else if (const auto* id = std::get_if<int64_t>(&value); id != nullptr && *id >= 0 && *id <= UINT32_MAX) {
    writer.add_u32(key, static_cast<uint32_t>(*id));
  } else if (const auto* list = std::get_if<std::vector<int64_t>>(&value)) {
    return integers(*list);
  } else if (const auto* unsigned_list = std::get_if<std::vector<uint64_t>>(&value)) {
    return integers(*unsigned_list);
  } else {
    return false;
  }
  return true;
}

/// Keys that begin with `prefix`, but for those that are written anew.
Status copy_keys(const ModelFile& file, std::string_view prefix, const std::vector<std::string_view>& but,
                 GgufWriter& writer) {
  for (const auto& [key, value] : file.gguf()->metadata()) {
    if (!key.starts_with(prefix) || std::find(but.begin(), but.end(), key) != but.end()) continue;
    if (!copy_value(writer, key, value)) {
      return fail(ErrorCode::kUnsupported, "{}: the value of {} has a type or size that is not written",
                  file.path(), key);
    }
  }
  return {};
}

/// The tokenizer of a GGUF file, understood or not, with the pre-tokenizer and the chat template that Tern uses.
Status copy_tokenizer(const ModelFile& file, const ConvertPlan& plan, GgufWriter& writer) {
  TERN_TRY(copy_keys(file, "tokenizer.", {kTemplateKey, kPreKey}, writer));
  TERN_ASSIGN(const std::optional<std::string> own_pre, file.gguf()->get_string(kPreKey));
  if (file.tokenizer()) {
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
  if (file.gguf() != nullptr) {
    TERN_TRY(copy_keys(file, "general.",
                       {"general.architecture", "general.type", "general.name", "general.file_type",
                        "general.quantization_version", "general.alignment"},
                       writer));
  }
  if (file.gguf() != nullptr && !plan.options.open.tokenizer) {
    TERN_TRY(copy_tokenizer(file, plan, writer));
  } else if (file.tokenizer()) {
    TERN_TRY(add_gguf_tokenizer(writer, *file.tokenizer(), file.chat_template(), plan.config.eos,
                                plan.config.vocab));
  }
  if (!plan.exact_scales) return {};
  writer.add_f32s("tern.linear_scales", in_table_order(file, plan, scale_value));
  writer.add_string("tern.linear_scale_op", plan.scale_op == ScaleOp::kDivide ? "divide" : "multiply");
  return {};
}

}  // namespace tern
