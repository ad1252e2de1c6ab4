#include "train/run.h"

#include <filesystem>
#include <new>
#include <set>

#include "base/environment.h"
#include "base/log.h"
#include "base/mmap.h"
#include "train/distill.h"
#include "train/dry_run.h"
#include "train/materials.h"
#include "train/start.h"
#include "train/teacher.h"
#include "train/trainer.h"

namespace tern::train {
namespace {

namespace fs = std::filesystem;

Status make_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  return error ? Status(fail(ErrorCode::kIo, "{}: {}", path, error.message())) : Status();
}

/// A folder in which nothing is yet, unless the run goes on.
Status check_out(const Recipe& recipe, bool resume) {
  std::error_code error;
  if (resume || !fs::exists(recipe.out, error) || fs::is_empty(recipe.out, error)) return {};
  return fail(ErrorCode::kInvalidArgument,
              "{}: is not empty; --resume goes on there, --set out=FOLDER takes another", recipe.out);
}

class Run {
 public:
  Run(Recipe recipe, Group& group) : recipe_(std::move(recipe)), group_(group) {}

  Status all(bool resume) {
    std::optional<Activation> activation = recipe_.model.activation;
    if (!recipe_.init_from.empty()) {
      TERN_ASSIGN(const StartingModel start, open_start(recipe_));
      activation = start.config.activation;
      if (group_.first()) warn_of_changes(start);
      ModelFacts facts = facts_of(*start.file);
      facts.config = start.config;
      TERN_TRY(check_teachers(facts));
    }
    if (group_.first()) {
      TERN_TRY(check_out(recipe_, resume));
      TERN_TRY(make_materials(recipe_));
    }
    TERN_TRY(group_.wait());
    if (recipe_.init_from.empty()) {
      TERN_ASSIGN(const ModelFacts facts, new_model_facts(recipe_.model, tokenizer_of(recipe_)));
      TERN_TRY(check_teachers(facts));
    }
    std::string before = recipe_.init_from;
    for (const StageRecipe& stage : recipe_.stages) {
      const std::string folder = recipe_.out + "/" + stage.name, master = folder + "/master";
      if (path_exists(master)) {
        if (group_.first()) log_info(fmt::format("stage {}: done", stage.name));
      } else {
        const bool first = before == recipe_.init_from;
        TERN_TRY(train(stage, before, first ? recipe_.activation : activation,
                       first ? recipe_.sub_norms : std::nullopt, folder));
      }
      TERN_TRY(group_.wait());  // the first process exports
      before = master;
    }
    return {};
  }

 private:
  void warn_of_changes(const StartingModel& start) const {
    const ModelConfig& had = start.file->config();
    if (start.config.sub_norms != had.sub_norms)
      log_warning(fmt::format("{}: sub-norms are put in: it computes something else until it is trained",
                              recipe_.init_from));
    for (const std::string& warning : start.file->warnings()) log_warning(warning);
  }

  /// Before a stage in front of theirs takes days.
  Status check_teachers(const ModelFacts& student) const {
    for (const StageRecipe& stage : recipe_.stages) {
      if (!stage.distill) continue;
      TERN_ASSIGN(const auto teacher, open_teacher_file(stage.distill->teacher));
      TERN_TRY(check_tokens(*teacher, student));
      const auto whole = fill_in(*stage.distill, student.config, teacher->config());
      if (!whole) return tl::unexpected<Error>(whole.error().with_context("stage." + stage.name));
    }
    return {};
  }

  /// A stage of the model in `before`, in which `activation` and `sub_norms` may change what open_masters()
  /// says; or, where there is none, of a new one.
  Status train(const StageRecipe& stage, const std::string& before, std::optional<Activation> activation,
               std::optional<bool> sub_norms, const std::string& folder) {
    TERN_TRY(make_folder(folder));
    StageInput input{.recipe = recipe_,
                     .stage = stage,
                     .facts = {},
                     .fill = {},
                     .data = {},
                     .source_names = {},
                     .group = group_,
                     .folder = folder};
    std::shared_ptr<const ModelFile> file;
    if (before.empty()) {
      TERN_ASSIGN(input.facts, new_model_facts(recipe_.model, tokenizer_of(recipe_)));
      input.fill = [&](Parameters& parameters) -> Status {
        parameters.initialize(recipe_.seed, static_cast<float>(recipe_.init_std));
        return {};
      };
    } else {
      TERN_ASSIGN(StartingModel start, open_masters(before, activation, sub_norms));
      file = std::move(start.file);
      input.facts = facts_of(*file);
      input.facts.config = std::move(start.config);
      input.fill = [&](Parameters& parameters) { return load_masters(*file, parameters); };
    }
    if (stage.kind != StageKind::kPretrain) learn_chat(input.facts);
    input.facts.config.linear =
        stage.linears == LinearMode::kTernary ? LinearKind::kTernaryOnline : LinearKind::kDense;
    add_data(stage, input);
    TERN_ASSIGN(const auto trainer, Trainer::create(input));
    TERN_TRY(trainer->resume());
    if (group_.first()) {
      log_info(fmt::format("stage {}: {} steps{}", stage.name, trainer->schedule().steps,
                           trainer->steps_done() > 0 ? fmt::format(", {} done", trainer->steps_done()) : ""));
    }
    return trainer->run();
  }

  void add_data(const StageRecipe& stage, StageInput& input) const {
    std::set<std::string> names;
    for (const auto* mix : {&stage.mix, &stage.second_mix}) {
      for (const auto& [name, weight] : *mix) names.insert(name);
    }
    for (const std::string& name : names) {
      const auto found = stage.mix.find(name);
      input.source_names.push_back(name);
      input.data.sources.push_back(
          {data_folder_of(recipe_, name), found == stage.mix.end() ? 0 : found->second});
    }
    input.data.packing = stage.kind == StageKind::kPretrain ? RowPacking::kCut : RowPacking::kWhole;
    input.data.row_tokens = stage.sequence;
    input.data.rows_per_step = stage.rows_per_step;
    input.data.seed = recipe_.seed;
  }

  Recipe recipe_;
  Group& group_;
};

Status run_guarded(const RunOptions& options) {
  TERN_ASSIGN(Recipe recipe, read_recipe(options.recipe, options.sets));
  at::set_num_threads(threads_of(recipe));
  if (options.dry_run) return dry_run(recipe);
  if (recipe.cuda && !at::hasCUDA()) {
    return fail(ErrorCode::kUnsupported, "{}: device: this LibTorch has no CUDA, or there is no GPU",
                recipe.path);
  }
  TERN_ASSIGN(const Place place, place_from([](const char* name) { return environment(name); }));
  TERN_ASSIGN(const auto group, Group::join(place));
  if (recipe.cuda && group->world() > 1)
    return fail(ErrorCode::kUnsupported, "{}: device: several processes train on CPUs only", recipe.path);
  return Run(std::move(recipe), *group).all(options.resume);
}

}  // namespace

Status run_training(const RunOptions& options) {
  try {
    return run_guarded(options);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kOutOfMemory,
                "out of memory: smaller rows_per_pass, or recompute = true, take less");
  } catch (const c10::Error& error) {
    return fail(ErrorCode::kInternal, "LibTorch: {}", error.what_without_backtrace());
  }
}

}  // namespace tern::train
