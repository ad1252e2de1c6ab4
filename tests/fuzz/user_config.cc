// A user's config file, and whether it fits a table of flags.
#include "apps/tern/config/config.h"
#include "base/check.h"
#include "tests/fuzz/fuzz.h"

namespace tern::fuzz {
namespace {

/// A command with a switch, a flag with a value and one with several.
std::vector<CommandEntry> commands() {
  CLI::App program("", "tern");
  CLI::App* const app = program.add_subcommand("run", "");
  const std::string untold;
  app->add_flag("--json", untold);
  app->add_option("--kv", untold);
  app->add_option("--stop", untold)->take_all();
  return describe_commands(program);
}

void run(std::string_view bytes) {
  const auto file = parse_config(bytes, "c.toml");
  if (!file) return;
  static const std::vector<CommandEntry> table = commands();
  if (!check_config(*file, table)) return;
  for (const ConfigTable& entries : file->tables) TERN_CHECK(entries.name == "all" || entries.name == "run");
}

}  // namespace
}  // namespace tern::fuzz

TERN_FUZZ(tern::fuzz::run)
