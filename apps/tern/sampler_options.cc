#include "apps/tern/sampler_options.h"

#include "apps/tern/ranges.h"
#include "engine/limits.h"

namespace tern {
namespace {

constexpr const char* kGroup = "Generation";
constexpr int64_t kMaxTokens = int64_t{1} << 31;

}  // namespace

Status GenerateFlags::check() {
  TERN_ASSIGN(NamedBias named, parse_logit_bias(logit_bias));
  options.sampler.bias = std::move(named.bias);
  bias_tokens = std::move(named.tokens);
  return check_sampler_options(options.sampler);
}

Status GenerateFlags::resolve(const Engine& engine) {
  return resolve_logit_bias(bias_tokens, engine, &options.sampler.bias);
}

void add_generate_options(CLI::App& app, GenerateFlags* flags) {
  GenerateOptions* const options = &flags->options;
  app.add_option("-n,--max-tokens", options->max_tokens,
                 "Most tokens to generate; -1: until the context is full")
      ->check(between(int64_t{-1}, kMaxTokens))
      ->capture_default_str()
      ->type_name("N")
      ->group(kGroup);
  SamplerOptions& sampler = options->sampler;
  const auto number = [&app](const char* name, auto& value, const char* help) {
    app.add_option(name, value, help)->capture_default_str()->type_name("X")->group(kGroup);
  };
  // Ranges are check_sampler_options' business, so that the library and the command refuse the same values.
  number("--temp", sampler.temperature, "Temperature; 0: greedy");
  number("--top-k", sampler.top_k, "Keep the K likeliest tokens; 0: off");
  number("--top-p", sampler.top_p, "Keep the likeliest tokens up to this mass; 1: off");
  number("--min-p", sampler.min_p, "Drop tokens below this part of the likeliest; 0: off");
  number("--repeat-penalty", sampler.repetition_penalty, "Penalty on tokens already seen; 1: off");
  number("--presence-penalty", sampler.presence_penalty, "Taken off tokens that stand in the answer; 0: off");
  number("--frequency-penalty", sampler.frequency_penalty,
         "Taken off tokens for each time that they stand in the answer; 0: off");
  app.add_option(
         "--logit-bias", flags->logit_bias,
         "Added to logits: a list like 128=-100,\" the\"=2.5 (id or quoted text of one token); may be "
         "given more than once")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false)  // else "[a,b]" would be a list of two
      ->type_name("LIST")
      ->group(kGroup);
  app.add_option("--seed", sampler.seed, "Seed; the text is a function of it")
      ->check(whole_number())
      ->capture_default_str()
      ->type_name("N")
      ->group(kGroup);
  app.add_option("--stop", options->stop, "End the text before this string; may be given more than once")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false)  // else "[a,b]" would be a list of two
      ->type_name("TEXT")
      ->group(kGroup);
  app.add_option(
         "--lookup", options->lookup,
         "Most tokens to guess for one pass, from repetitions in the text; 0: off. The text is the same")
      ->check(between(int64_t{0}, kMaxLookup))
      ->capture_default_str()
      ->type_name("N")
      ->group(kGroup);
  app.add_option_function<int64_t>(
         "--logprobs",
         [options](const int64_t& count) {
           options->logprobs = true;
           options->top_logprobs = count;
         },
         "Give each token's log-probability and the K likeliest tokens beside it")
      ->check(between(int64_t{0}, kMaxTopLogprobs))
      ->type_name("K")
      ->group(kGroup);
  app.add_flag("--ignore-eos", options->ignore_eos, "Go on after an end-of-turn token")->group(kGroup);
  app.add_flag("--context-shift", options->context_shift,
               "When the context is full, drop the older half of the text and go on; inexact")
      ->group(kGroup);
  app.add_option("--keep", options->keep,
                 "With --context-shift: tokens at the beginning that are never dropped")
      ->check(between(int64_t{0}, kMaxContext))
      ->needs("--context-shift")
      ->capture_default_str()
      ->type_name("N")
      ->group(kGroup);
  app.add_option("--chunk", options->chunk, "Prompt tokens in one forward pass")
      ->check(between(int64_t{1}, kMaxChunk))
      ->capture_default_str()
      ->type_name("N")
      ->group(kGroup);
}

}  // namespace tern
