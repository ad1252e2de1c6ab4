#include "apps/tern/chat/commands.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "apps/tern/chat/settings.h"
#include "apps/tern/chat/transcript.h"
#include "apps/tern/nearest.h"
#include "apps/tern/output.h"
#include "base/environment.h"
#include "base/log.h"
#include "base/mmap.h"
#include "base/trim.h"

namespace tern {
namespace {

struct Command {
  std::string_view verb, argument;
  std::string_view help;  ///< empty: another name, which /help does not list
  Status (*run)(Conversation* conversation, std::string_view argument);
};

/// What the shell does with "~/".
std::string expand_home(std::string_view path) {
  const std::string home = environment("HOME");
  if (!path.starts_with("~/") || home.empty()) return std::string(path);
  return home + std::string(path.substr(1));
}

Status set_system(Conversation* conversation, std::string_view text) {
  conversation->set_system(text);
  print_now(text.empty() ? "no system message; started again\n" : "system message set; started again\n");
  return {};
}

Status undo(Conversation* conversation, std::string_view) {
  TERN_TRY(conversation->undo());
  print_now("took back the last question\n");
  return {};
}

Status clear(Conversation* conversation, std::string_view) {
  conversation->clear();
  print_now("started again\n");
  return {};
}

Status tokens(Conversation* conversation, std::string_view) {
  TERN_ASSIGN(const std::string description, conversation->describe());
  print_now(description + "\n");
  return {};
}

Status set(Conversation* conversation, std::string_view argument) {
  if (argument.empty()) {
    print_now(settings_text(conversation->options()));
    return {};
  }
  const std::string_view name = argument.substr(0, argument.find_first_of(" \t="));
  const std::string_view value = trim(argument.substr(std::min(name.size() + 1, argument.size())));
  TERN_TRY(change_setting(name, value, &conversation->options()));
  print_now(fmt::format("{} {}\n", name, value));
  return {};
}

Status save_as(Conversation* conversation, std::string_view name, IfThere if_there) {
  if (name.empty()) return fail(ErrorCode::kInvalidArgument, "which file? /save FILE");
  const std::string path = expand_home(name);
  if (if_there == IfThere::kRefuse && path_exists(path)) {
    return fail(ErrorCode::kInvalidArgument, "{}: is there already; /save! replaces it", path);
  }
  TERN_TRY(save_transcript(path, conversation->messages(), if_there));
  print_now(printable(fmt::format("{}: {} messages", path, conversation->messages().size())) + "\n");
  return {};
}

Status save(Conversation* conversation, std::string_view name) {
  return save_as(conversation, name, IfThere::kRefuse);
}

Status replace(Conversation* conversation, std::string_view name) {
  return save_as(conversation, name, IfThere::kReplace);
}

Status load(Conversation* conversation, std::string_view name) {
  if (name.empty()) return fail(ErrorCode::kInvalidArgument, "which file? /load FILE");
  const std::string path = expand_home(name);
  TERN_ASSIGN(auto messages, load_transcript(path));
  if (const Status resumed = conversation->resume(std::move(messages)); !resumed) {
    return tl::unexpected(resumed.error().with_context(path));
  }
  return tokens(conversation, {});
}

Status retry(Conversation* conversation, std::string_view) {
  return conversation->retry();
}

Status help(Conversation* conversation, std::string_view argument);

constexpr auto kCommands = std::to_array<Command>({
    {"/help", "", "this list", help},
    {"/system", "TEXT", "set the system message (none without TEXT) and start again", set_system},
    {"/undo", "", "take back the last question and its answer", undo},
    {"/retry", "", "answer the last question again, with the next seed", retry},
    {"/clear", "", "start again", clear},
    {"/reset", "", "", clear},
    {"/tokens", "", "how much of the context the conversation takes", tokens},
    {"/set", "KEY VALUE", "change a setting; without KEY, list them", set},
    {"/save", "FILE", "write the conversation to a new file; /save! replaces an old one", save},
    {"/save!", "FILE", "", replace},
    {"/load", "FILE", "go on with a conversation of /save", load},
});
constexpr std::array<std::string_view, 2> kLeave = {"/exit", "/quit"};

Status help(Conversation*, std::string_view) {
  std::string text;
  const auto add = [&text](std::string_view usage, std::string_view meaning) {
    text += fmt::format("{:<16} {}\n", usage, meaning);
  };
  for (const Command& command : kCommands) {
    if (!command.help.empty()) add(fmt::format("{} {}", command.verb, command.argument), command.help);
  }
  add(kLeave[0], "leave (or Ctrl-D)");
  text +=
      "A line that ends with \\ goes on in the next; \"\"\" begins and ends a block of lines.\n"
      "Ctrl-C stops an answer; Ctrl-R searches the lines of before.\n"
      "A line that begins with a blank is never a command.\n";
  print_now(text);
  return {};
}

tl::unexpected<Error> no_such_command(std::string_view verb) {
  std::vector<std::string_view> names(kLeave.begin(), kLeave.end());
  for (const Command& command : kCommands) names.push_back(command.verb);
  const std::string nearest = nearest_name(verb, names);
  return fail(ErrorCode::kInvalidArgument, "there is no command {}: {}", verb,
              nearest.empty() ? "/help lists them" : fmt::format("did you mean {}?", nearest));
}

}  // namespace

Result<bool> run_command(std::string_view line, Conversation* conversation) {
  const std::string_view verb = line.substr(0, line.find_first_of(" \t\n"));
  if (std::find(kLeave.begin(), kLeave.end(), verb) != kLeave.end()) return false;
  const auto command = std::find_if(kCommands.begin(), kCommands.end(),
                                    [verb](const Command& known) { return known.verb == verb; });
  if (command == kCommands.end()) return no_such_command(verb);
  TERN_TRY(command->run(conversation, trim(line.substr(verb.size()))));
  return true;
}

}  // namespace tern
