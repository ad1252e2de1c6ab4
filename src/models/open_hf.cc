// A ModelFile from a Hugging Face folder: config.json, safetensors, tokenizer files.
#include <cmath>
#include <filesystem>
#include <limits>

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

/// `key` of `object`: exactly `n` numbers, finite as float32.
Result<std::vector<float>> float_list(const Json& object, std::string_view key, size_t n,
                                      std::string_view what) {
  const Json* list = json_field(object, key);
  if (list == nullptr || !list->is_array() || list->size() != n) {
    return fail(ErrorCode::kBadFile, "{}: {} must be {} numbers, one a linear", what, key, n);
  }
  std::vector<float> values;
  for (const Json& item : *list) {
    const double value = item.is_number() ? item.get<double>() : INFINITY;
    if (!(std::fabs(value) <= std::numeric_limits<float>::max())) {
      return fail(ErrorCode::kBadFile, "{}: {} holds {}, which is no finite float", what, key,
                  dump_json(item));
    }
    values.push_back(static_cast<float>(value));
  }
  return values;
}

/// Whether `tern` of config.json is about more than the chat.
bool says_scales(const Json& tern) {
  if (!tern.is_object()) return !tern.is_null();
  for (const auto& [key, value] : tern.items()) {
    if (key.starts_with("linear_")) return true;
  }
  return false;
}

/// What to say of a folder that lacks the files of a model: bitnet.cpp's gpu/ and older models hold pickles,
/// which Tern does not read.
std::string pickles_in(const std::string& folder) {
  std::error_code ignored;
  for (const auto& file : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string extension = file.path().extension().string(), name = file.path().filename().string();
    if (extension != ".pt" && extension != ".pth" && extension != ".bin") continue;
    return fmt::format(
        "; {} is a PyTorch checkpoint{}, which runs what is in it when it is read: take the "
        "safetensors of the model",
        name, name.starts_with("model_state") ? " of bitnet.cpp's gpu/" : "");
  }
  return "";
}

}  // namespace

Result<std::shared_ptr<const ModelFile>> ModelFileBuilder::open_hf() {
  if (path_exists(file_->path_ + "/adapter_config.json")) {
    return fail(ErrorCode::kUnsupported, "{}/adapter_config.json: adapters are not applied: merge it first",
                file_->path_);
  }
  TERN_TRY(read_hf_config());
  TERN_TRY(read_hf_generation_config());
  auto safetensors = Safetensors::open_folder(file_->path_);
  if (!safetensors && safetensors.error().code() == ErrorCode::kNotFound) {
    return fail(ErrorCode::kNotFound, "{}{}", safetensors.error().message(), pickles_in(file_->path_));
  }
  TERN_ASSIGN(file_->source_, std::move(safetensors));
  TERN_TRY(apply_linear_options());
  TERN_TRY(check_tensors());
  TERN_TRY(check_unused());
  TERN_TRY(read_hf_scales());
  warn_about_hf_scales();
  TERN_TRY(read_tokenizer(&ModelFileBuilder::read_hf_tokenizer));
  TERN_TRY(read_hf_chat_template());
  const std::string tern = file_->path_ + "/config.json: tern";
  TERN_ASSIGN(const std::optional<std::string> encoding, json_string(tern_, "chat_encoding", tern));
  TERN_TRY(read_chat_encoding(encoding, tern + ".chat_encoding"));
  return std::shared_ptr<const ModelFile>(std::move(file_));
}

Status ModelFileBuilder::read_hf_config() {
  const std::string what = file_->path_ + "/config.json";
  TERN_ASSIGN(const Json json, read_json_object(what));
  if (json.is_null())
    return fail(ErrorCode::kNotFound, "{}: missing, so this is no Hugging Face model{}", what,
                pickles_in(file_->path_));
  TERN_ASSIGN(const std::optional<std::string> type, json_string(json, "model_type", what));
  if (!type) return fail(ErrorCode::kBadFile, "{}: field model_type is missing", what);
  TERN_ASSIGN(arch_, arch_from_hf(*type, what));
  TERN_ASSIGN(file_->config_, arch_->read_hf(json, context(what)));
  config().source_arch = *type;
  if (const Json* own = json_field(json, "tern")) tern_ = *own;
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
    if (module != kHeadModule) config().dense_modules.push_back(module.get<std::string>());
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

/// `tern` of config.json: scales that the masters' absmean does not give exactly, one a kLinear line of the
/// table, in its order, and the absmeans that the masters have, so that masters which were trained on are
/// noticed.
Status ModelFileBuilder::read_hf_scales() {
  if (!says_scales(tern_)) return {};
  const std::string what = file_->path_ + "/config.json: tern";
  std::vector<const TensorSpec*> linears;
  for (const TensorSpec& spec : file_->table_) {
    if (spec.role == TensorRole::kLinear) linears.push_back(&spec);
  }
  TERN_ASSIGN(const std::optional<std::string> op, json_string(tern_, "linear_scale_op", what));
  TERN_ASSIGN(const std::vector<float> scales, float_list(tern_, "linear_scales", linears.size(), what));
  TERN_ASSIGN(const std::vector<float> absmeans, float_list(tern_, "linear_absmeans", linears.size(), what));
  if (op.value_or("") != "multiply" && op.value_or("") != "divide") {
    return fail(ErrorCode::kBadFile, "{}: linear_scale_op must be multiply or divide", what);
  }
  if (config().linear == LinearKind::kTernaryStored) {
    return fail(ErrorCode::kBadFile, "{}: linear_scales are for masters, but linears are stored as trits",
                what);
  }
  if (config().linear == LinearKind::kDense) return {};  // --linear dense
  config().scale_op = *op == "divide" ? ScaleOp::kDivide : ScaleOp::kMultiply;
  for (size_t i = 0; i < linears.size(); ++i) {
    if (file_->linear_kind(*linears[i]) != LinearKind::kTernaryOnline) continue;
    file_->exact_scales_.emplace(linears[i]->name, scales[i]);
    file_->exact_absmeans_.emplace(linears[i]->name, absmeans[i]);
  }
  return {};
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
    if (path_exists(path)) return take_tokenizer(read_tokenizer_file(path));
  }
  if (path_exists(file_->path_ + "/vocab.json")) {
    return take_tokenizer(fail(ErrorCode::kUnsupported,
                               "{}/vocab.json: not read without a tokenizer.json, which transformers' "
                               "save_pretrained() of a fast tokenizer writes",
                               file_->path_));
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
  if (path_exists(jinja)) {
    TERN_ASSIGN(file_->chat_template_, read_small_file(jinja, kMaxConfigFile));
  } else if (field != config.end() && !field->is_null()) {
    TERN_ASSIGN(file_->chat_template_, template_of(*field, config_path));
  }
  fix_chat_template();
  return {};
}

}  // namespace tern
