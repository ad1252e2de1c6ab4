// What stands beside the tensors in a Hugging Face folder.
#include <filesystem>
#include <set>

#include "base/mmap.h"
#include "convert/metadata.h"
#include "models/export_config.h"
#include "models/json_file.h"
#include "models/tokenizer_file.h"
#include "tokenizer/export_hf.h"
#include "tokenizer/sentencepiece.h"

namespace tern {
namespace {

constexpr int kIndent = 2;

std::string json_text(const Json& json) {
  return dump_json(json, kIndent) + "\n";
}

/// The type that holds every tensor outside the packing exactly: transformers casts all of them to one.
DType common_type(const ConvertPlan& plan) {
  std::set<DType> types;
  for (const PlannedTensor& tensor : plan.tensors) {
    if (tensor.making != Making::kTrits && tensor.making != Making::kScale) types.insert(tensor.dtype);
  }
  return types.size() == 1 ? *types.begin() : DType::kF32;
}

Json exact_scales_json(const ModelFile& file, const ConvertPlan& plan) {
  const auto absmean = [](const PlannedLinear& linear) { return linear.masters.absmean; };
  return {{"linear_scale_op", plan.scale_op == ScaleOp::kDivide ? "divide" : "multiply"},
          {"linear_scales", in_table_order(file, plan, scale_value)},
          {"linear_absmeans", in_table_order(file, plan, absmean)}};
}

/// A folder's own config.json keeps what this project does not know of; code that would have to lie beside it
/// does not.
Result<Json> config_json(const ModelFile& file, const ConvertPlan& plan) {
  HfConfigOptions options;
  options.packed = plan.options.to == ConvertTarget::kHfPacked && !plan.linears.empty();
  options.master = plan.options.to == ConvertTarget::kHfMasters && !plan.linears.empty();
  options.dtype = common_type(plan);
  Json json = hf_config(plan.config, options);
  if (file.gguf() == nullptr) {
    TERN_ASSIGN(Json own, read_json_object(file.path() + "/config.json"));
    for (const char* key : {"quantization_config", "tern", "auto_map"}) own.erase(key);
    for (const char* key : {"quantization_config", "hidden_act", "dtype", "torch_dtype"}) {
      const bool is_type = std::string_view(key).ends_with("dtype");
      if (json.contains(key) && (!is_type || plan.options.head)) own[key] = json[key];
    }
    json = std::move(own);
  }
  if (plan.exact_scales) json["tern"] = exact_scales_json(file, plan);
  if (file.chat_encoding()) json["tern"]["chat_encoding"] = chat_encoding_name(*file.chat_encoding());
  return json;
}

Status copy_file(const ModelFile& file, const std::string& from, const std::string& name,
                 std::vector<SideFile>& files) {
  const std::string path = file.path() + "/" + from;
  if (!path_exists(path)) return {};
  TERN_ASSIGN(std::string content, read_small_file(path, kMaxTokenizerFile));
  files.push_back({name, std::move(content)});
  return {};
}

/// The files of a folder whose tokenizer is kept.
Status copy_tokenizer(const ModelFile& file, const ConvertPlan& plan, std::vector<SideFile>& files) {
  const bool own_template = !plan.options.open.chat_template;
  for (const char* name : kTokenizerFiles) TERN_TRY(copy_file(file, name, name, files));
  if (own_template) {
    TERN_TRY(copy_file(file, "chat_template.jinja", "chat_template.jinja", files));
  } else {
    files.push_back({"chat_template.jinja", file.chat_template()});
  }
  if (path_exists(file.path() + "/tokenizer.model")) return {};
  return copy_file(file, "original/tokenizer.model", "tokenizer.model", files);
}

Status make_tokenizer(const ModelFile& file, const ConvertPlan& plan, std::vector<SideFile>& files) {
  if (!file.tokenizer()) return {};
  const TokenizerSpec& spec = *file.tokenizer();
  if (is_sentencepiece(spec)) {
    TERN_ASSIGN(std::string model, sentencepiece_model(spec));
    files.push_back({"tokenizer.model", std::move(model)});
  } else {
    TERN_ASSIGN(const Json tokenizer, tokenizer_json(spec));
    files.push_back({"tokenizer.json", json_text(tokenizer)});
  }
  files.push_back({"tokenizer_config.json",
                   json_text(tokenizer_config_json(spec, file.chat_template(), plan.config.eos))});
  return {};
}

}  // namespace

Result<std::vector<SideFile>> hf_side_files(const ModelFile& file, const ConvertPlan& plan) {
  std::vector<SideFile> files;
  TERN_ASSIGN(const Json config, config_json(file, plan));
  files.push_back({"config.json", json_text(config)});
  if (file.gguf() == nullptr) {
    TERN_TRY(copy_file(file, "generation_config.json", "generation_config.json", files));
  } else {
    files.push_back({"generation_config.json", json_text(hf_generation_config(plan.config))});
  }
  const bool own = file.gguf() == nullptr && !plan.options.open.tokenizer;
  TERN_TRY(own ? copy_tokenizer(file, plan, files) : make_tokenizer(file, plan, files));
  for (const SideFile& side : files) {
    const uint64_t most = side.name == "tokenizer.json" ? kMaxTokenizerFile : kMaxConfigFile;
    if (!own && side.content.size() > most) {
      return fail(ErrorCode::kUnsupported, "{} would have {} bytes, more than the {} that are read",
                  side.name, side.content.size(), most);
    }
  }
  return files;
}

}  // namespace tern
