// A ModelFile from a Hugging Face folder: config.json, safetensors, tokenizer files.
#include <filesystem>

#include "base/mmap.h"
#include "io/safetensors.h"
#include "models/json_file.h"
#include "models/linear_scale.h"
#include "models/model_file_builder.h"
#include "models/tokenizer_file.h"
#include "tokenizer/tokenizer.h"

namespace tern {
namespace {

/// Each is compared with every linear.
constexpr size_t kMaxModules = 1024;

/// A plain module path; transformers also takes regular expressions, which would silently name nothing here.
bool is_plain_module(std::string_view name) {
  return !name.empty() && name.find_first_of("*+?()[]{}|^$\\") == std::string_view::npos;
}

/// `chat_template` of tokenizer_config.json: a string, or a list of {name, template} of which "default" is
/// ours.
Result<std::string> template_of(const Json& value, std::string_view what) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array()) {
    for (const Json& item : value) {
      TERN_ASSIGN(const std::optional<std::string> name, json_string(item, "name", what));
      if (name.value_or("") != "default") continue;
      TERN_ASSIGN(const std::optional<std::string> text, json_string(item, "template", what));
      if (text) return *text;
    }
    return fail(ErrorCode::kUnsupported,
                "{}: chat_template has no template named default: give --chat-template", what);
  }
  return fail(ErrorCode::kBadFile, "{}: chat_template is neither a string nor a list", what);
}

}  // namespace

Result<std::shared_ptr<const ModelFile>> ModelFileBuilder::open_hf() {
  if (std::filesystem::exists(file_->path_ + "/adapter_config.json")) {
    return fail(ErrorCode::kUnsupported, "{}/adapter_config.json: adapters are not applied: merge it first",
                file_->path_);
  }
  TERN_TRY(read_hf_config());
  TERN_TRY(read_hf_generation_config());
  TERN_TRY(apply_linear_options());
  TERN_ASSIGN(file_->source_, Safetensors::open_folder(file_->path_));
  TERN_TRY(check_tensors());
  TERN_TRY(check_unused());
  warn_about_hf_scales();
  TERN_TRY(read_tokenizer(&ModelFileBuilder::read_hf_tokenizer));
  TERN_TRY(read_hf_chat_template());
  return std::shared_ptr<const ModelFile>(std::move(file_));
}

Status ModelFileBuilder::read_hf_config() {
  const std::string what = file_->path_ + "/config.json";
  TERN_ASSIGN(const Json json, read_json_object(what));
  if (json.is_null())
    return fail(ErrorCode::kNotFound, "{}: missing, so this is no Hugging Face model", what);
  TERN_ASSIGN(const std::optional<std::string> type, json_string(json, "model_type", what));
  if (!type) return fail(ErrorCode::kBadFile, "{}: field model_type is missing", what);
  TERN_ASSIGN(arch_, arch_from_hf(*type, what));
  TERN_ASSIGN(file_->config_, arch_->read_hf(json, context(what)));
  config().source_arch = *type;
  const auto quantization = json.find("quantization_config");
  if (quantization == json.end() || quantization->is_null()) return {};
  if (!quantization->is_object())
    return fail(ErrorCode::kBadFile, "{}: quantization_config is no object", what);
  return read_hf_quantization(*quantization);
}

Status ModelFileBuilder::read_hf_quantization(const Json& quantization) {
  const std::string what = file_->path_ + "/config.json: quantization_config";
  TERN_ASSIGN(const std::optional<std::string> method, json_string(quantization, "quant_method", what));
  if (method.value_or("") != "bitnet") {
    return fail(ErrorCode::kUnsupported, "{}: quant_method {} is not supported (known: bitnet)", what,
                method.value_or("(missing)"));
  }
  TERN_ASSIGN(const std::optional<std::string> linear_class, json_string(quantization, "linear_class", what));
  if (linear_class.value_or("bitlinear") != "bitlinear" && *linear_class != "autobitlinear") {
    return fail(ErrorCode::kBadFile, "{}: linear_class = {}: must be bitlinear or autobitlinear", what,
                *linear_class);
  }
  config().scale_op =
      linear_class.value_or("bitlinear") == "bitlinear" ? ScaleOp::kDivide : ScaleOp::kMultiply;
  scale_op_known_ = true;

  TERN_ASSIGN(const std::optional<std::string> mode, json_string(quantization, "quantization_mode", what));
  if (mode.value_or("offline") != "offline" && *mode != "online") {
    return fail(ErrorCode::kBadFile, "{}: quantization_mode = {}: must be offline or online", what, *mode);
  }
  // Offline says that linears are packed; a float one then needs the user's word.
  config().float_linear =
      mode.value_or("offline") == "online" ? std::optional(LinearKind::kTernaryOnline) : std::nullopt;
  if (!linear_class && !config().float_linear && !options_.linear_class) {
    warn("quantization_config has no linear_class: scales divide (bitlinear), as transformers reads it");
  }

  TERN_ASSIGN(const std::optional<bool> norms, json_bool(quantization, "use_rms_norm", what));
  config().linear_norms = norms.value_or(false);
  TERN_ASSIGN(const std::optional<double> eps, json_number(quantization, "rms_norm_eps", what));
  if (!(eps.value_or(1e-6) > 0.0 && eps.value_or(1e-6) <= 1.0)) {
    return fail(ErrorCode::kBadFile, "{}: rms_norm_eps = {} is outside 0 .. 1", what, *eps);
  }
  config().linear_norm_eps = static_cast<float>(eps.value_or(1e-6));

  const auto modules = quantization.find("modules_to_not_convert");
  if (modules == quantization.end() || modules->is_null()) return {};
  if (!modules->is_array()) return fail(ErrorCode::kBadFile, "{}: modules_to_not_convert is no list", what);
  if (modules->size() > kMaxModules) {
    return fail(ErrorCode::kUnsupported, "{}: modules_to_not_convert has {} names, more than {}", what,
                modules->size(), kMaxModules);
  }
  for (const Json& module : *modules) {
    if (!module.is_string() || !is_plain_module(module.get_ref<const std::string&>())) {
      return fail(ErrorCode::kUnsupported, "{}: modules_to_not_convert holds {}, which is no module name",
                  what, dump_json(module));
    }
    config().dense_modules.push_back(module.get<std::string>());
  }
  return {};
}

Status ModelFileBuilder::read_hf_generation_config() {
  const std::string what = file_->path_ + "/generation_config.json";
  TERN_ASSIGN(const Json json, read_json_object(what));
  // Sampling is the caller's choice, but these are meant to keep the model from talking badly.
  for (const auto& [key, neutral] : {std::pair<const char*, Json>{"repetition_penalty", 1.0},
                                     {"no_repeat_ngram_size", 0},
                                     {"suppress_tokens", Json::array()},
                                     {"begin_suppress_tokens", Json::array()}}) {
    const auto field = json.find(key);
    if (field == json.end() || field->is_null() || *field == neutral) continue;
    warn(fmt::format("generation_config.json: {} is not applied", key));
  }
  const auto eos = json.find("eos_token_id");
  return eos == json.end() ? Status() : add_hf_eos(*eos, what, config());
}

/// A multiplying scale is a mean of weights, a dividing one its inverse: far on the wrong side of 1, it was
/// probably written for the other convention.
void ModelFileBuilder::warn_about_hf_scales() {
  const bool divide = config().scale_op == ScaleOp::kDivide;
  for (const TensorSpec& spec : file_->table_) {
    if (spec.role != TensorRole::kLinear || file_->linear_kind(spec) != LinearKind::kTernaryStored) continue;
    const TensorEntry* entry = file_->source_->find(hf_scale_name(spec));
    if (entry == nullptr) continue;  // the loader reports it
    const Result<float> scale = read_scalar(*entry);
    if (!scale || (divide ? *scale >= 0.05f : *scale <= 20.0f)) continue;
    warn(fmt::format(
        "scale {} = {} looks like the other convention ({} here): layout doubtful, see --linear-class",
        entry->name, *scale, divide ? "bitlinear divides" : "autobitlinear multiplies"));
    return;
  }
}

Status ModelFileBuilder::read_hf_tokenizer() {
  if (options_.pre) {
    return fail(ErrorCode::kInvalidArgument,
                "--pre: {} is a Hugging Face folder, whose tokenizer names its pre-tokenizer", file_->path_);
  }
  for (const char* name : {"/tokenizer.json", "/tokenizer.model", "/original/tokenizer.model"}) {
    const std::string path = file_->path_ + name;
    if (std::filesystem::exists(path)) return take_tokenizer(read_tokenizer_file(path));
  }
  return {};
}

Status ModelFileBuilder::read_hf_chat_template() {
  TERN_ASSIGN(const bool given, read_chat_template_option());
  if (given) return {};
  const std::string jinja = file_->path_ + "/chat_template.jinja";
  const std::string config_path = file_->path_ + "/tokenizer_config.json";
  TERN_ASSIGN(const Json config, read_json_object(config_path));
  const auto field = config.find("chat_template");
  if (std::filesystem::exists(jinja)) {
    TERN_ASSIGN(file_->chat_template_, read_small_file(jinja, kMaxConfigFile));
  } else if (field != config.end() && !field->is_null()) {
    TERN_ASSIGN(file_->chat_template_, template_of(*field, config_path));
  }
  fix_chat_template();
  return {};
}

}  // namespace tern
