#include "train/export.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/atomic_file.h"
#include "base/atomic_folder.h"
#include "convert/convert.h"
#include "io/safetensors_writer.h"
#include "models/export_config.h"
#include "models/tokenizer_file.h"
#include "quant/blocks.h"
#include "tensor/float16.h"
#include "tokenizer/export_hf.h"

namespace tern::train {
namespace {

/// Tokens that end what a model says, whichever its tokenizer names.
constexpr std::string_view kEnds[] = {"<|eot_id|>", "<|end_of_text|>"};
constexpr int64_t kPiece = 1 << 16;  // elements that are written at once

std::string json_text(const Json& json) {
  return dump_json(json, 2) + "\n";
}

Status write_side_files(const ModelFacts& facts, const AtomicFolder& folder) {
  HfConfigOptions options;
  options.master = facts.config.linear == LinearKind::kTernaryOnline;
  Json config = hf_config(facts.config, options);
  config["tern"]["chat_encoding"] = chat_encoding_name(facts.chat_encoding);
  TERN_ASSIGN(const Json tokenizer, tokenizer_json(facts.tokenizer));
  const Json tokenizer_config = tokenizer_config_json(facts.tokenizer, facts.chat_template, facts.config.eos);
  TERN_TRY(write_whole_file(folder.path("config.json"), json_text(config)));
  TERN_TRY(
      write_whole_file(folder.path("generation_config.json"), json_text(hf_generation_config(facts.config))));
  TERN_TRY(write_whole_file(folder.path("tokenizer.json"), json_text(tokenizer)));
  return write_whole_file(folder.path("tokenizer_config.json"), json_text(tokenizer_config));
}

/// `n` floats as bfloat16.
Status produce_bf16(const float* values, int64_t n, const TensorSink& sink) {
  std::vector<uint16_t> piece(static_cast<size_t>(std::min(n, kPiece)));
  for (int64_t begin = 0; begin < n; begin += kPiece) {
    const auto count = static_cast<size_t>(std::min(kPiece, n - begin));
    for (size_t i = 0; i < count; ++i) piece[i] = f32_to_bf16(values[begin + static_cast<int64_t>(i)]);
    TERN_TRY(sink({reinterpret_cast<const uint8_t*>(piece.data()), count * sizeof piece[0]}));
  }
  return {};
}

void add_ends(ModelFacts& facts) {
  const TokenizerSpec& spec = facts.tokenizer;
  std::vector<int32_t>& eos = facts.config.eos;
  for (size_t i = 0; i < spec.tokens.size(); ++i) {
    const auto id = static_cast<int32_t>(i);
    const bool ends = std::ranges::find(kEnds, spec.tokens[i]) != std::end(kEnds);
    if (spec.kinds[i] == TokenKind::kSpecial && ends && std::ranges::find(eos, id) == eos.end())
      eos.push_back(id);
  }
}

}  // namespace

Result<ModelFacts> new_model_facts(const ModelConfig& config, const std::string& tokenizer_file) {
  ModelFacts facts{.config = config, .tokenizer = {}, .chat_template = kBitnetChatTemplate};
  TERN_ASSIGN(facts.tokenizer, read_tokenizer_file(tokenizer_file));
  const TokenizerSpec& spec = facts.tokenizer;
  facts.config.vocab = static_cast<int64_t>(spec.tokens.size());
  if (config.vocab != 0 && config.vocab != facts.config.vocab) {
    return fail(ErrorCode::kInvalidArgument, "{}: has {} tokens, but model.vocab is {}", tokenizer_file,
                facts.config.vocab, config.vocab);
  }
  facts.config.bos = spec.bos;
  if (spec.eos >= 0) facts.config.eos.push_back(spec.eos);
  add_ends(facts);
  return facts;
}

void learn_chat(ModelFacts& facts) {
  facts.chat_template = kBitnetChatTemplate;
  facts.chat_encoding = ChatEncoding::kParts;
  add_ends(facts);
}

ModelFacts facts_of(const ModelFile& file) {
  return {.config = file.config(),
          .tokenizer = file.tokenizer().value_or(TokenizerSpec{}),
          .chat_template = file.chat_template(),
          .chat_encoding = file.chat_encoding().value_or(ChatEncoding::kWhole)};
}

Status check_masters(const ModelFile& file) {
  for (const TensorSpec& spec : file.table()) {
    if (spec.role != TensorRole::kLinear || file.linear_kind(spec) != LinearKind::kTernaryStored) continue;
    return fail(
        ErrorCode::kUnsupported,
        "{}: {} is stored as trits; training goes on from the masters that they were made from (a folder "
        "of bfloat16 weights), which is not in this model",
        file.path(), spec.name);
  }
  if (file.format() != "huggingface") {
    return fail(ErrorCode::kUnsupported,
                "{}: is GGUF; training goes on from a Hugging Face folder of bfloat16 or float32 weights",
                file.path());
  }
  return {};
}

Status load_masters(const ModelFile& file, Parameters& parameters) {
  const at::NoGradGuard no_grad;
  for (const Parameter& parameter : parameters.all()) {
    const TensorSpec& spec = parameter.spec;
    const TensorEntry* entry = file.find(spec);
    if (entry == nullptr && spec.role == TensorRole::kNorm) {
      parameters.masters().narrow(0, parameter.offset, parameter.size).fill_(1);
      continue;
    }
    const at::Tensor values = at::empty({parameter.size}, at::kFloat);
    const Status status = dequantize(entry->dtype, entry->bytes.data(), static_cast<uint64_t>(parameter.size),
                                     values.data_ptr<float>());
    if (!status) return tl::unexpected<Error>(status.error().with_context(spec.name));
    parameters.masters().narrow(0, parameter.offset, parameter.size).copy_(values);
  }
  parameters.refresh();
  return {};
}

Status export_master(const ModelFacts& facts, const Parameters& parameters, const at::Tensor& flat,
                     const std::string& path) {
  const at::Tensor here = flat.detach().cpu().contiguous();
  TERN_ASSIGN(AtomicFolder folder, AtomicFolder::create(path));
  TERN_TRY(write_side_files(facts, folder));
  SafetensorsWriter writer;
  for (const Parameter& parameter : parameters.all()) {
    const float* values = here.data_ptr<float>() + parameter.offset;
    writer.add_tensor(
        parameter.spec.name, DType::kBF16, parameter.spec.shape,
        [values, n = parameter.size](const TensorSink& sink) { return produce_bf16(values, n, sink); });
  }
  TERN_TRY(writer.write(folder.path("model.safetensors"), {}));
  return folder.commit();
}

Status export_others(const std::string& master, const std::vector<std::string>& names,
                     const std::string& folder, int threads) {
  if (names.empty()) return {};
  ThreadPool pool(threads);
  TERN_ASSIGN(const auto file, ModelFile::open(master, {}));
  for (const std::string& name : names) {
    const bool gguf = name == "gguf";
    const ConvertOptions options{.to = gguf ? ConvertTarget::kGguf : ConvertTarget::kHfPacked,
                                 .masters_remain = true};
    TERN_ASSIGN(const ConvertPlan plan, plan_conversion(*file, options, &pool, {}));
    TERN_TRY(check_lossless(plan));
    const std::string output = folder + (gguf ? "/model.gguf" : "/packed");
    std::error_code ignored;                       // what stays is an error of the next line
    std::filesystem::remove_all(output, ignored);  // of a run that had fewer steps
    TERN_TRY(write_conversion(*file, plan, output, IfThere::kReplace, &pool, {}));
  }
  return {};
}

}  // namespace tern::train
