#pragma once
// The program's flags and commands, and what a command line makes of them.
#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "apps/tern/command.h"
#include "apps/tern/config/config.h"
#include "base/error.h"

namespace tern {

class CommandLine {
 public:
  CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  /// Reads a command line and the config file behind it. The action of its command; an empty one where there
  /// is nothing left to do: --help and --version have been answered. Errors: kInvalidArgument, those of
  /// Config::apply(), and kIo when the answer could not be written.
  Result<CommandAction> parse(int argc, const char* const* argv);

  /// `tern --help`.
  std::string help() const { return app_.help(); }
  const Config& config() const { return config_; }

 private:
  struct Command {
    CLI::App* app = nullptr;
    CommandAction action;
  };

  void add_family(const char* word, const char* help, const char* group);
  void add(std::string_view verb, const char* help, const char* group, CommandAction (*add_flags)(CLI::App&));
  /// The command that was read; nullptr before one was.
  Command* parsed();
  /// kInvalidArgument for the lack of a command, or for a word that is none.
  tl::unexpected<Error> refuse_command(const std::vector<std::string>& extras);
  Status check_extras();
  Status answer(const CLI::ParseError& call);
  /// kInvalidArgument with where to find help.
  tl::unexpected<Error> refuse(std::string_view problem);

  CLI::App app_;
  CLI::Option* json_ = nullptr;  ///< with --version
  Config config_;
  std::vector<Command> commands_;
};

}  // namespace tern
