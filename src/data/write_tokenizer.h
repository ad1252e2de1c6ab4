#pragma once
#include <string>

#include "base/atomic_file.h"
#include "base/error.h"
#include "tokenizer/spec.h"

namespace tern {

/// Writes `path` (tokenizer.json) and tokenizer_config.json beside it, with BitNet's chat template: what
/// Hugging Face and `tern` read together. Errors: those of AtomicFile; kInvalidArgument when one of them is
/// there already and shall not be replaced; kUnsupported when tokenizer.json cannot say what `spec` says.
Status write_tokenizer(const std::string& path, const TokenizerSpec& spec, IfThere if_there);

}  // namespace tern
