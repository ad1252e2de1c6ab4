// A ModelFile from one GGUF file.
#include "models/model_file_builder.h"
#include "tokenizer/tokenizer.h"

namespace tern {
namespace {

// LLaMA 3's vocabulary: the one reading of a file that names no pre-tokenizer (published 2B4T does not).
constexpr size_t kLlama3Vocabulary = 128256;

Result<int32_t> optional_id(const Gguf& gguf, std::string_view key) {
  TERN_ASSIGN(const std::optional<uint64_t> value, gguf.get_uint(key));
  if (!value) return -1;
  if (*value > INT32_MAX)
    return fail(ErrorCode::kBadFile, "{}: {} = {} is no token id", gguf.path(), key, *value);
  return static_cast<int32_t>(*value);
}

/// The keys of vocabularies with scores.
Status read_scored_fields(const Gguf& gguf, GgufTokenizerFields* fields) {
  constexpr std::string_view kScores = "tokenizer.ggml.scores", kMap = "tokenizer.ggml.precompiled_charsmap";
  if (const auto found = gguf.metadata().find(kScores); found != gguf.metadata().end()) {
    const auto* scores = std::get_if<std::vector<double>>(&found->second);
    if (scores == nullptr)
      return fail(ErrorCode::kBadFile, "{}: metadata '{}' must be an array of floats", gguf.path(), kScores);
    fields->scores = *scores;
  }
  TERN_ASSIGN(fields->add_space_prefix, gguf.get_bool("tokenizer.ggml.add_space_prefix"));
  TERN_ASSIGN(fields->remove_extra_whitespaces, gguf.get_bool("tokenizer.ggml.remove_extra_whitespaces"));
  TERN_ASSIGN(auto chars_map, gguf.get_ints(kMap));
  if (chars_map) fields->chars_map = std::move(*chars_map);
  return {};
}

}  // namespace

Result<std::shared_ptr<const ModelFile>> ModelFileBuilder::open_gguf() {
  TERN_ASSIGN(std::unique_ptr<Gguf> gguf, Gguf::open(file_->path_));
  file_->gguf_ = gguf.get();
  file_->source_ = std::move(gguf);
  TERN_TRY(read_gguf_config());
  TERN_TRY(apply_linear_options());
  TERN_TRY(check_tensors());
  TERN_TRY(check_unused());
  TERN_TRY(read_gguf_scales());
  TERN_TRY(read_tokenizer(&ModelFileBuilder::read_gguf_tokenizer));
  TERN_TRY(read_gguf_chat_template());
  TERN_ASSIGN(const std::optional<std::string> encoding, file_->gguf_->get_string(kGgufChatEncodingKey));
  TERN_TRY(read_chat_encoding(encoding, file_->path_ + ": tern.chat_encoding"));
  return std::shared_ptr<const ModelFile>(std::move(file_));
}

Status ModelFileBuilder::read_gguf_config() {
  const Gguf& gguf = *file_->gguf_;
  TERN_ASSIGN(const std::optional<std::string> architecture, gguf.get_string("general.architecture"));
  if (!architecture) return fail(ErrorCode::kBadFile, "{}: general.architecture is missing", file_->path_);
  TERN_ASSIGN(const std::optional<uint64_t> parts, gguf.get_uint("split.count"));
  TERN_ASSIGN(const std::optional<uint64_t> part, gguf.get_uint("split.no"));
  if (parts.value_or(1) > 1 || part.value_or(0) > 0) {
    return fail(ErrorCode::kUnsupported, "{}: part {} of a split model: merge its parts first", file_->path_,
                part.value_or(0) + 1);
  }
  TERN_ASSIGN(const std::optional<std::string> type, gguf.get_string("general.type"));
  if (type.value_or("model") != "model") {
    return fail(ErrorCode::kUnsupported, "{}: general.type is {}, not model", file_->path_, *type);
  }
  TERN_ASSIGN(arch_, arch_from_gguf(*architecture, file_->path_));
  TERN_ASSIGN(file_->config_, arch_->read_gguf(gguf, *architecture, context(file_->path_)));
  config().source_arch = *architecture;
  return {};
}

/// `tern.linear_scales` and `tern.linear_scale_op`: exact scales, one a kLinear line of the table, in its
/// order.
Status ModelFileBuilder::read_gguf_scales() {
  const Gguf& gguf = *file_->gguf_;
  TERN_ASSIGN(const std::optional<std::string> op, gguf.get_string(kGgufScaleOpKey));
  const auto it = gguf.metadata().find(kGgufScalesKey);
  if (it == gguf.metadata().end()) {
    if (!op) return {};
    return fail(ErrorCode::kBadFile, "{}: tern.linear_scale_op without tern.linear_scales", file_->path_);
  }
  if (op.value_or("multiply") != "multiply" && *op != "divide") {
    return fail(ErrorCode::kBadFile, "{}: tern.linear_scale_op = {}: must be multiply or divide",
                file_->path_, *op);
  }
  config().scale_op = op.value_or("multiply") == "divide" ? ScaleOp::kDivide : ScaleOp::kMultiply;
  const auto* scales = std::get_if<std::vector<double>>(&it->second);
  std::vector<const TensorSpec*> linears;
  for (const TensorSpec& spec : file_->table_) {
    if (spec.role == TensorRole::kLinear) linears.push_back(&spec);
  }
  if (scales == nullptr || scales->size() != linears.size()) {
    return fail(ErrorCode::kBadFile, "{}: tern.linear_scales must be {} floats, one a linear", file_->path_,
                linears.size());
  }
  for (size_t i = 0; i < linears.size(); ++i) {
    if (file_->linear_kind(*linears[i]) != LinearKind::kTernaryStored) continue;
    file_->exact_scales_.emplace(linears[i]->name, static_cast<float>((*scales)[i]));
  }
  return {};
}

Status ModelFileBuilder::read_gguf_tokenizer() {
  const Gguf& gguf = *file_->gguf_;
  TERN_ASSIGN(const std::optional<std::string> model, gguf.get_string("tokenizer.ggml.model"));
  if (!model) {
    return options_.pre ? fail(ErrorCode::kInvalidArgument, "--pre: {} has no tokenizer", file_->path_)
                        : Status();
  }
  for (const char* key : {"tokenizer.ggml.add_sep_token", "tokenizer.ggml.normalizer.lowercase"}) {
    TERN_ASSIGN(const std::optional<bool> is_set, gguf.get_bool(key));
    if (is_set.value_or(false)) {
      return take_tokenizer(fail(ErrorCode::kUnsupported, "{}: {} is not supported", file_->path_, key));
    }
  }
  GgufTokenizerFields fields;
  fields.model = *model;
  fields.tokens = gguf.get_strings("tokenizer.ggml.tokens");
  if (fields.tokens == nullptr) {
    return fail(ErrorCode::kBadFile, "{}: tokenizer.ggml.tokens is missing or no list of strings",
                file_->path_);
  }
  TERN_ASSIGN(const std::optional<std::string> pre, gguf.get_string("tokenizer.ggml.pre"));
  if (options_.pre && *model != "gpt2") {
    return fail(ErrorCode::kInvalidArgument,
                "--pre: {} has a tokenizer of kind {}, which is not cut by a pre-tokenizer", file_->path_,
                *model);
  } else if (options_.pre) {
    fields.pre = *options_.pre;
  } else if (pre) {
    fields.pre = *pre;
  } else if (*model == "gpt2" && fields.tokens->size() == kLlama3Vocabulary) {
    fields.pre = "llama-bpe";
    warn("tokenizer.ggml.pre is missing; the vocabulary is LLaMA 3's, so llama-bpe is used");
  } else if (*model == "gpt2") {
    return fail(ErrorCode::kAmbiguous, "{}: tokenizer.ggml.pre is missing: say which with --pre: {}",
                file_->path_, fmt::join(pre_tokenizer_names(), ", "));
  }
  TERN_ASSIGN(std::optional<std::vector<int64_t>> types, gguf.get_ints("tokenizer.ggml.token_type"));
  if (types) fields.token_types = std::move(*types);
  fields.merges = gguf.get_strings("tokenizer.ggml.merges");
  TERN_ASSIGN(fields.bos, optional_id(gguf, "tokenizer.ggml.bos_token_id"));
  TERN_ASSIGN(fields.eos, optional_id(gguf, "tokenizer.ggml.eos_token_id"));
  TERN_ASSIGN(fields.unk, optional_id(gguf, "tokenizer.ggml.unknown_token_id"));
  TERN_ASSIGN(fields.add_bos, gguf.get_bool("tokenizer.ggml.add_bos_token"));
  TERN_ASSIGN(fields.add_eos, gguf.get_bool("tokenizer.ggml.add_eos_token"));
  if (*model != "gpt2") TERN_TRY(read_scored_fields(gguf, &fields));
  TERN_ASSIGN(const std::optional<std::string> rules, gguf.get_string("tokenizer.tern"));
  fields.rules = rules.value_or("");
  return take_tokenizer(tokenizer_spec_from_gguf_fields(fields, file_->path_));
}

Status ModelFileBuilder::read_gguf_chat_template() {
  TERN_ASSIGN(const bool given, read_chat_template_option());
  if (given) return {};
  TERN_ASSIGN(const std::optional<std::string> text, file_->gguf_->get_string("tokenizer.chat_template"));
  file_->chat_template_ = text.value_or("");
  fix_chat_template();
  return {};
}

}  // namespace tern
