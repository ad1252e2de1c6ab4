#include "train/materials.h"

#include <filesystem>
#include <memory>
#include <set>

#include "base/atomic_file.h"
#include "base/interrupt.h"
#include "base/mmap.h"
#include "base/progress.h"
#include "base/thread_pool.h"
#include "data/bpe_trainer.h"
#include "data/corpus_words.h"
#include "data/prepare.h"
#include "data/synth.h"
#include "data/write_tokenizer.h"
#include "models/tokenizer_file.h"

namespace tern::train {
namespace {

/// A progress bar that is made when its length is known.
std::function<void(uint64_t, uint64_t)> bar(const std::string& label) {
  const auto progress = std::make_shared<std::unique_ptr<Progress>>();
  return [label, progress](uint64_t done, uint64_t total) {
    if (*progress == nullptr) *progress = std::make_unique<Progress>(label, total);
    (*progress)->update(done);
  };
}

std::string synth_file(const Recipe& recipe, const std::string& name) {
  return fmt::format("{}/data/{}.jsonl", recipe.out, name);
}

std::vector<std::string> inputs_of(const Recipe& recipe, const std::string& name) {
  const DataRecipe& data = recipe.data.at(name);
  return data.synth.empty() ? data.inputs : std::vector<std::string>{synth_file(recipe, name)};
}

Status write_synth(const Recipe& recipe, const std::string& name) {
  const DataRecipe& data = recipe.data.at(name);
  const std::string path = synth_file(recipe, name);
  if (data.synth.empty() || path_exists(path)) return {};
  Synth synth({.kind = data.synth == "math" ? SynthKind::kMath : SynthKind::kStories,
               .seed = static_cast<uint64_t>(data.seed),
               .chat = data.chat});
  TERN_ASSIGN(AtomicFile file, AtomicFile::create(path));
  for (int64_t i = 0; i < data.documents; ++i) {
    if (interrupted()) return fail(ErrorCode::kInterrupted, "interrupted");
    TERN_ASSIGN(const std::string line, synth.next());
    TERN_TRY(file.write(line + "\n"));
  }
  return file.commit();
}

Status learn_tokenizer(const Recipe& recipe) {
  if (recipe.tokenizer_from.empty() || path_exists(tokenizer_of(recipe))) return {};
  std::vector<std::string> files;
  for (const std::string& name : recipe.tokenizer_from) {
    for (std::string& file : inputs_of(recipe, name)) files.push_back(std::move(file));
  }
  const BpeOptions options{.vocab = recipe.tokenizer_size, .special = {}};
  TERN_ASSIGN(const CorpusWords corpus,
              count_corpus_words(files, options.pre, threads_of(recipe), bar("counting words")));
  TERN_ASSIGN(const TokenizerSpec spec, train_bpe(corpus.words, options, bar("joining pairs")));
  return write_tokenizer(tokenizer_of(recipe), spec, IfThere::kReplace);
}

Status prepare(const Recipe& recipe, const std::string& name) {
  const DataRecipe& data = recipe.data.at(name);
  const std::string folder = data_folder_of(recipe, name);
  if (!data.folder.empty() || path_exists(folder)) return {};
  TERN_ASSIGN(TokenizerSpec spec, read_tokenizer_file(tokenizer_of(recipe)));
  TERN_ASSIGN(const auto tokenizer, Tokenizer::create(std::move(spec)));
  PrepareOptions options;
  options.inputs = inputs_of(recipe, name);
  if (!data.kind.empty()) {
    TERN_ASSIGN(options.kind, parse_shard_kind(data.kind));
  }
  options.tokenizer_file = tokenizer_of(recipe);
  options.held_out = data.held_out;
  options.where = data.where;
  options.evaluation = data.decontaminate;
  options.threads = threads_of(recipe);
  return prepare_data(options, *tokenizer, folder, bar("preparing " + name)).map([](const Json&) {});
}

Status in_context(const Status& status, const std::string& context) {
  return status ? status : Status(tl::unexpected<Error>(status.error().with_context(context)));
}

}  // namespace

int threads_of(const Recipe& recipe) {
  return recipe.threads > 0 ? static_cast<int>(recipe.threads) : available_threads();
}

std::string tokenizer_of(const Recipe& recipe) {
  return recipe.tokenizer.empty() ? recipe.out + "/tokenizer.json" : recipe.tokenizer;
}

std::string data_folder_of(const Recipe& recipe, const std::string& name) {
  const DataRecipe& data = recipe.data.at(name);
  return data.folder.empty() ? recipe.out + "/data/" + name : data.folder;
}

Status make_materials(const Recipe& recipe) {
  std::error_code error;
  std::filesystem::create_directories(recipe.out + "/data", error);
  if (error) return fail(ErrorCode::kIo, "{}: {}", recipe.out, error.message());
  std::set<std::string> used(recipe.tokenizer_from.begin(), recipe.tokenizer_from.end()), mixed;
  for (const StageRecipe& stage : recipe.stages) {
    for (const auto* mix : {&stage.mix, &stage.second_mix}) {
      for (const auto& [name, weight] : *mix) mixed.insert(name);
    }
  }
  used.insert(mixed.begin(), mixed.end());
  for (const std::string& name : used) TERN_TRY(in_context(write_synth(recipe, name), "data." + name));
  TERN_TRY(in_context(learn_tokenizer(recipe), "tokenizer"));
  for (const std::string& name : mixed) TERN_TRY(in_context(prepare(recipe, name), "data." + name));
  return {};
}

}  // namespace tern::train
