#include "apps/tern/command_line.h"

#include <algorithm>
#include <string_view>

#include "apps/tern/nearest.h"
#include "apps/tern/output.h"
#include "apps/tern/version.h"

namespace tern {
namespace {

constexpr const char* kExamples = R"(Examples:
  tern run -m model.gguf -p "The capital of France is"
  tern run -m model.gguf --chat -p "Why is the sky blue?" --temp 0.7
  tern chat -m model.gguf
  tern inspect model.gguf
  tern bench -m model.gguf -p 128,512 -n 128 -t 1,2
  tern pull ORG/MODEL

`tern COMMAND --help` shows a command's flags, `tern manual | man -l -` the environment and the exit codes too, and
docs/cli.md describes them all. TERN_ISA=scalar (avx2, neon, ...) forces an instruction set; NO_COLOR=1 turns colours off.)";

/// What CLI11 checks before the config file is read.
Status check_requirements(const CLI::App& app) {
  const auto fail_as = [](const CLI::ParseError& error) {
    return fail(ErrorCode::kInvalidArgument, "{}", error.what());
  };
  for (const CLI::Option* option : app.get_options()) {
    if (option->count() == 0) {
      if (option->get_required()) return fail_as(CLI::RequiredError(option->get_name()));
      continue;
    }
    for (const CLI::Option* needed : option->get_needs()) {
      if (needed->count() == 0) return fail_as(CLI::RequiresError(option->get_name(), needed->get_name()));
    }
    for (const CLI::Option* excluded : option->get_excludes()) {
      if (excluded->count() > 0) return fail_as(CLI::ExcludesError(option->get_name(), excluded->get_name()));
    }
  }
  return {};
}

}  // namespace

CommandLine::CommandLine()
    : app_("Tern runs language models whose weights are -1, 0 or +1, exactly, on any CPU.", "tern") {
  CLI::Option* const version =
      app_.set_version_flag("--version", "tern " TERN_VERSION, "Print the version and leave");
  const std::string json_help = "With --version: one JSON object, with the build and its libraries";
  json_ = app_.add_flag("--json", json_help);
  json_->needs(version)->configurable(false);
  config_.add_flags(app_);
#define TERN_FAMILY(word, help, group) add_family(#word, help, group);
#define TERN_COMMAND(verb, help, group) add(#verb, help, group, add_##verb);
#include "apps/tern/commands.inc"
#undef TERN_COMMAND
  app_.require_subcommand(0, 1);  // what follows is never a command: `tern inspect run` is about a file
  app_.footer(kExamples);         // after the commands, which would inherit it
}

void CommandLine::add_family(const char* word, const char* help, const char* group) {
  CLI::App* const family = app_.add_subcommand(word, help)->group(group)->require_subcommand(0, 1);
  family->footer(fmt::format("`tern {} COMMAND --help` shows a command's flags.", word));
}

void CommandLine::add(std::string_view verb, const char* help, const char* group,
                      CommandAction (*add_flags)(CLI::App&)) {
  const size_t border = verb.find('_');
  const bool has_family = border != std::string_view::npos;
  CLI::App* const family = has_family ? app_.get_subcommand(std::string(verb.substr(0, border))) : &app_;
  CLI::App* const command =
      family->add_subcommand(std::string(has_family ? verb.substr(border + 1) : verb), help)->group(group);
  commands_.push_back({command, add_flags(*command)});
  config_.add_flags(*command);
}

CommandLine::Command* CommandLine::parsed() {
  for (Command& command : commands_) {
    if (command.app->parsed()) return &command;
  }
  return nullptr;
}

tl::unexpected<Error> CommandLine::refuse(std::string_view problem) {
  const Command* const command = parsed();
  return fail(ErrorCode::kInvalidArgument, "{} (see `tern {}--help`)", problem,
              command == nullptr ? "" : describe_command(*command->app).name + " ");
}

tl::unexpected<Error> CommandLine::refuse_command(const std::vector<std::string>& extras) {
  const std::vector<CLI::App*> chosen = app_.get_subcommands();
  const CLI::App& family = chosen.empty() ? app_ : *chosen.front();
  const std::string before = chosen.empty() ? "tern" : "tern " + family.get_name();
  if (extras.empty()) {
    return fail(ErrorCode::kInvalidArgument, "no command was given (see `{} --help`)", before);
  }
  std::vector<std::string> names;
  for (const CLI::App* app : family.get_subcommands(std::function<bool(const CLI::App*)>())) {
    names.push_back(app->get_name());
  }
  const std::string nearest =
      nearest_name(extras.front(), std::vector<std::string_view>(names.begin(), names.end()));
  const std::string remedy = nearest.empty() ? fmt::format("`{} --help` lists them", before)
                                             : fmt::format("did you mean `{} {}`?", before, nearest);
  return fail(ErrorCode::kInvalidArgument, "there is no command '{}': {}", extras.front(), remedy);
}

/// Words that nothing has taken. CLI11 would not say that one should have been a command.
Status CommandLine::check_extras() {
  const std::vector<std::string> extras = app_.remaining(true);
  if (extras.empty()) return {};
  if (parsed() != nullptr || extras.front().starts_with('-')) {
    return refuse(fmt::format("not expected: {}", fmt::join(extras, " ")));
  }
  return refuse_command(extras);
}

Status CommandLine::answer(const CLI::ParseError& call) {
  if (json_->count() > 0 && dynamic_cast<const CLI::CallForVersion*>(&call) != nullptr) {
    TERN_TRY(print_version_json());
  } else {
    app_.exit(call);
  }
  return finish_stdout();
}

Result<CommandAction> CommandLine::parse(int argc, const char* const* argv) {
  try {
    app_.parse(argc, argv);
  } catch (const CLI::RequiredError&) {  // this and the next: the config file may have what is missing
  } catch (const CLI::RequiresError&) {
  } catch (const CLI::ParseError& error) {
    const bool asks = error.get_exit_code() == 0;  // --help, --version
    if (!asks || parsed() == nullptr) TERN_TRY(check_extras());
    if (!asks) return refuse(error.what());
    return answer(error).map([] { return CommandAction(); });
  }
  TERN_TRY(check_extras());
  const Command* const command = parsed();
  if (command == nullptr) {
    TERN_TRY(check_requirements(app_));
    return refuse_command({});
  }
  TERN_TRY(config_.apply(app_, command->app));
  for (const CLI::App* app : {&app_, command->app}) {
    if (const Status met = check_requirements(*app); !met) return refuse(met.error().message());
  }
  return command->action;
}

}  // namespace tern
