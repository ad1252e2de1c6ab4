#pragma once
// What a recipe trains on: where its tokenizer and its data are, and how they come to be there.
#include <string>

#include "base/error.h"
#include "train/recipe/recipe.h"

namespace tern::train {

/// Threads of this process: the recipe's, or one for each processor that it may use.
int threads_of(const Recipe& recipe);
/// The tokenizer's file: the recipe's, or <out>/tokenizer.json.
std::string tokenizer_of(const Recipe& recipe);
/// The prepared folder of one [data]: its own, or <out>/data/<name>.
std::string data_folder_of(const Recipe& recipe, const std::string& name);
/// Makes what is not there: text by rules, tokenizer, prepared data of the mixes. Errors name the part of the
/// recipe.
Status make_materials(const Recipe& recipe);

}  // namespace tern::train
