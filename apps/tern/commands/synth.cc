// tern synth: a full-size model of random trits, and a check that it has the statistics it promises.
#include <cmath>
#include <memory>

#include "apps/tern/command.h"
#include "apps/tern/name_table.h"
#include "apps/tern/output.h"
#include "apps/tern/progress_bar.h"
#include "apps/tern/ranges.h"
#include "base/mmap.h"
#include "convert/synth.h"
#include "engine/session.h"
#include "models/tokenizer_file.h"
#include "quant/blocks.h"

namespace tern {
namespace {

constexpr const char* kExamples = R"(Examples:
  tern synth --shape tiny -o tiny.gguf
  tern synth --shape 2b4t --head q6_k -o 2b4t.gguf
  tern synth --shape tiny --tokenizer tokenizer.json --no-check -o text.gguf

The same flags give the same file. Unless --no-check is given, the finished file is run and its statistics are checked.)";

constexpr size_t kCheckTokens = 48;
constexpr std::pair<const char*, DType> kHeads[] = {
    {"f16", DType::kF16}, {"q8_0", DType::kQ8_0}, {"q6_k", DType::kQ6_K}};

struct SynthFlags {
  SynthOptions options;
  std::string output, head = "f16", tokenizer;
  bool no_check = false, json = false, force = false;
};

/// What a run of the finished file shows.
struct SynthCheck {
  double skipped = 0;        ///< share of gates that are not positive
  double never_active = 0;   ///< share of neurons that no token of the sample opened
  double always_active = 0;  ///< share of neurons that every token opened
  double cosine = 0;         ///< mean cosine of the last hidden state to the top logit's row
  double changes = 0;        ///< share of tokens whose top logit differs from the token before
};

/// Rows of the tied head are the embedding's; the final norm leaves a hidden state of length sqrt(hidden).
Result<double> row_length(const ModelFile& file, int64_t row) {
  const TensorEntry* embedding = file.tensors().find("token_embd.weight");
  const auto hidden = static_cast<uint64_t>(file.config().hidden);
  const uint64_t row_bytes = *dtype_bytes(embedding->dtype, hidden);
  std::vector<float> values(hidden);
  TERN_TRY(dequantize(embedding->dtype, embedding->bytes.data() + static_cast<uint64_t>(row) * row_bytes,
                      hidden, values.data()));
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value) * value;
  return std::sqrt(sum);
}

Result<SynthCheck> check_model(const std::string& path, uint64_t seed) {
  EngineOptions options;
  options.load.head_screen = false;  // all logits are wanted
  TERN_ASSIGN(const auto engine, Engine::open(path, options));
  const ModelConfig& config = engine->config();
  std::vector<int32_t> ids(kCheckTokens);
  for (size_t i = 0; i < ids.size(); ++i) {
    ids[i] = static_cast<int32_t>(uniform_at(seed, i) * static_cast<double>(config.vocab));
  }
  KvCache kv(config, TERN_KV_F16, static_cast<int64_t>(ids.size()));
  TERN_TRY(kv.reserve(static_cast<int64_t>(ids.size())));
  std::vector<float> logits(ids.size() * static_cast<size_t>(config.vocab));
  GateCounts gates;
  const SequenceChunk chunk{.tokens = ids, .pos0 = 0, .kv = kv.view(), .logits_from = 0};
  TERN_TRY(engine->model().forward({&chunk, 1}, engine->pool(), logits.data(), &gates));

  SynthCheck check;
  for (const uint32_t open : gates.open) {
    check.skipped += static_cast<double>(ids.size() - open);
    check.never_active += open == 0;
    check.always_active += open == ids.size();
  }
  const auto neurons = static_cast<double>(gates.open.size());
  check.skipped /= neurons * static_cast<double>(ids.size());
  check.never_active /= neurons;
  check.always_active /= neurons;

  int32_t previous = -1;
  for (size_t t = 0; t < ids.size(); ++t) {
    const std::span row(logits.data() + t * static_cast<size_t>(config.vocab),
                        static_cast<size_t>(config.vocab));
    const int32_t top = sample(row, {}, {}, 0);
    TERN_ASSIGN(const double length, row_length(engine->file(), top));
    check.cosine += row[static_cast<size_t>(top)] / (length * std::sqrt(static_cast<double>(config.hidden)));
    check.changes += top != previous;
    previous = top;
  }
  check.cosine /= static_cast<double>(ids.size());
  check.changes /= static_cast<double>(ids.size());
  return check;
}

Status judge(const SynthCheck& check, double sparsity) {
  if (std::fabs(check.skipped - sparsity) > 0.05) {
    return fail(ErrorCode::kInternal, "gate sparsity is {:.3f}, not the {:.3f} asked for", check.skipped,
                sparsity);
  }
  if (check.cosine < 0.3 || check.cosine > 0.5) {
    return fail(ErrorCode::kInternal, "top logit's cosine is {:.3f}, not between 0.3 and 0.5", check.cosine);
  }
  if (check.changes < 0.9) {
    return fail(ErrorCode::kInternal, "the top logit changes at only {:.0f}% of the tokens",
                100 * check.changes);
  }
  return {};
}

Status synthesize(SynthFlags& flags) {
  flags.options.head = value_of(kHeads, flags.head);
  if (!flags.force && path_exists(flags.output)) {
    return fail(ErrorCode::kInvalidArgument, "{}: exists; --force overwrites it", flags.output);
  }
  if (!flags.tokenizer.empty()) {
    TERN_ASSIGN(flags.options.tokenizer, read_tokenizer_file(flags.tokenizer));
  }
  TERN_TRY(write_synthetic_model(flags.output, flags.options,
                                 flags.force ? IfThere::kReplace : IfThere::kRefuse,
                                 ProgressBar("writing").progress()));
  if (flags.no_check) return {};
  TERN_ASSIGN(const SynthCheck check, check_model(flags.output, flags.options.seed));
  if (flags.json) {
    print(dump_json({{"gate_sparsity", check.skipped},
                     {"never_active", check.never_active},
                     {"always_active", check.always_active},
                     {"top_cosine", check.cosine},
                     {"top_changes", check.changes}},
                    2) +
          "\n");
  } else {
    print(fmt::format(
        "{}: over {} random tokens {:.1f}% of the gates are closed, {:.2f}% of the neurons never and "
        "{:.2f}% always open; the top logit has cosine {:.2f} and changes at {:.0f}% of the tokens\n",
        flags.output, kCheckTokens, 100 * check.skipped, 100 * check.never_active, 100 * check.always_active,
        check.cosine, 100 * check.changes));
  }
  return judge(check, flags.options.gate_sparsity);
}

}  // namespace

CommandAction add_synth(CLI::App& app) {
  const auto flags = std::make_shared<SynthFlags>();
  const auto shapes = synth_shapes();
  app.add_option("--shape", flags->options.shape, "Which model's sizes")
      ->check(CLI::IsMember(std::vector<std::string>(shapes.begin(), shapes.end())))
      ->capture_default_str();
  app.add_option("-o,--output", flags->output, "GGUF file to write")
      ->required()
      ->check(not_empty())
      ->type_name("FILE");
  app.add_option("--seed", flags->options.seed, "The same seed gives the same file")
      ->check(whole_number())
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--head", flags->head, "Type of embedding and head")
      ->check(CLI::IsMember(names_of(kHeads)))
      ->capture_default_str();
  app.add_option("--gate-sparsity", flags->options.gate_sparsity,
                 "Share of FFN neurons closed at each token, 0.05 to 0.99; 0.5 is what random gates give")
      ->capture_default_str()
      ->type_name("S");
  app.add_option("--tokenizer", flags->tokenizer,
                 "tokenizer.json or tokenizer.model to put in, instead of bytes")
      ->type_name("FILE");
  CLI::Option* no_check = app.add_flag("--no-check", flags->no_check, "Do not run the finished file");
  app.add_flag("--force", flags->force, "Overwrite an existing file");
  app.add_flag("--json", flags->json, "Print the check as JSON")->excludes(no_check);
  app.footer(kExamples);
  return [flags] { return synthesize(*flags); };
}

}  // namespace tern
