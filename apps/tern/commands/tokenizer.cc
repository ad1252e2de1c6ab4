// tern tokenizer: tokenizers of one's own.
#include "apps/tern/subcommands.h"

namespace tern {

CommandAction add_tokenizer(CLI::App& app) {
  return add_subcommands(app, "tokenizer");
}

}  // namespace tern
