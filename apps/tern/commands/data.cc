// tern data: what models are trained on.
#include "apps/tern/subcommands.h"

namespace tern {

CommandAction add_data(CLI::App& app) {
  return add_subcommands(app, "data");
}

}  // namespace tern
