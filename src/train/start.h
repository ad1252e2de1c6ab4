#pragma once
// A model that training goes on from.
#include <memory>
#include <optional>
#include <string>

#include "models/model_file.h"
#include "train/recipe/recipe.h"

namespace tern::train {

struct StartingModel {
  std::shared_ptr<const ModelFile> file;
  ModelConfig config;  ///< of the model that is trained: it may have sub-norms that the file lacks
};

/// The model in the folder `path`, with another activation or with sub-norms where these are given. Errors:
/// those of ModelFile::open(), check_masters() and check_trainable(); kInvalidArgument for sub-norms that
/// cannot be put in or left out. Messages name the key of the recipe that decides.
Result<StartingModel> open_masters(const std::string& path, std::optional<Activation> activation,
                                   std::optional<bool> sub_norms);

/// The recipe's init_from, by its [model]. Also kInvalidArgument for stages that do not fit the model:
/// exports that the engine could not run, rows that are too long, a layer that is not there.
Result<StartingModel> open_start(const Recipe& recipe);

}  // namespace tern::train
