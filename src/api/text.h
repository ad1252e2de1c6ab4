#pragma once
#include <cstdint>
#include <vector>

#include "engine/session.h"

namespace tern::api {

/// kInvalidArgument when `flags` has bits that are not `known`.
Status check_flags(uint32_t flags, uint32_t known);
/// tern_tokenize() without what it gives.
Result<std::vector<int32_t>> tokenize(const Engine& engine, const char* text, size_t bytes, uint32_t flags);

}  // namespace tern::api
