// tern tokenizer train: byte-level BPE learnt from text.
#include <memory>

#include "apps/tern/command.h"
#include "apps/tern/output.h"
#include "apps/tern/progress_bar.h"
#include "apps/tern/ranges.h"
#include "apps/tern/threads.h"
#include "base/log.h"
#include "data/bpe_trainer.h"
#include "data/corpus_words.h"
#include "data/write_tokenizer.h"

namespace tern {
namespace {

constexpr const char* kExamples = R"(Examples:
  tern tokenizer train corpus.jsonl.zst --vocab-size 8192 -o tokenizer.json
  tern tokenize --tokenizer tokenizer.json -p "Once upon a time")";

struct TrainFlags {
  std::vector<std::string> inputs;
  std::string output;
  BpeOptions options;
  int threads = 0;
  bool force = false;
};

Status train(const TrainFlags& flags) {
  TERN_ASSIGN(const CorpusWords corpus,
              count_corpus_words(flags.inputs, flags.options.pre, threads_from_flag(flags.threads),
                                 ProgressBar("counting words").progress()));
  TERN_ASSIGN(const TokenizerSpec spec,
              train_bpe(corpus.words, flags.options, ProgressBar("joining pairs").progress()));
  const auto tokens = static_cast<int64_t>(spec.tokens.size());
  if (tokens < flags.options.vocab) {
    warn("the text gives {} tokens, fewer than the {} asked for: no other pair stands in it {} times", tokens,
         flags.options.vocab, flags.options.min_count);
  }
  TERN_TRY(write_tokenizer(flags.output, spec, flags.force ? IfThere::kReplace : IfThere::kRefuse));
  print(fmt::format("{}: {} tokens from {} documents, {} bytes of text, {} different words\n", flags.output,
                    tokens, corpus.documents - corpus.broken, corpus.bytes, corpus.words.size()));
  return {};
}

}  // namespace

CommandAction add_tokenizer_train(CLI::App& app) {
  const auto flags = std::make_shared<TrainFlags>();
  app.add_option("files", flags->inputs, "Text: .txt or .jsonl, also .gz or .zst")
      ->required()
      ->type_name("FILE");
  app.add_option("--vocab-size", flags->options.vocab, "Tokens in all: bytes, merges and special tokens")
      ->required()
      ->type_name("N");
  app.add_option("-o,--output", flags->output,
                 "tokenizer.json to write; tokenizer_config.json comes to stand beside it")
      ->required()
      ->check(not_empty())
      ->type_name("FILE");
  app.add_option("--special", flags->options.special, "More special tokens behind LLaMA 3's")
      ->type_name("TEXT");
  app.add_option("--min-count", flags->options.min_count,
                 "Pairs that stand in the text less often are not joined")
      ->check(whole_number())
      ->capture_default_str()
      ->type_name("N");
  add_threads_flag(app, &flags->threads);
  app.add_flag("--force", flags->force, "Overwrite existing files");
  app.footer(kExamples);
  return [flags] { return train(*flags); };
}

}  // namespace tern
