#pragma once
#include <string>

#include "base/json.h"
#include "bench/suite.h"

namespace tern {

/// Tables for people (docs/performance.md says how to read them).
std::string suite_tables(const SuiteResult& result);
/// {"machine": .., "models": [..], "results": [..]}; the fields are in docs/performance.md.
Json suite_json(const SuiteResult& result);

}  // namespace tern
