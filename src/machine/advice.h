#pragma once
// From what a machine is, can do, and is asked for, to what a user should know: pure functions.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "machine/bounds.h"
#include "machine/facts.h"
#include "machine/limits.h"
#include "machine/model_needs.h"

namespace tern {

/// Something that makes models slower or that will fail, and what helps.
struct Warning {
  std::string what, remedy;
};

struct Diagnosis {
  std::vector<std::string> findings;  ///< sentences
  std::vector<Warning> warnings;
  std::string impossible;  ///< why the model cannot run on this machine; "": it can

  void found(std::string sentence) { findings.push_back(std::move(sentence)); }
  void warn(std::string what, std::string remedy) {
    warnings.push_back({std::move(what), std::move(remedy)});
  }
};

/// `limits`: ascending in threads; empty when they could not be measured.
void advise_on_machine(const MachineFacts& machine, const std::vector<MachineLimits>& limits,
                       Diagnosis* diagnosis);
/// `bounds`: model_bounds(), nothing when `limits` are empty.
void advise_on_model(const MachineFacts& machine, const std::vector<MachineLimits>& limits,
                     const ModelNeeds& model, const std::optional<ModelBounds>& bounds, Diagnosis* diagnosis);

}  // namespace tern
