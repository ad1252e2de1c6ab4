// tern pull: a model from Hugging Face, or from whatever speaks its protocol.
#include <memory>

#include "apps/tern/command.h"
#include "apps/tern/output.h"
#include "apps/tern/ranges.h"
#include "convert/pull.h"

namespace tern {
namespace {

constexpr const char* kExamples = R"text(Examples:
  tern pull microsoft/bitnet-b1.58-2B-4T-gguf
  tern run -m "$(tern pull ORG/MODEL)" -p "The capital of France is"
  tern pull ORG/MODEL model-Q4_1.gguf tokenizer.json -o models/mine
  tern pull ORG/MODEL --revision v1.0 --json

Only the path of the result goes to standard output. Files lie in $TERN_CACHE, else $XDG_CACHE_HOME/tern, else
~/.cache/tern; a private or gated model needs a token in HF_TOKEN or ~/.cache/huggingface/token. A pull that was
interrupted goes on where it stopped.)text";

struct PullFlags {
  PullOptions options;
  bool json = false;
};

void print_json(const PullResult& result) {
  Json files = Json::array();
  for (const PulledFile& pulled : result.files) {
    files.push_back({{"name", pulled.name},
                     {"bytes", pulled.file.bytes},
                     {"sha256", pulled.file.sha256},
                     {"cached", pulled.file.cached}});
  }
  print(dump_json({{"path", result.path}, {"commit", result.commit}, {"files", std::move(files)}}, 2) + "\n");
}

Status pull(PullFlags& flags) {
  flags.options.http = http_options_from_environment("tern/" TERN_VERSION);
  TERN_ASSIGN(const PullResult result, pull_model(flags.options));
  if (flags.json) {
    print_json(result);
  } else {
    print(result.path + "\n");
  }
  return {};
}

}  // namespace

CommandAction add_pull(CLI::App& app) {
  const auto flags = std::make_shared<PullFlags>();
  PullOptions& options = flags->options;
  app.add_option("model", options.repo, "Name of the model on the hub")->required()->type_name("ORG/MODEL");
  app.add_option("files", options.files,
                 "Files of it; without, the only GGUF file, or a folder with safetensors and tokenizer")
      ->type_name("NAME");
  app.add_option("--revision", options.revision, "Branch, tag or commit")
      ->capture_default_str()
      ->type_name("R");
  app.add_option("--endpoint", options.endpoint,
                 "Address of the hub; else HF_ENDPOINT, else https://huggingface.co")
      ->type_name("URL");
  CLI::Option* cache = app.add_option("--cache", options.cache, "Folder that keeps what was pulled")
                           ->check(not_empty())
                           ->type_name("DIR");
  app.add_option("-o,--output", options.output, "Put the files into this folder instead of the cache")
      ->check(not_empty())
      ->excludes(cache)
      ->type_name("DIR");
  app.add_flag("--force", options.force, "Fetch what is there again, and replace it");
  app.add_flag("--json", flags->json, "Print path, commit and files as JSON");
  app.footer(kExamples);
  return [flags] { return pull(*flags); };
}

}  // namespace tern
