#pragma once
// What `tern train` is asked to do, as plain data. docs/training.md describes every key.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "models/config.h"
#include "train/adamw.h"
#include "train/bit_linear.h"
#include "train/schedule.h"

namespace tern::train {

/// Tokens to train on: a folder of `tern data prepare`, or the files to prepare one from, or text made by
/// rules.
struct DataRecipe {
  std::string folder;
  std::vector<std::string> inputs;
  std::string synth;  ///< "math" or "stories", or empty
  int64_t documents = 0, seed = 0;
  bool chat = false;
  std::string kind;  ///< of `inputs`: text, chat, pairs, or empty
  double held_out = 0.005;
  std::vector<std::pair<std::string, std::string>> where;  ///< only documents whose field has that value
  std::vector<std::string> decontaminate;                  ///< files of items that no document may hold
};

enum class StageKind { kPretrain, kSft, kDpo };

/// What happens when a loss is not a number, or far above those before it.
enum class OnSpike {
  kStop,
  kRollBack  ///< back to the last checkpoint, with the data that follows
};

/// A teacher beside the loss of a stage (train/distill.h).
struct DistillRecipe {
  std::string teacher;                              ///< a model's folder
  double logits = 1;                                ///< weight of the distance of the distributions
  double temperature = 1;                           ///< of both distributions
  double attention = 0;                             ///< weight of the distance of attention relations
  int64_t attention_layer = 0, teacher_layer = -1;  ///< -1: counted from the end as the student's is
  int64_t relation_heads = 0;                       ///< 0: the most that both models' kv_heads make
};

struct StageRecipe {
  std::string name;
  StageKind kind = StageKind::kPretrain;
  std::map<std::string, double> mix;             ///< weights of data, by name
  std::map<std::string, double> second_mix;      ///< from the schedule's second stage on; empty: the same
  int64_t sequence = 0;                          ///< tokens of a row
  int64_t rows_per_step = 0, rows_per_pass = 0;  ///< of all ranks; of one forward pass
  double epochs = 0;                             ///< of the mix, when schedule.steps is not given
  Schedule schedule;
  AdamWOptions adamw;
  double clip = 1.0;   ///< greatest norm of the gradient; 0: none
  double average = 0;  ///< decay of a moving average of the masters that is exported in their place; 0: none
  bool sum_loss = false;  ///< gradients of the sum over a step's targets, not of their mean
  LinearMode linears = LinearMode::kTernary;
  bool recompute = false;
  double beta = 0.1;  ///< kDpo
  std::optional<DistillRecipe> distill;
  int64_t log_every = 10;
  int64_t checkpoint_every = 0, keep = 2;  ///< 0: at the end alone
  int64_t evaluate_every = 0, evaluate_rows = 32;
  int64_t histogram_every = 100;  ///< trits by kind of linear, zeros of activations by layer; 0: at the end
  double spike = 0;               ///< a loss this many times the mean of the last ones is a spike; 0: none is
  OnSpike on_spike = OnSpike::kStop;
  std::vector<std::string> exports;  ///< beside the master: "packed", "gguf"
};

struct Recipe {
  std::string path, folder;  ///< of the file, for messages, and what its paths are relative to
  std::string out;
  uint64_t seed = 0;
  int64_t threads = 0;                      ///< 0: all
  bool cuda = false;                        ///< on a GPU, by torch's own operations
  double peak_tflops = 0;                   ///< of one process's device; 0: measured on CPUs
  std::string tokenizer;                    ///< a file, or empty:
  std::vector<std::string> tokenizer_from;  ///< learnt from the text of this data
  int64_t tokenizer_size = 0;
  std::string init_from;                 ///< a folder of masters, or empty: `model` at random
  std::optional<Activation> activation;  ///< with init_from: other than the model has
  std::optional<bool> sub_norms;         ///< with init_from: true puts in those that the model lacks
  double init_std = 0.02;
  /// Its special tokens are the tokenizer's, filled in later; so is its vocabulary, which otherwise must be
  /// that of the tokenizer.
  ModelConfig model;
  std::map<std::string, DataRecipe> data;
  std::vector<StageRecipe> stages;
};

/// What stands in the way of a stage's exports beside the master, for a model of this form; empty: nothing.
std::string export_problem(const StageRecipe& stage, Activation activation, bool sub_norms);

/// Reads a recipe, with `sets` ("key=value") in place of what it says. Errors: kNotFound, kIo; kBadFile names
/// line and key, kInvalidArgument what of `sets` is wrong.
Result<Recipe> read_recipe(const std::string& path, const std::vector<std::string>& sets);
/// The same of text; paths are relative to `folder`.
Result<Recipe> parse_recipe(std::string_view text, const std::string& path, const std::string& folder,
                            const std::vector<std::string>& sets);

}  // namespace tern::train
