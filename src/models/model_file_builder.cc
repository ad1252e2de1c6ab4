#include "models/model_file_builder.h"

#include <algorithm>

#include "base/mmap.h"
#include "models/json_file.h"
#include "models/tokenizer_file.h"
#include "tokenizer/chat_template.h"
#include "tokenizer/vocabulary.h"

namespace tern {
namespace {

bool is_master_type(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16;
}

std::string shape_text(std::span<const uint64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

/// The shape that `spec` has in a file where it is of type `dtype`: four rows share a byte in packed Hugging
/// Face files.
std::vector<uint64_t> stored_shape(const TensorSpec& spec, DType dtype) {
  std::vector<uint64_t> shape = spec.shape;
  if (spec.role == TensorRole::kLinear && dtype == DType::kU8) shape[0] = (shape[0] + 3) / 4;
  return shape;
}

/// Buffers that a runtime rebuilds, which old checkpoints carry.
bool is_ignorable(std::string_view name) {
  return name.ends_with(".rotary_emb.inv_freq");
}

/// What a block holds, and every bias, takes part in the arithmetic: to leave it out would give wrong text.
bool changes_output(std::string_view name) {
  return name.starts_with("model.layers.") || name.starts_with("blk.") || name.ends_with(".bias") ||
         name == "rope_freqs.weight";
}

}  // namespace

ModelFileBuilder::ModelFileBuilder(std::string path, const OpenOptions& options)
    : options_(options), file_(std::make_shared<ModelFile>()) {
  file_->path_ = std::move(path);
}

Status ModelFileBuilder::apply_linear_options() {
  if (options_.linear) {
    if (*options_.linear != "dense" && *options_.linear != "ternary-online") {
      return fail(ErrorCode::kInvalidArgument, "--linear {}: must be dense or ternary-online",
                  *options_.linear);
    }
    config().float_linear = *options_.linear == "dense" ? LinearKind::kDense : LinearKind::kTernaryOnline;
  }
  if (options_.linear_class) {
    if (*options_.linear_class != "autobitlinear" && *options_.linear_class != "bitlinear") {
      return fail(ErrorCode::kInvalidArgument, "--linear-class {}: must be autobitlinear or bitlinear",
                  *options_.linear_class);
    }
    if (file_->gguf_ != nullptr) {
      return fail(ErrorCode::kInvalidArgument, "--linear-class: {} is GGUF, whose scales say how they apply",
                  file_->path_);
    }
    config().scale_op = *options_.linear_class == "bitlinear" ? ScaleOp::kDivide : ScaleOp::kMultiply;
    scale_op_known_ = true;
  }
  return apply_i2s_layout();
}

Status ModelFileBuilder::apply_i2s_layout() {
  if (!options_.i2s_layout) return {};
  const std::optional<I2sLayout> layout = i2s_layout_by_name(*options_.i2s_layout);
  if (!layout) {
    return fail(ErrorCode::kInvalidArgument, "--i2s-layout {}: must be one of {}", *options_.i2s_layout,
                fmt::join(i2s_layout_names(), ", "));
  }
  file_->i2s_layout_ = *layout;
  const auto& tensors = file_->source_->tensors();
  const bool has_i2s = std::any_of(tensors.begin(), tensors.end(),
                                   [](const TensorEntry& entry) { return entry.dtype == DType::kI2_S; });
  if (!has_i2s) warn("--i2s-layout has no effect: no tensor is I2_S");
  return {};
}

Status ModelFileBuilder::check_tensors() {
  file_->table_ = arch_->tensor_table(config());
  bool stored = false, online = false;
  for (const TensorSpec& spec : file_->table_) {
    const TensorEntry* entry = file_->find(spec);
    if (entry == nullptr) {
      return fail(ErrorCode::kBadFile, "{}: tensor {} is missing", file_->path_,
                  file_->gguf_ != nullptr ? spec.gguf_name : spec.name);
    }
    TERN_TRY(check_tensor(spec, *entry));
    used_.insert(entry->name);
    if (spec.role != TensorRole::kLinear) continue;
    const LinearKind kind = file_->linear_kind(spec);
    stored |= kind == LinearKind::kTernaryStored;
    online |= kind == LinearKind::kTernaryOnline;
    if (kind == LinearKind::kTernaryStored) {
      used_.insert(file_->gguf_ != nullptr ? gguf_scale_name(spec) : hf_scale_name(spec));
    }
  }
  config().linear = stored   ? LinearKind::kTernaryStored
                    : online ? LinearKind::kTernaryOnline
                             : LinearKind::kDense;
  if (options_.linear && stored && !online) {
    warn("--linear has no effect on linears that are stored as trits");
  }
  return {};
}

Status ModelFileBuilder::check_tensor(const TensorSpec& spec, const TensorEntry& entry) {
  const std::vector<uint64_t> expected = stored_shape(spec, entry.dtype);
  if (entry.shape != expected) {
    return fail(ErrorCode::kBadFile, "{}: tensor {} has shape {}, the config asks for {}", file_->path_,
                entry.name, shape_text(entry.shape), shape_text(expected));
  }
  if (spec.role == TensorRole::kLinear) return check_linear_type(spec, entry);
  const bool fits = spec.role == TensorRole::kNorm || spec.role == TensorRole::kBias
                        ? is_master_type(entry.dtype)
                        : !dtype_is_ternary(entry.dtype) && entry.dtype != DType::kU8;
  if (fits) return {};
  return fail(ErrorCode::kUnsupported, "{}: tensor {} cannot be of type {}", file_->path_, entry.name,
              dtype_info(entry.dtype).name);
}

Status ModelFileBuilder::check_linear_type(const TensorSpec& spec, const TensorEntry& entry) {
  const std::string_view type = dtype_info(entry.dtype).name;
  if (entry.dtype == DType::kI2_S) {
    const Status holds = check_i2s_shape(file_->i2s_layout_, entry.shape[0], entry.shape[1]);
    if (!holds) {
      return fail(holds.error().code(), "{}: tensor {}: {} (say with --i2s-layout which it has)",
                  file_->path_, entry.name, holds.error().message());
    }
  }
  const bool stored = dtype_is_ternary(entry.dtype) || entry.dtype == DType::kU8;
  if (is_dense_module(config(), module_of(spec.name))) {
    if (!stored) return {};
    return fail(ErrorCode::kBadFile, "{}: tensor {} is packed ({}), but modules_to_not_convert names it",
                file_->path_, entry.name, type);
  }
  if (entry.dtype == DType::kU8 && !scale_op_known_) {
    return fail(ErrorCode::kAmbiguous,
                "{}: tensor {} is packed, but there is no quantization_config: say --linear-class "
                "autobitlinear (scales "
                "multiply) or bitlinear (scales divide)",
                file_->path_, entry.name);
  }
  if (stored) return {};
  if (!config().float_linear) {
    return fail(ErrorCode::kAmbiguous,
                "{}: tensor {} is {} and the file does not say how it is meant: say --linear ternary-online "
                "(masters to "
                "be quantized) or dense (as stored)",
                file_->path_, entry.name, type);
  }
  if (*config().float_linear == LinearKind::kTernaryOnline && !is_master_type(entry.dtype)) {
    return fail(ErrorCode::kUnsupported, "{}: tensor {} is {}: masters must be F32, F16 or BF16",
                file_->path_, entry.name, type);
  }
  return {};
}

Status ModelFileBuilder::check_unused() {
  constexpr size_t kNamed = 3;
  std::vector<std::string> names;
  for (const TensorEntry& entry : file_->source_->tensors()) {
    if (used_.contains(entry.name) || is_ignorable(entry.name)) continue;
    if (changes_output(entry.name)) {
      return fail(
          ErrorCode::kUnsupported,
          "{}: tensor {} has no place in a {} model of {} layers, and leaving it out would change the "
          "text",
          file_->path_, entry.name, config().arch, config().layers);
    }
    names.push_back(entry.name);
  }
  if (names.empty()) return {};
  const std::span<const std::string> first(names.data(), std::min(names.size(), kNamed));
  warn(fmt::format("tensors of the file that are not used: {} ({}{})", names.size(), fmt::join(first, ", "),
                   names.size() > kNamed ? ", .." : ""));
  return {};
}

Status ModelFileBuilder::read_tokenizer(Status (ModelFileBuilder::*read_own)()) {
  if (options_.tokenizer && options_.pre) {
    return fail(ErrorCode::kInvalidArgument,
                "--pre has no effect on the file that --tokenizer names: leave it out");
  }
  if (options_.tokenizer) {
    TERN_TRY(set_tokenizer(read_tokenizer_file(*options_.tokenizer)));
  } else {
    TERN_TRY((this->*read_own)());
  }
  return check_vocabulary();
}

Status ModelFileBuilder::set_tokenizer(Result<TokenizerSpec> spec) {
  if (!spec) return tl::unexpected(spec.error());
  if (const Status sound = check_tokenizer_spec(*spec); !sound) {
    return tl::unexpected(
        sound.error().with_context(options_.tokenizer ? *options_.tokenizer : file_->path_));
  }
  for (const std::string& warning : spec->warnings) warn(warning);
  // Ends of text are ends whatever their types say: no user's text may give them.
  std::vector<int32_t> ends = config().eos;
  ends.insert(ends.end(), {config().bos, spec->bos, spec->eos, spec->unk});
  for (const int32_t id : make_special(ends, &*spec)) {
    warn(
        fmt::format("token {} ('{}') begins or ends a text, or stands for others, but is none of the special "
                    "tokens of the file: it is taken as one",
                    id, spec->tokens[static_cast<size_t>(id)]));
  }
  file_->tokenizer_ = std::move(*spec);
  return {};
}

Status ModelFileBuilder::take_tokenizer(Result<TokenizerSpec> spec) {
  if (spec || spec.error().code() != ErrorCode::kUnsupported) return set_tokenizer(std::move(spec));
  file_->tokenizer_problem_ = spec.error().message();
  warn(fmt::format("no tokenizer: {}", file_->tokenizer_problem_));
  return {};
}

Status ModelFileBuilder::check_vocabulary() {
  if (!file_->tokenizer_) return {};
  const std::string& where = options_.tokenizer ? *options_.tokenizer : file_->path_;
  const auto tokens = static_cast<int64_t>(file_->tokenizer_->tokens.size());
  if (tokens > config().vocab) {
    return fail(ErrorCode::kBadFile, "{}: the tokenizer has {} tokens, but the model's vocabulary only {}",
                where, tokens, config().vocab);
  }
  // Vocabularies are padded to round sizes, but never by much.
  if (tokens * 10 < config().vocab * 9) {
    warn(fmt::format("{}: the tokenizer has {} tokens, the model's vocabulary {}: is it another model's?",
                     where, tokens, config().vocab));
  }
  return {};
}

Result<bool> ModelFileBuilder::read_chat_template_option() {
  if (!options_.chat_template) return false;
  TERN_ASSIGN(file_->chat_template_, read_small_file(*options_.chat_template, kMaxConfigFile));
  return true;
}

Status ModelFileBuilder::read_chat_encoding(const std::optional<std::string>& own, std::string_view where) {
  const std::optional<std::string>& name = options_.chat_encoding ? options_.chat_encoding : own;
  if (!name) return {};
  const auto encoding = parse_chat_encoding(*name);
  if (!encoding && !options_.chat_encoding)
    return fail(ErrorCode::kBadFile, "{} = {}: must be whole or parts", where, *name);
  TERN_ASSIGN(file_->chat_encoding_, encoding);
  return {};
}

void ModelFileBuilder::fix_chat_template() {
  std::string& text = file_->chat_template_;
  if (config().arch != "bitnet") return;
  // The template inside the published GGUF is not the one that the model was trained with (docs/formats.md).
  const bool was_wrong = text.find("BITNETAssistant") != std::string::npos || text.starts_with("Human");
  if (was_wrong) {
    warn("the chat template inside the file is known to be wrong; BitNet's own is used");
    text.clear();
  }
  if (!text.empty()) return;
  if (!was_wrong && file_->tokenizer_) warn("the file has no chat template; BitNet's own is used");
  text = kBitnetChatTemplate;
}

}  // namespace tern
