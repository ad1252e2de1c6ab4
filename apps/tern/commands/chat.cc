// tern chat: a conversation. The history is kept as messages and encoded anew for each turn; the session
// computes only what is new of it.
#include <unistd.h>

#include <memory>

#include "apps/tern/command.h"
#include "apps/tern/line_reader.h"
#include "apps/tern/logprobs_output.h"
#include "apps/tern/model_options.h"
#include "apps/tern/output.h"
#include "apps/tern/sampler_options.h"
#include "apps/tern/session_flag.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/terminal.h"

namespace tern {
namespace {

struct ChatFlags {
  ModelOptions model;
  GenerateFlags generate;
  SessionFlag session;
  std::string system;
  bool quiet = false;
};

constexpr const char* kHelp =
    "/help          this list\n"
    "/system TEXT   set the system message (none without TEXT) and start again\n"
    "/undo          take back the last question and its answer\n"
    "/reset         start again\n"
    "/exit          leave (or Ctrl-D)\n"
    "Ctrl-C stops an answer. A line that begins with a blank is never a command.\n";

class Conversation {
 public:
  Conversation(const Engine& engine, const Tokenizer& tokenizer, const ChatTemplate& chat_template,
               const ChatFlags& flags)
      : engine_(engine),
        tokenizer_(tokenizer),
        chat_template_(chat_template),
        flags_(flags),
        session_(engine),
        system_(flags.system) {
    reset();
  }

  /// Handles one line; false when the user wants to leave.
  Result<bool> handle(std::string_view line);
  Session& session() { return session_; }

 private:
  bool handle_command(std::string_view line);
  Status answer(std::string_view question);
  void reset();
  void undo();
  void forget_question() { messages_.pop_back(); }

  const Engine& engine_;
  const Tokenizer& tokenizer_;
  const ChatTemplate& chat_template_;
  const ChatFlags& flags_;
  Session session_;
  std::string system_;
  std::vector<ChatMessage> messages_;
};

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

void Conversation::reset() {
  messages_.clear();
  if (!system_.empty()) messages_.push_back({"system", system_});
}

void Conversation::undo() {
  if (messages_.size() < 2 || messages_.back().role != "assistant") {
    print_now("nothing to take back\n");
    return;
  }
  messages_.resize(messages_.size() - 2);
  print_now("took back the last question\n");
}

Result<bool> Conversation::handle(std::string_view line) {
  if (trim(line).empty()) return true;
  if (line.front() == '/') return handle_command(trim(line));
  TERN_TRY(answer(trim(line)));
  return true;
}

bool Conversation::handle_command(std::string_view line) {
  const std::string_view verb = line.substr(0, line.find_first_of(" \t"));
  if (verb == "/exit" || verb == "/quit") return false;
  if (verb == "/help") {
    print_now(kHelp);
  } else if (verb == "/system") {
    system_ = trim(line.substr(verb.size()));
    reset();
    print_now(system_.empty() ? "no system message; started again\n" : "system message set; started again\n");
  } else if (verb == "/undo") {
    undo();
  } else if (verb == "/reset") {
    reset();
    print_now("started again\n");
  } else {
    print_now(fmt::format("there is no command {}; /help lists them\n", verb));
  }
  return true;
}

Status Conversation::answer(std::string_view question) {
  messages_.push_back({"user", std::string(question)});
  const auto ids = encode_chat(tokenizer_, chat_template_, messages_, true, engine_.chat_encoding());
  if (!ids) {
    // The template raises an exception, or is none for --chat-encoding parts: another question may do.
    forget_question();
    warn("the question was left out: {}", ids.error().message());
    return {};
  }
  clear_interrupt();
  auto result = session_.generate(*ids, flags_.generate.options, print_now);
  print_now("\n");
  if (!result) {
    forget_question();
    switch (result.error().code()) {
      case ErrorCode::kContextFull:
        warn("the conversation of {} tokens no longer fits the context of {}: /undo or /reset makes room",
             ids->size(), engine_.context());
        return {};
      case ErrorCode::kInterrupted:  // before the first token of the answer
        clear_interrupt();
        return {};
      default:
        return tl::unexpected(result.error());
    }
  }
  messages_.push_back({"assistant", result->text});
  if (flags_.generate.options.logprobs) print_now(describe_logprobs(*result, &tokenizer_));
  if (result->stop == StopReason::kInterrupted) {
    clear_interrupt();
    log_info("(stopped)");
  }
  warn_of_dropped(*result, flags_.generate.options, engine_.context());
  if (result->stop == StopReason::kContextFull) {
    warn("the answer was cut: the context of {} tokens is full; /undo or /reset makes room",
         engine_.context());
  }
  if (!flags_.quiet) log_info(describe_speed(*result));
  return {};
}

/// Until the user leaves or the input ends.
Status converse(Conversation* conversation) {
  LineReader reader("> ");
  if (is_terminal(STDIN_FILENO)) log_info("/help lists the commands; Ctrl-D leaves");
  while (true) {
    TERN_ASSIGN(const auto line, reader.read());
    if (!line) return {};
    TERN_ASSIGN(const bool go_on, conversation->handle(*line));
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
  Conversation conversation(*engine, *tokenizer, *chat_template, flags);
  TERN_TRY(flags.session.restore(&conversation.session()));
  TERN_TRY(converse(&conversation));
  TERN_TRY(flags.session.save(conversation.session()));
  if (interrupted()) return fail(ErrorCode::kInterrupted, "interrupted");
  return {};
}

}  // namespace

CommandAction add_chat(CLI::App& app) {
  const auto flags = std::make_shared<ChatFlags>();
  flags->generate.options.max_tokens = -1;
  app.add_option("--system", flags->system, "System message")->type_name("TEXT");
  app.add_flag("-q,--quiet", flags->quiet, "No speed after each answer");
  flags->session.add(app);
  add_generate_options(app, &flags->generate);
  add_model_options(app, &flags->model);
  return [flags] { return chat(*flags); };
}

}  // namespace tern
