// tern logits: the raw logits of given tokens, for comparison with anything.
#include <memory>

#include "apps/tern/command.h"
#include "apps/tern/input.h"
#include "apps/tern/model_options.h"
#include "apps/tern/ranges.h"
#include "engine/limits.h"
#include "io/npy.h"

namespace tern {
namespace {

constexpr const char* kExamples = R"(Examples:
  tern logits -m model.gguf --tokens 1,2,3 -o logits.npy
  TERN_ISA=scalar tern logits -m model.gguf --tokens 1,2,3 -t 1 --chunk 1 -o scalar.npy
  cmp logits.npy scalar.npy

The bits depend neither on the machine nor on threads and chunks.)";

struct LogitsFlags {
  ModelOptions model;
  std::string tokens, output;
  int64_t chunk = 512;
};

Status write_logits(LogitsFlags flags) {
  TERN_ASSIGN(const std::vector<int32_t> ids, parse_token_ids(flags.tokens, "--tokens"));
  flags.model.engine.load.head_screen = false;  // all logits are wanted
  TERN_ASSIGN(const auto engine, Engine::open(flags.model.path, flags.model.engine));
  Session session(*engine);
  TERN_ASSIGN(const std::vector<float> logits, session.logits(ids, flags.chunk));
  return write_npy(flags.output, logits, {ids.size(), static_cast<uint64_t>(engine->config().vocab)});
}

}  // namespace

CommandAction add_logits(CLI::App& app) {
  const auto flags = std::make_shared<LogitsFlags>();
  app.add_option("--tokens", flags->tokens, "Token ids: 1,2,3")->required()->type_name("IDS");
  app.add_option("-o,--output", flags->output, "File to write: float32 [tokens, vocab], NumPy format")
      ->required()
      ->check(not_empty())
      ->type_name("FILE");
  app.add_option("--chunk", flags->chunk, "Tokens in one forward pass; the bits do not depend on it")
      ->check(between(int64_t{1}, kMaxChunk))
      ->capture_default_str()
      ->type_name("N");
  add_model_options(app, &flags->model);
  app.footer(kExamples);
  return [flags] { return write_logits(*flags); };
}

}  // namespace tern
