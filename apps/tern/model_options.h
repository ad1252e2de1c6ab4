#pragma once
// The flags of every command that opens a model.
#include <CLI/CLI.hpp>
#include <string>

#include "engine/session.h"

namespace tern {

/// The group of these flags in the help text.
constexpr const char* kModelGroup = "Model";

struct ModelOptions {
  std::string path;
  EngineOptions engine;
};

/// --linear-class, --linear, --activation, --i2s-layout, --pre, --tokenizer, --chat-template,
/// --chat-encoding: what resolves an ambiguous file. `prefix` stands before the names, for a command that
/// opens two models.
void add_open_options(CLI::App& app, OpenOptions* options, std::string_view prefix = "");

/// --packing, --head-screen: the same bits, other speeds. Sets Packing::kAuto.
void add_load_options(CLI::App& app, LoadOptions* load);

/// The open options, --kv, --dense-act, the load options: for a command that has its own -m and --context.
void add_engine_options(CLI::App& app, EngineOptions* engine);

/// -t, into `engine`.
void add_threads_option(CLI::App& app, EngineOptions* engine);

/// --context, into `engine`.
void add_context_option(CLI::App& app, EngineOptions* engine);

/// -m (required), the engine options, -t, --context.
void add_model_options(CLI::App& app, ModelOptions* options);

/// As add_model_options without -t, for a command that gives it another meaning.
void add_model_options_without_threads(CLI::App& app, ModelOptions* options);

}  // namespace tern
