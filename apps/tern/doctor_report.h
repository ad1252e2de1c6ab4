#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "machine/advice.h"

namespace tern {

/// What `tern doctor` has found out.
struct DoctorReport {
  MachineFacts machine;
  std::vector<MachineLimits> limits;  ///< ascending in threads
  std::string unmeasured;             ///< why there are none
  std::optional<ModelNeeds> model;
  std::optional<ModelBounds> bounds;
  Diagnosis diagnosis;
};

/// For people.
std::string doctor_text(const DoctorReport& report);
/// The fields are in docs/cli.md.
Json doctor_json(const DoctorReport& report);

}  // namespace tern
