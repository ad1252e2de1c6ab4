// tern run: one prompt in, one answer out.
#include <memory>

#include "apps/tern/command.h"
#include "apps/tern/input.h"
#include "apps/tern/logprobs_output.h"
#include "apps/tern/model_options.h"
#include "apps/tern/output.h"
#include "apps/tern/sampler_options.h"
#include "apps/tern/session_flag.h"
#include "base/log.h"

namespace tern {
namespace {

constexpr const char* kExamples = R"(Examples:
  tern run -m model.gguf -p "The capital of France is"
  tern run -m model.gguf --chat -p "Why is the sky blue?" --temp 0.7 --seed 1
  tern run -m model.gguf --system "Answer in one word." -f question.txt -n 8
  echo "Once upon a time" | tern run -m model.gguf -n 64 --stop "The end" -q
  tern run -m model.gguf -p "Once" -n 4 --json | jq -r .text

The text goes to standard output as it comes, remarks to standard error. Greedy unless --temp is given: then the answer is
a function of model, prompt and --seed.)";

struct RunFlags {
  ModelOptions model;
  GenerateFlags generate;
  SessionFlag session;
  TextSource text;
  std::optional<std::string> tokens, system;
  bool chat = false, json = false, quiet = false;
  bool wants_chat() const { return chat || system.has_value(); }
};

/// What -p, -f, --tokens or standard input say, before a tokenizer is needed: flags are refused before a
/// model is read.
struct Prompt {
  std::string text;
  std::vector<int32_t> ids;  ///< from --tokens; then `text` is unused
};

Result<Prompt> read_prompt(const RunFlags& flags) {
  Prompt prompt;
  if (flags.tokens) {
    TERN_ASSIGN(prompt.ids, parse_token_ids(*flags.tokens, "--tokens"));
    return prompt;
  }
  TERN_ASSIGN(const std::string text, flags.text.read());
  prompt.text = flags.text.text ? text : std::string(without_last_newline(text));
  if (prompt.text.empty()) return fail(ErrorCode::kInvalidArgument, "the prompt is empty");
  return prompt;
}

Result<std::vector<int32_t>> encode_prompt(const RunFlags& flags, const Engine& engine,
                                           const std::string& text) {
  TERN_ASSIGN(const Tokenizer* tokenizer, engine.tokenizer());
  if (!flags.wants_chat()) return tokenizer->encode(text, {.add_bos = true, .parse_special = false});
  TERN_ASSIGN(const auto chat_template, engine.chat_template());
  std::vector<ChatMessage> messages;
  if (flags.system) messages.push_back({"system", *flags.system});
  messages.push_back({"user", text});
  return encode_chat(*tokenizer, *chat_template, messages, true, engine.chat_encoding());
}

void print_json(const GenerateResult& result, const GenerateOptions& options, const Tokenizer* tokenizer) {
  Json json = {{"ids", result.ids},
               {"text", result.text},
               {"logprobs", result.logprobs},
               {"prompt_tokens", result.prompt_tokens},
               {"cached_tokens", result.cached_tokens},
               {"dropped_tokens", result.dropped_tokens},
               {"exact", result.dropped_tokens == 0},
               {"stop_reason", stop_reason_name(result.stop)},
               {"lookup", {{"drafted", result.drafted}, {"accepted", result.accepted}}},
               {"timings", timings_json(result)}};
  if (options.top_logprobs > 0) json["top_logprobs"] = top_logprobs_json(result, tokenizer);
  print(dump_json(json));
  print("\n");
}

/// A model without a tokenizer can still be run on --tokens: its answer is ids.
void print_ids(const std::vector<int32_t>& ids) {
  print(fmt::format("{}\n", fmt::join(ids, ",")));
}

/// What the answer needs beside the streamed text.
void print_answer(const GenerateResult& result, const RunFlags& flags, const Tokenizer* tokenizer) {
  const GenerateOptions& options = flags.generate.options;
  if (flags.json) return print_json(result, options, tokenizer);
  if (tokenizer != nullptr) {
    print("\n");
  } else {
    print_ids(result.ids);
  }
  if (options.logprobs) print(describe_logprobs(result, tokenizer));
}

Status run(RunFlags flags) {
  TERN_TRY(flags.generate.check());
  TERN_ASSIGN(Prompt prompt, read_prompt(flags));
  TERN_TRY(flags.session.check());
  GenerateOptions& options = flags.generate.options;
  options.logprobs |= flags.json;
  // Who needs all logits has no use for a screen of the head.
  if (!logit_cut(options)) flags.model.engine.load.head_screen = false;
  TERN_ASSIGN(const auto engine, Engine::open(flags.model.path, flags.model.engine));
  TERN_TRY(flags.generate.resolve(*engine));
  if (prompt.ids.empty()) {
    TERN_ASSIGN(prompt.ids, encode_prompt(flags, *engine, prompt.text));
  }

  const Tokenizer* const tokenizer = engine->tokenizer().value_or(nullptr);
  const bool stream = tokenizer != nullptr && !flags.json;
  Session session(*engine);
  TERN_TRY(flags.session.restore(&session));
  TERN_ASSIGN(const GenerateResult result,
              session.generate(prompt.ids, options, [stream](std::string_view text) {
                if (stream) print_now(text);
              }));
  print_answer(result, flags, tokenizer);
  TERN_TRY(finish_stdout());
  TERN_TRY(flags.session.save(session));
  if (!flags.quiet) log_info(describe_speed(result));
  warn_of_dropped(result, options, engine->context());
  if (result.stop == StopReason::kContextFull) {
    warn("the answer was cut: the context of {} tokens is full", engine->context());
  }
  if (result.stop == StopReason::kInterrupted) return fail(ErrorCode::kInterrupted, "interrupted");
  return {};
}

}  // namespace

CommandAction add_run(CLI::App& app) {
  const auto flags = std::make_shared<RunFlags>();
  const auto texts =
      flags->text.add(app, "The prompt; without -p, -f and --tokens it is read from standard input");
  CLI::Option* const tokens =
      app.add_option("--tokens", flags->tokens, "Token ids to use as the prompt, as they are: 1,2,3")
          ->type_name("IDS");
  for (CLI::Option* text : texts) text->excludes(tokens);
  app.add_flag("--chat", flags->chat, "Wrap the prompt in the model's chat template")->excludes(tokens);
  app.add_option("--system", flags->system, "System message; implies --chat")
      ->type_name("TEXT")
      ->excludes(tokens);
  app.add_flag("--json", flags->json, "Print one JSON object instead of streaming text");
  app.add_flag("-q,--quiet", flags->quiet, "No speed on standard error");
  flags->session.add(app);
  add_generate_options(app, &flags->generate);
  add_model_options(app, &flags->model);
  app.footer(kExamples);
  return [flags] { return run(*flags); };
}

}  // namespace tern
