#include "apps/tern/config/config.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

#include "apps/tern/nearest.h"
#include "apps/tern/ranges.h"
#include "base/environment.h"

namespace tern {
namespace {

constexpr std::string_view kAll = "all";

std::string where(const ConfigFile& file, const ConfigTable& table, const ConfigEntry& entry) {
  return fmt::format("{}:{}: [{}] {}", file.path, entry.line, table.name, entry.key);
}

std::string hint(std::string_view word, const std::vector<std::string_view>& names,
                 std::string_view otherwise) {
  const std::string nearest = nearest_name(word, names);
  return nearest.empty() ? std::string(otherwise) : fmt::format("did you mean {}?", nearest);
}

Status check_table(const ConfigFile& file, const ConfigTable& table,
                   const std::vector<CommandEntry>& commands) {
  std::vector<std::string> names{std::string(kAll)};
  for (const CommandEntry& command : commands) names.push_back(dashed(command.name));
  if (std::find(names.begin(), names.end(), table.name) != names.end()) return {};
  return fail(ErrorCode::kInvalidArgument, "{}:{}: [{}]: there is no such command: {}", file.path, table.line,
              table.name,
              hint(table.name, {names.begin(), names.end()},
                   "`tern --help` lists them, and [all] is for all of them"));
}

Status check_type(const FlagEntry& flag, const ConfigEntry& entry) {
  const bool is_switch = flag.kind == ValueKind::kNone;
  const bool is_list = std::holds_alternative<std::vector<std::string>>(entry.value);
  if (is_switch != std::holds_alternative<bool>(entry.value)) {
    return fail(ErrorCode::kInvalidArgument, "must be {}",
                is_switch ? "true or false" : "a string or a number, not true or false");
  }
  if (is_list && !flag.repeats) return fail(ErrorCode::kInvalidArgument, "takes one value, not a list");
  return {};
}

Status check_entry(const ConfigFile& file, const ConfigTable& table, const ConfigEntry& entry,
                   const std::vector<CommandEntry>& commands) {
  std::vector<std::string_view> names;
  for (const CommandEntry& command : commands) {
    if (table.name != kAll && table.name != dashed(command.name)) continue;
    for (const FlagEntry& flag : command.flags) {
      for (const std::string& name : flag.names) {
        if (!flag.configurable || !name.starts_with("--")) continue;
        names.push_back(std::string_view(name).substr(2));
        if (names.back() != entry.key) continue;
        const Status right = check_type(flag, entry);
        if (!right) return tl::unexpected(right.error().with_context(where(file, table, entry)));
      }
    }
  }
  if (std::find(names.begin(), names.end(), entry.key) != names.end()) return {};
  const bool all = table.name == kAll;
  return fail(ErrorCode::kInvalidArgument, "{}: {} flag --{}: {}", where(file, table, entry),
              all ? "no command has a" : fmt::format("tern {} has no", table.name), entry.key,
              hint(entry.key, names, all ? "see `tern COMMAND --help`" : "see its --help"));
}

struct Setting {
  CLI::Option* option = nullptr;
  const ConfigTable* table = nullptr;
  const ConfigEntry* entry = nullptr;
};

/// What the file says of the flags of `command`, in their order.
std::vector<Setting> settings_for(CLI::App* command, const ConfigFile& file) {
  std::vector<Setting> settings;
  const auto find = [&](CLI::Option* option, std::string_view table_name) {
    for (const ConfigTable& table : file.tables) {
      if (table.name != table_name) continue;
      for (const ConfigEntry& entry : table.entries) {
        if (!option->check_lname(entry.key)) continue;
        settings.push_back({option, &table, &entry});
        return true;
      }
    }
    return false;
  };
  const std::string own = dashed(describe_command(*command).name);
  for (CLI::Option* option : command->get_options()) {
    if (!find(option, own)) find(option, kAll);
  }
  return settings;
}

/// As if the command line had given it.
Status set_option(const ConfigEntry& entry, CLI::Option* option) {
  std::vector<std::string> words;
  if (const bool* on = std::get_if<bool>(&entry.value)) {
    if (*on) words.emplace_back("true");
  } else if (const auto* word = std::get_if<std::string>(&entry.value)) {
    words.push_back(*word);
  } else {
    words = std::get<std::vector<std::string>>(entry.value);
  }
  if (words.empty()) return {};
  try {
    for (const std::string& word : words) option->add_result(word);
    option->run_callback();
  } catch (const CLI::ParseError& error) {
    return fail(ErrorCode::kInvalidArgument, "{}", error.what());
  }
  return {};
}

bool any_given(const std::set<CLI::Option*>& options) {
  return std::any_of(options.begin(), options.end(),
                     [](const CLI::Option* option) { return option->count() > 0; });
}

bool all_given(const std::set<CLI::Option*>& options) {
  return std::all_of(options.begin(), options.end(),
                     [](const CLI::Option* option) { return option->count() > 0; });
}

}  // namespace

Status check_config(const ConfigFile& file, const std::vector<CommandEntry>& commands) {
  for (const ConfigTable& table : file.tables) {
    TERN_TRY(check_table(file, table, commands));
    for (const ConfigEntry& entry : table.entries) TERN_TRY(check_entry(file, table, entry, commands));
  }
  return {};
}

void Config::add_flags(CLI::App& app) {
  constexpr const char* kGroup = "Config file";
  app.add_option("--config", given_, "Read values of flags from this file instead of the user's")
      ->check(not_empty())
      ->type_name("FILE")
      ->group(kGroup)
      ->configurable(false);
  app.add_flag("--no-config", none_, "Read none")->group(kGroup)->configurable(false);
}

Result<std::optional<ConfigFile>> Config::load() const {
  if (none_ && !given_.empty()) {
    return fail(ErrorCode::kInvalidArgument, "--config and --no-config exclude each other: give one of them");
  }
  if (none_) return std::nullopt;
  std::string path = given_.empty() ? environment("TERN_CONFIG") : given_;
  if (path.empty()) {
    const std::string folder = user_folder("XDG_CONFIG_HOME", ".config");
    if (folder.empty()) return std::nullopt;
    path = folder + "/config.toml";
    struct stat info {};
    // EACCES: a folder that may not be looked into is somebody else's.
    if (::stat(path.c_str(), &info) != 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES)) {
      return std::nullopt;
    }
  }
  return read_config(path).map([](ConfigFile&& file) { return std::optional(std::move(file)); });
}

Status Config::apply(const CLI::App& program, CLI::App* command) {
  TERN_ASSIGN(const std::optional<ConfigFile> file, load());
  if (!file) return {};
  TERN_TRY(check_config(*file, describe_commands(program)));
  path_ = file->path;
  std::vector<Setting> settings = settings_for(command, *file);
  // Before any is set: two values of the file that exclude each other are an error, not one's silent end.
  std::erase_if(settings, [](const Setting& setting) {
    return setting.option->count() > 0 || any_given(setting.option->get_excludes());
  });
  for (const bool needs_others : {false, true}) {
    for (const auto& [option, table, entry] : settings) {
      if (option->get_needs().empty() == needs_others || !all_given(option->get_needs())) continue;
      const Status set = set_option(*entry, option);
      if (!set) return tl::unexpected(set.error().with_context(where(*file, *table, *entry)));
      if (option->count() > 0) set_.push_back(fmt::format("{} (line {})", option->get_name(), entry->line));
    }
  }
  return {};
}

std::string Config::describe() const {
  return set_.empty() ? std::string() : fmt::format("{} gives {}", path_, fmt::join(set_, ", "));
}

}  // namespace tern
