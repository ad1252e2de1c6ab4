// tern perplexity: how well a model predicts a text, and how far its predictions are from another model's.
#include <chrono>
#include <memory>

#include "apps/tern/command.h"
#include "apps/tern/input.h"
#include "apps/tern/model_options.h"
#include "apps/tern/output.h"
#include "apps/tern/ranges.h"
#include "base/log.h"
#include "base/progress.h"
#include "engine/limits.h"
#include "eval/perplexity.h"

namespace tern {
namespace {

constexpr const char* kExamples = R"(Examples:
  tern perplexity model.gguf text.txt
  tern perplexity model.gguf text.txt --context 512 --save-logits model.logits
  tern perplexity other.gguf text.txt --context 512 --kl-to model.logits)";

struct PerplexityFlags {
  ModelOptions model;
  std::string file;
  PerplexityOptions options;
  bool json = false;
};

Json kl_json(const DivergenceSummary& kl) {
  return Json{{"mean", kl.mean},
              {"standard_error", kl.standard_error},
              {"median", kl.median},
              {"p99", kl.p99},
              {"max", kl.max},
              {"same_top", kl.same_top},
              {"saved_perplexity", kl.saved_perplexity}};
}

Json optional_json(const auto& value) {
  return value ? Json(*value) : Json();
}

Json report_json(const PerplexityReport& report) {
  const auto units = [&report](uint64_t TextUnits::*count) {
    return report.units ? Json(*report.units.*count) : Json();
  };
  Json json{{"perplexity", report.perplexity()},
            {"standard_error", report.standard_error()},
            {"word_perplexity", optional_json(report.word_perplexity())},
            {"byte_perplexity", optional_json(report.byte_perplexity())},
            {"bits_per_byte", optional_json(report.bits_per_byte())},
            {"log_likelihood", report.logprobs.sum()},
            {"tokens", report.tokens},
            {"counted", report.logprobs.count()},
            {"words", units(&TextUnits::words)},
            {"bytes", units(&TextUnits::bytes)},
            {"context", report.context},
            {"stride", report.stride},
            {"complete", report.complete()}};
  if (report.kl) json["kl"] = kl_json(*report.kl);
  return json;
}

void print_table(const PerplexityReport& report) {
  const auto line = [](std::string_view name, const std::string& value) {
    print(fmt::format("{:<17} {}\n", name, value));
  };
  line("tokens", fmt::format("{}, counted {}; context {}, stride {}", report.tokens, report.logprobs.count(),
                             report.context, report.stride));
  line("perplexity", fmt::format("{:.4f} ± {:.4f}", report.perplexity(), report.standard_error()));
  if (const auto value = report.word_perplexity())
    line("per word", fmt::format("{:.4f} ({} words)", *value, report.units->words));
  if (const auto value = report.byte_perplexity())
    line("per byte", fmt::format("{:.4f} ({} bytes)", *value, report.units->bytes));
  if (const auto value = report.bits_per_byte()) line("bits per byte", fmt::format("{:.4f}", *value));
  line("log-likelihood", fmt::format("{:.3f}", report.logprobs.sum()));
}

void print_kl(const DivergenceSummary& kl, const std::string& file) {
  print(fmt::format("\ncompared with {}\n", printable(file)));
  print(fmt::format("KL divergence     {:.6f} ± {:.6f} nats; median {:.6f}, 99% below {:.6f}, most {:.6f}\n",
                    kl.mean, kl.standard_error, kl.median, kl.p99, kl.max));
  print(fmt::format("same top token    {:.2f}%\n", 100 * kl.same_top));
  print(fmt::format("its perplexity    {:.4f}\n", kl.saved_perplexity));
}

Result<PerplexityReport> evaluate(PerplexityFlags& flags, const Engine& engine, const std::string& text) {
  std::optional<Progress> bar;
  flags.options.on_progress = [&bar](uint64_t counted, uint64_t total) {
    if (!bar) bar.emplace("tokens", total);
    bar->update(counted);
  };
  return evaluate_text(engine, text, flags.options);
}

Status perplexity(PerplexityFlags flags) {
  TERN_ASSIGN(const std::string text, read_text_file(flags.file));
  if (text.empty()) return fail(ErrorCode::kInvalidArgument, "{}: the text is empty", flags.file);
  flags.model.engine.context = flags.options.context;
  flags.model.engine.load.head_screen = false;  // all logits are wanted
  TERN_ASSIGN(const auto engine, Engine::open(flags.model.path, flags.model.engine));
  const auto start = std::chrono::steady_clock::now();
  TERN_ASSIGN(const PerplexityReport report, evaluate(flags, *engine, text));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (flags.json) {
    print(dump_json(report_json(report), 2) + "\n");
  } else {
    print_table(report);
    if (report.kl) print_kl(*report.kl, *flags.options.kl_to);
  }
  TERN_TRY(finish_stdout());
  log_info(fmt::format("{} tokens in {:.1f} s", report.logprobs.count(), seconds));
  if (report.complete()) return {};
  return fail(ErrorCode::kInterrupted, "interrupted after {} of {} tokens{}", report.logprobs.count(),
              report.to_count, flags.options.save_logits ? "; no logits were saved" : "");
}

}  // namespace

CommandAction add_perplexity(CLI::App& app) {
  const auto flags = std::make_shared<PerplexityFlags>();
  app.add_option("MODEL,-m,--model", flags->model.path, "GGUF file or Hugging Face folder")
      ->required()
      ->type_name("MODEL");
  app.add_option("FILE,-f,--file", flags->file, "The text; - is standard input")
      ->required()
      ->type_name("FILE");
  app.add_option("--context", flags->options.context,
                 "Tokens that the model sees at once; the model's context, at most 2048, when not given")
      ->check(between(int64_t{2}, kMaxContext))
      ->type_name("N");
  app.add_option("--stride", flags->options.stride,
                 "Tokens from one window to the next; half the context when not given")
      ->check(between(int64_t{1}, kMaxContext))
      ->type_name("N");
  app.add_option("--save-logits", flags->options.save_logits,
                 "File to write: log-probabilities of every token at every counted position, 16 bits each")
      ->check(not_empty())
      ->type_name("FILE");
  app.add_option("--kl-to", flags->options.kl_to,
                 "File of --save-logits of another model: tell how far this model's predictions are from it")
      ->check(not_empty())
      ->type_name("FILE");
  app.add_flag("--json", flags->json, "Print one JSON object");
  add_engine_options(app, &flags->model.engine);
  add_threads_option(app, &flags->model.engine);
  app.footer(kExamples);
  return [flags] { return perplexity(*flags); };
}

}  // namespace tern
