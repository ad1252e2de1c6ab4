#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/tern/chat/answer_view.h"
#include "engine/session.h"

namespace tern {

/// Messages, and the session that answers the last of them. The whole conversation is encoded anew for each
/// turn; the session computes only what is new of it.
class Conversation {
 public:
  struct Setup {
    const Engine& engine;
    const Tokenizer& tokenizer;
    const ChatTemplate& chat_template;
    GenerateOptions options;
    std::string system;  ///< empty: no system message
    bool quiet = false;  ///< no speed after an answer
    std::unique_ptr<AnswerView> view;
  };
  explicit Conversation(Setup setup);

  /// Answers `question`. False, with a warning, when there is no answer and the question was left out: the
  /// chat template refuses it, the context is full, or a Ctrl-C came before the first token.
  Result<bool> ask(std::string_view question);
  /// Answers the last question again, with the next seed unless greedy. kNotFound when there is none.
  Status retry();
  /// Takes back the last question and its answer. kNotFound when there is none.
  Status undo();
  /// Forgets all but the system message.
  void clear();
  /// Sets it (empty: none), and starts again.
  void set_system(std::string_view system);
  /// Goes on from `messages`. An error, and the conversation as it was, when the chat template refuses them
  /// or the context has no room for them.
  Status resume(std::vector<ChatMessage> messages);

  const std::vector<ChatMessage>& messages() const { return messages_; }
  /// "4 messages, 123 of 2048 tokens (6%)".
  Result<std::string> describe() const;
  GenerateOptions& options() { return setup_.options; }
  Session& session() { return session_; }

 private:
  Result<std::vector<int32_t>> encode(const std::vector<ChatMessage>& messages, bool for_answer) const;
  Result<int64_t> count_tokens(const std::vector<ChatMessage>& messages) const;
  bool has_answer() const { return !messages_.empty() && messages_.back().role == "assistant"; }
  std::string context_used(int64_t tokens) const;
  void remark_on(const GenerateResult& result);

  Setup setup_;
  Session session_;
  std::vector<ChatMessage> messages_;
};

}  // namespace tern
