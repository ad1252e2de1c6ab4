#include "apps/tern/manual_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace tern {
namespace {

struct Described {
  std::string_view name, meaning;
};

constexpr Described kVariables[] = {
#define TERN_VARIABLE(name, meaning) {name, meaning},
#include "base/environment.inc"
#undef TERN_VARIABLE
};

constexpr Described kFiles[] = {
    {"~/.config/tern/config.toml", "values of flags, for all commands or for one of them"},
    {"~/.cache/tern/hub/", "models that tern pull has fetched"},
    {"~/.cache/tern/packing.json", "which packing is the faster one on this machine"},
    {"~/.local/state/tern/history", "lines that were typed in tern chat"},
};

struct ExitCode {
  int code;
  std::string_view name, meaning;
};

constexpr ExitCode kExitCodes[] = {
#define TERN_ERROR(enumerator, name, exit_code, http_status, meaning) {exit_code, name, meaning},
#include "base/error.inc"
#undef TERN_ERROR
};

/// `text` so that roff shows each character as it is, also where it looks like a request or a ligature, and
/// so that a flag can be copied from the page.
std::string roff(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const bool line_start = escaped.empty() || escaped.back() == '\n';
    if (line_start && c == '.') escaped += "\\&";
    switch (c) {
      case '\\':
        escaped += "\\e";
        break;
      case '-':
        escaped += "\\-";
        break;
      case '\'':
        escaped += "\\(aq";
        break;
      case '"':
        escaped += "\\(dq";
        break;
      case '`':
        escaped += "\\(ga";
        break;
      case '^':
        escaped += "\\(ha";
        break;
      case '~':
        escaped += "\\(ti";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string bold(std::string_view text) {
  return "\\fB" + roff(text) + "\\fR";
}

std::string italic(std::string_view text) {
  return "\\fI" + roff(text) + "\\fR";
}

std::string section(std::string_view title) {
  return fmt::format(".SH {}\n", title);
}

/// A term and what it means, the term in roff.
std::string item(std::string_view term, std::string_view meaning) {
  return fmt::format(".TP\n{}\n{}\n", term, roff(meaning));
}

std::string header(std::string_view page) {
  std::string title(page);
  std::transform(title.begin(), title.end(), title.begin(), [](unsigned char c) { return std::toupper(c); });
  return fmt::format(".TH \"{}\" 1 \"\" \"tern {}\" \"Tern\"\n", roff(title), TERN_VERSION);
}

/// Paragraphs; `text` has an empty line between two.
std::string paragraphs(std::string_view text) {
  std::string page;
  while (!text.empty()) {
    const size_t end = std::min(text.find("\n\n"), text.size());
    page += ".PP\n" + roff(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 2, text.size()));
    while (text.starts_with('\n')) text.remove_prefix(1);
  }
  return page;
}

std::string term_of(const FlagEntry& flag) {
  std::string term;
  for (const std::string& name : flag.names) term += (term.empty() ? "" : ", ") + bold(name);
  if (!flag.value.empty()) term += " " + italic(flag.value);
  return term;
}

std::string meaning_of(const FlagEntry& flag) {
  std::string meaning = flag.help + ".";
  if (!flag.standard.empty()) meaning += fmt::format(" {} when not given.", flag.standard);
  if (flag.required) meaning += " Required.";
  return meaning;
}

std::string arguments(const CommandEntry& command) {
  std::string page;
  for (const FlagEntry& flag : command.flags) {
    if (!flag.place.empty()) page += item(italic(flag.place), meaning_of(flag));
  }
  return page.empty() ? page : section("ARGUMENTS") + page;
}

/// Flags under the headings that --help has; those of the first need none.
std::string options(const CommandEntry& command) {
  std::vector<std::string> groups;
  for (const FlagEntry& flag : command.flags) {
    const bool known = std::find(groups.begin(), groups.end(), flag.group) != groups.end();
    if (!flag.names.empty() && !known) groups.push_back(flag.group);
  }
  std::string page = section("OPTIONS");
  for (const std::string& group : groups) {
    if (group != groups.front()) page += fmt::format(".SS {}\n", roff(group));
    for (const FlagEntry& flag : command.flags) {
      if (flag.names.empty() || flag.group != group) continue;
      page += item(term_of(flag), meaning_of(flag));
    }
  }
  return page;
}

std::string examples(const CommandEntry& command) {
  std::string page = section("EXAMPLES");
  for (const std::string& example : command.examples) {
    page += fmt::format("{}.RS 4\n.EX\n{}\n.EE\n.RE\n", &example == &command.examples.front() ? "" : ".PP\n",
                        roff(example));
  }
  return page;
}

std::string synopsis(const CommandEntry& command) {
  std::string line = fmt::format("{} [{}]", bold("tern " + command.name), italic("OPTIONS"));
  for (const FlagEntry& flag : command.flags) {
    if (flag.place.empty()) continue;
    const std::string place = italic(flag.place) + (flag.repeats ? " ..." : "");
    const bool may_be_left_out = !flag.required || !flag.names.empty();
    line += may_be_left_out ? fmt::format(" [{}]", place) : " " + place;
  }
  return section("SYNOPSIS") + line + "\n";
}

std::string exit_status() {
  std::string page = section("EXIT STATUS") + item("0", "success");
  for (const ExitCode& exit : kExitCodes) {
    page += item(fmt::format("{} ({})", exit.code, roff(exit.name)), exit.meaning);
  }
  return page;
}

std::string described(std::string_view title, const auto& table) {
  std::string page = section(title);
  for (const Described& line : table) page += item(bold(line.name), line.meaning);
  return page;
}

std::string commands_by_group(const std::vector<CommandEntry>& commands) {
  std::string page = section("COMMANDS");
  const std::string* group = nullptr;
  for (const CommandEntry& command : commands) {
    if (group == nullptr || *group != command.group) page += fmt::format(".SS {}\n", roff(command.group));
    group = &command.group;
    page += item(fmt::format("{}(1)", bold("tern-" + dashed(command.name))), command.help);
  }
  return page;
}

std::string see_also(const std::vector<CommandEntry>& commands) {
  std::string page = section("SEE ALSO");
  for (const CommandEntry& command : commands) {
    page += fmt::format(".BR {} (1){}\n", roff("tern-" + dashed(command.name)),
                        &command == &commands.back() ? "" : ",");
  }
  return page;
}

}  // namespace

std::string program_page(const CommandEntry& program, const std::vector<CommandEntry>& commands) {
  return header("tern") + section("NAME") + "tern \\- run language models whose weights are \\-1, 0 or +1\n" +
         section("SYNOPSIS") +
         fmt::format("{0} [{1}] {2} [{1}]\n", bold("tern"), italic("OPTIONS"), italic("COMMAND")) +
         section("DESCRIPTION") + roff(program.help) + "\n" + paragraphs(program.notes) +
         commands_by_group(commands) + options(program) + described("ENVIRONMENT", kVariables) +
         described("FILES", kFiles) + exit_status() + examples(program) + see_also(commands);
}

std::string command_page(const CommandEntry& command) {
  const std::string name = "tern-" + dashed(command.name);
  return header(name) + section("NAME") + fmt::format("{} \\- {}\n", roff(name), roff(command.help)) +
         synopsis(command) + section("DESCRIPTION") + roff(command.help) + ".\n" + paragraphs(command.notes) +
         arguments(command) + options(command) + examples(command) + section("SEE ALSO") +
         ".BR tern (1)\nfor the exit status, the config file and the environment.\n";
}

}  // namespace tern
