#pragma once
// Tests only. It names nothing of ours, so that it can stand beside <tern/tern.h>, whose names are those of
// src/engine.
#include <string>

namespace tern_api_testing {

/// A GGUF file of a model with 94 tokens, the printable ASCII characters but the blank. It lives as long as
/// the process.
const std::string& text_model();
/// A chat template for it: "role:content;" a message.
const std::string& chat_template();

}  // namespace tern_api_testing
