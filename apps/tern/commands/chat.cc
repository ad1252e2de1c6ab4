// tern chat: a conversation (apps/tern/chat).
#include <unistd.h>

#include <memory>
#include <utility>

#include "apps/tern/chat/commands.h"
#include "apps/tern/chat/conversation.h"
#include "apps/tern/chat/line_reader.h"
#include "apps/tern/chat/message_reader.h"
#include "apps/tern/command.h"
#include "apps/tern/model_options.h"
#include "apps/tern/output.h"
#include "apps/tern/sampler_options.h"
#include "apps/tern/session_flag.h"
#include "base/interrupt.h"
#include "base/terminal.h"
#include "base/trim.h"

namespace tern {
namespace {

constexpr const char* kExamples = R"(Examples:
  tern chat -m model.gguf
  tern chat -m model.gguf --system "You are a pirate." --temp 0.8
  tern chat -m model.gguf --session talk.session
  printf 'Hello\nAnd in French?\n' | tern chat -m model.gguf -q

On a terminal lines can be edited, /help lists the commands, and Ctrl-D leaves; otherwise each line of standard input is a
question.)";

struct ChatFlags {
  ModelOptions model;
  GenerateFlags generate;
  SessionFlag session;
  std::string system;
  bool quiet = false, no_markdown = false;
};

/// False when the user wants to leave.
Result<bool> handle(const UserInput& input, Conversation* conversation) {
  const std::string_view text = trim(input.text);
  if (text.empty()) return true;
  if (!input.may_be_command || input.text.front() != '/') {
    TERN_TRY(conversation->ask(text));
    return true;
  }
  const auto go_on = run_command(text, conversation);
  if (go_on) return *go_on;
  print_error(go_on.error().message());
  return true;
}

/// Until the user leaves or the input ends.
Status converse(Conversation* conversation) {
  LineReader lines;
  MessageReader messages([&lines](const std::string& prompt) { return lines.read(prompt); }, lines.edits(),
                         print_remark);
  if (is_terminal(STDIN_FILENO)) print_remark("/help lists the commands; Ctrl-D leaves");
  while (true) {
    TERN_ASSIGN(const auto input, messages.read());
    if (!input) return {};
    TERN_ASSIGN(const bool go_on, handle(*input, conversation));
    if (!go_on) return {};
    TERN_TRY(finish_stdout());
  }
}

Status chat(ChatFlags flags) {
  TERN_TRY(flags.generate.check());
  TERN_TRY(flags.session.check());
  if (!logit_cut(flags.generate.options)) flags.model.engine.load.head_screen = false;
  TERN_ASSIGN(const auto engine, Engine::open(flags.model.path, flags.model.engine));
  TERN_TRY(flags.generate.resolve(*engine));
  TERN_ASSIGN(const Tokenizer* tokenizer, engine->tokenizer());
  TERN_ASSIGN(const auto chat_template, engine->chat_template());
  Conversation conversation({.engine = *engine,
                             .tokenizer = *tokenizer,
                             .chat_template = *chat_template,
                             .options = flags.generate.options,
                             .system = flags.system,
                             .quiet = flags.quiet,
                             .view = make_stdout_view(!flags.no_markdown)});
  TERN_TRY(flags.session.restore(&conversation.session()));
  const Status ended = converse(&conversation);
  const Status saved = flags.session.save(conversation.session());  // also when the terminal has gone
  TERN_TRY(ended);
  TERN_TRY(saved);
  if (interrupted()) return fail(ErrorCode::kInterrupted, "interrupted");
  return {};
}

}  // namespace

CommandAction add_chat(CLI::App& app) {
  const auto flags = std::make_shared<ChatFlags>();
  flags->generate.options.max_tokens = -1;
  app.add_option("--system", flags->system, "System message")->type_name("TEXT");
  app.add_flag("-q,--quiet", flags->quiet, "No speed after each answer");
  app.add_flag("--no-markdown", flags->no_markdown, "Show answers as they are written, on a terminal too");
  flags->session.add(app);
  add_generate_options(app, &flags->generate);
  add_model_options(app, &flags->model);
  app.footer(kExamples);
  return [flags] { return chat(*flags); };
}

}  // namespace tern
