// tern inspect: what a model file holds, and what Tern makes of it.
#include <algorithm>
#include <map>
#include <memory>

#include "apps/tern/command.h"
#include "apps/tern/model_options.h"
#include "apps/tern/output.h"
#include "apps/tern/trit_histogram.h"
#include "base/interrupt.h"
#include "base/progress.h"
#include "base/terminal.h"
#include "models/i2s_evidence.h"
#include "models/model_facts.h"
#include "tokenizer/tokenizer.h"

namespace tern {
namespace {

constexpr const char* kExamples = R"(Examples:
  tern inspect model.gguf
  tern inspect folder --no-histogram
  tern inspect model.gguf --json | jq .config)";

struct InspectFlags {
  std::string path;
  OpenOptions open;
  bool json = false, no_histogram = false;
};

/// A tensor of the file with what the architecture's table says of it.
struct Row {
  const TensorEntry* entry = nullptr;
  const TensorSpec* spec = nullptr;  ///< nullptr: not of the table
  std::optional<TritHistogram> trits;
};

Result<std::vector<Row>> read_rows(const ModelFile& file, bool histograms) {
  std::map<const TensorEntry*, const TensorSpec*> specs;
  for (const TensorSpec& spec : file.table()) {
    if (const TensorEntry* entry = file.find(spec)) specs.emplace(entry, &spec);
  }
  uint64_t done = 0;
  Progress progress("reading trits", tensor_bytes(file));
  ThreadPool pool(histograms ? available_threads() : 1);
  std::vector<Row> rows;
  for (const TensorEntry& entry : file.tensors().tensors()) {
    if (interrupted()) return fail(ErrorCode::kInterrupted, "interrupted");
    const auto found = specs.find(&entry);
    Row row{&entry, found == specs.end() ? nullptr : found->second, std::nullopt};
    if (histograms && row.spec != nullptr) {
      TERN_ASSIGN(row.trits, trit_histogram(file, *row.spec, &pool));
    }
    rows.push_back(row);
    progress.update(done += entry.bytes.size());
  }
  return rows;
}

std::string_view linear_name(LinearKind kind) {
  switch (kind) {
    case LinearKind::kDense:
      return "dense";
    case LinearKind::kTernaryStored:
      return "ternary, stored";
    case LinearKind::kTernaryOnline:
      return "ternary, quantized at load";
  }
  return "";
}

std::string_view op_name(ScaleOp op) {
  return op == ScaleOp::kMultiply ? "multiply" : "divide";
}

Json config_json(const ModelConfig& config) {
  return Json{{"arch", config.arch},
              {"source_arch", config.source_arch},
              {"hidden", config.hidden},
              {"layers", config.layers},
              {"heads", config.heads},
              {"kv_heads", config.kv_heads},
              {"head_dim", config.head_dim},
              {"ffn", config.ffn},
              {"vocab", config.vocab},
              {"max_positions", config.max_positions},
              {"rope_theta", config.rope_theta},
              {"rope_factor", config.rope_factor},
              {"window", config.window},
              {"windowed_layers", config.windowed_layers},
              {"window_rope_theta", config.window_rope_theta},
              {"attention_scale", config.attention_scale},
              {"embedding_scale", config.embedding_scale},
              {"residual_scale", config.residual_scale},
              {"logit_divisor", config.logit_divisor},
              {"qkv_bias", config.qkv_bias},
              {"rms_eps", config.rms_eps},
              {"norms_less_one", config.norms_less_one},
              {"tied_head", config.tied_head},
              {"sub_norms", config.sub_norms},
              {"linear_norms", config.linear_norms},
              {"linear_norm_eps", config.linear_norm_eps},
              {"activation", activation_name(config.activation)},
              {"linear", linear_name(config.linear)},
              {"scale_op", op_name(config.scale_op)},
              {"bos", config.bos},
              {"eos", config.eos}};
}

Json tokenizer_json(const ModelFile& file) {
  if (!file.tokenizer()) return nullptr;
  const TokenizerSpec& spec = *file.tokenizer();
  return Json{{"tokens", spec.tokens.size()},
              {"merges", spec.merges.size()},
              {"merges_by_rank", spec.merges_by_rank},
              {"ignore_merges", spec.ignore_merges},
              {"pre", pre_tokenizer_name(spec.pre)},
              {"add_bos", spec.add_bos},
              {"bos", spec.bos},
              {"eos", spec.eos}};
}

Json chat_encoding_json(const ModelFile& file) {
  return file.chat_encoding() ? Json(chat_encoding_name(*file.chat_encoding())) : Json(nullptr);
}

Json i2s_json(const ModelFile& file, const std::optional<I2sEvidence>& evidence) {
  if (!evidence) return nullptr;
  Json pairing = Json::object();
  for (const I2sEvidence::Reading& reading : evidence->readings)
    pairing[std::string(i2s_layout_name(reading.layout))] = reading.pairing;
  return Json{{"read_as", i2s_layout_name(file.i2s_layout())},
              {"fits", evidence->fits ? Json(i2s_layout_name(*evidence->fits)) : Json(nullptr)},
              {"pairing", std::move(pairing)}};
}

Json row_json(const Row& row) {
  Json json{{"name", row.entry->name},
            {"dtype", dtype_info(row.entry->dtype).name},
            {"shape", row.entry->shape},
            {"bytes", row.entry->bytes.size()},
            {"used", row.spec != nullptr}};
  if (row.trits) {
    json["trits"] = Json{{"minus", row.trits->counts[0]},
                         {"zero", row.trits->counts[1]},
                         {"plus", row.trits->counts[2]},
                         {"scale", row.trits->scale},
                         {"scale_op", op_name(row.trits->op)}};
  }
  return json;
}

void print_json(const ModelFile& file, const std::vector<Row>& rows,
                const std::optional<I2sEvidence>& evidence) {
  Json tensors = Json::array();
  for (const Row& row : rows) tensors.push_back(row_json(row));
  print(dump_json(Json{{"path", file.path()},
                       {"format", file.format()},
                       {"parameters", parameter_count(file)},
                       {"bytes", tensor_bytes(file)},
                       {"config", config_json(file.config())},
                       {"tokenizer", tokenizer_json(file)},
                       {"chat_template", file.chat_template()},
                       {"chat_encoding", chat_encoding_json(file)},
                       {"i2s_layout", i2s_json(file, evidence)},
                       {"warnings", file.warnings()},
                       {"tensors", std::move(tensors)}},
                  2));
  print("\n");
}

std::string trits_text(const TritHistogram& histogram) {
  const double total = static_cast<double>(std::max<uint64_t>(histogram.total(), 1));
  const auto percent = [&](size_t i) { return 100.0 * static_cast<double>(histogram.counts[i]) / total; };
  return fmt::format("-1 {:.1f}%  0 {:.1f}%  +1 {:.1f}%  scale {:.6g}{}", percent(0), percent(1), percent(2),
                     histogram.scale, histogram.op == ScaleOp::kDivide ? " (divides)" : "");
}

/// Which layout the trits fit, in one line; "" for a file without I2_S.
std::string i2s_text(const ModelFile& file, const std::optional<I2sEvidence>& evidence) {
  if (!evidence) return "";
  std::string pairing;
  for (const I2sEvidence::Reading& reading : evidence->readings) {
    pairing += fmt::format("{}{} {:.1f}", pairing.empty() ? "" : ", ", i2s_layout_name(reading.layout),
                           reading.pairing);
  }
  const std::string_view read_as = i2s_layout_name(file.i2s_layout());
  const std::string verdict =
      !evidence->fits ? "the trits do not tell whether rightly"
      : *evidence->fits == file.i2s_layout()
          ? "the trits fit it"
          : fmt::format("but the trits fit {0}: say --i2s-layout {0}", i2s_layout_name(*evidence->fits));
  return fmt::format("I2_S layout    read as {}; {} (pairing: {})\n", read_as, verdict, pairing);
}

/// What the model has and most have not, in one line or none.
std::string variants_text(const ModelConfig& config) {
  std::vector<std::string> parts;
  if (!config.windowed_layers.empty()) {
    const auto windowed = std::count(config.windowed_layers.begin(), config.windowed_layers.end(), true);
    parts.push_back(fmt::format("{} layers see {} keys, with RoPE theta {}", windowed, config.window,
                                config.window_rope_theta));
  }
  if (config.rope_factor != 1.0f) parts.push_back(fmt::format("positions divided by {}", config.rope_factor));
  const auto scale = [&](std::string_view name, std::string_view verb, float value) {
    if (value != 1.0f) parts.push_back(fmt::format("{} {} {:.6g}", name, verb, value));
  };
  scale("embeddings", "times", config.embedding_scale);
  scale("sublayers", "times", config.residual_scale);
  scale("head's input", "divided by", config.logit_divisor);
  if (config.qkv_bias) parts.push_back("biases behind q, k and v");
  return parts.empty() ? "" : fmt::format("variants       {}\n", fmt::join(parts, "; "));
}

void print_text(const ModelFile& file, const std::vector<Row>& rows,
                const std::optional<I2sEvidence>& evidence) {
  const ModelConfig& config = file.config();
  print(fmt::format("file           {} ({})\n", for_terminal(file.path()), file.format()));
  print(fmt::format("architecture   {} ({} in the file), {:.1f} M parameters, {:.1f} MB\n", config.arch,
                    for_terminal(config.source_arch), static_cast<double>(parameter_count(file)) / 1e6,
                    static_cast<double>(tensor_bytes(file)) / 1e6));
  print(
      fmt::format("sizes          hidden {}, layers {}, heads {} ({} of keys and values), head_dim {}, ffn "
                  "{}, vocab {}\n",
                  config.hidden, config.layers, config.heads, config.kv_heads, config.head_dim, config.ffn,
                  config.vocab));
  print(fmt::format("positions      {}, RoPE theta {}, RMSNorm epsilon {:.3g}\n", config.max_positions,
                    config.rope_theta, config.rms_eps));
  print(variants_text(config));
  print(fmt::format("linears        {}, activation {}{}{}, head {}\n", linear_name(config.linear),
                    activation_name(config.activation), config.sub_norms ? ", sub-norms" : "",
                    config.linear_norms ? ", a norm inside each linear" : "",
                    config.tied_head ? "tied" : "its own"));
  print(i2s_text(file, evidence));
  if (file.tokenizer()) {
    const TokenizerSpec& spec = *file.tokenizer();
    print(fmt::format("tokenizer      {} tokens, {} merges, pre-tokenizer {}, bos {}{}, ends {}\n",
                      spec.tokens.size(), spec.merges.size(), pre_tokenizer_name(spec.pre), spec.bos,
                      spec.add_bos ? " (added)" : "", fmt::join(config.eos, " ")));
  } else {
    print("tokenizer      none\n");
  }
  if (file.chat_encoding())
    print(fmt::format("chat encoding  {}\n", chat_encoding_name(*file.chat_encoding())));
  print(file.chat_template().empty()
            ? "chat template  none\n"
            : fmt::format("chat template\n{}\n", for_terminal(file.chat_template(), /*keep_newlines=*/true)));
  for (const std::string& warning : file.warnings())
    print(fmt::format("warning        {}\n", for_terminal(warning)));

  size_t width = 0;
  for (const Row& row : rows) width = std::max(width, std::min<size_t>(row.entry->name.size(), 64));
  print(fmt::format("\n{:{}}  {:6}  {:>14}  {:>12}\n", "tensor", width, "type", "shape", "bytes"));
  for (const Row& row : rows) {
    const TensorEntry& entry = *row.entry;
    print(fmt::format("{:{}}  {:6}  {:>14}  {:>12}{}{}\n", for_terminal(entry.name), width,
                      dtype_info(entry.dtype).name, fmt::format("{}", fmt::join(entry.shape, " x ")),
                      entry.bytes.size(), row.trits ? "  " + trits_text(*row.trits) : "",
                      row.spec == nullptr ? "  (not used)" : ""));
  }
}

Status inspect(const InspectFlags& flags) {
  TERN_ASSIGN(const auto file, ModelFile::open(flags.path, flags.open));
  TERN_ASSIGN(const std::vector<Row> rows, read_rows(*file, !flags.no_histogram));
  std::optional<I2sEvidence> evidence;
  if (!flags.no_histogram) {
    ThreadPool pool(available_threads());
    TERN_ASSIGN(evidence, i2s_evidence(*file, &pool));
  }
  if (flags.json) {
    print_json(*file, rows, evidence);
  } else {
    print_text(*file, rows, evidence);
  }
  return {};
}

}  // namespace

CommandAction add_inspect(CLI::App& app) {
  const auto flags = std::make_shared<InspectFlags>();
  app.add_option("MODEL,-m,--model", flags->path, "GGUF file or Hugging Face folder")
      ->required()
      ->type_name("MODEL");
  app.add_flag("--json", flags->json, "Print one JSON object");
  app.add_flag("--no-histogram", flags->no_histogram, "Do not read the weights: quick");
  add_open_options(app, &flags->open);
  app.footer(kExamples);
  return [flags] { return inspect(*flags); };
}

}  // namespace tern
