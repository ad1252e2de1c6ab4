#pragma once
#include "train/recipe/recipe.h"

namespace tern::train {

/// Prints, stage by stage, parameters, memory and operations, and how long they take at the speed of this
/// machine's float matrix products. Reads the tokenizer, but neither data nor weights.
Status dry_run(const Recipe& recipe);

}  // namespace tern::train
