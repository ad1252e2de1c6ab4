#include "apps/tern/chat/conversation.h"

#include <utility>

#include "apps/tern/logprobs_output.h"
#include "apps/tern/output.h"
#include "base/interrupt.h"
#include "base/log.h"

namespace tern {

Conversation::Conversation(Setup setup) : setup_(std::move(setup)), session_(setup_.engine) {
  clear();
}

void Conversation::clear() {
  messages_.clear();
  if (!setup_.system.empty()) messages_.push_back({"system", setup_.system});
}

void Conversation::set_system(std::string_view system) {
  setup_.system = system;
  clear();
}

Status Conversation::undo() {
  if (!has_answer()) return fail(ErrorCode::kNotFound, "nothing to take back");
  messages_.resize(messages_.size() - 2);
  return {};
}

Status Conversation::retry() {
  if (!has_answer()) return fail(ErrorCode::kNotFound, "there is no answer to try again");
  const std::vector<ChatMessage> before = messages_;
  const std::string question = before[before.size() - 2].content.value_or("");
  TERN_TRY(undo());
  // The text is a function of the seed: with the same one it would come again.
  SamplerOptions& sampler = setup_.options.sampler;
  const uint64_t seed = sampler.seed;
  if (sampler.temperature > 0) {
    ++sampler.seed;
    print_remark(fmt::format("seed {}", sampler.seed));
  } else {
    print_remark("the same again, as it is greedy; /set temperature 0.7 draws another answer");
  }
  const auto answered = ask(question);
  if (!answered || !*answered) {
    messages_ = before;
    sampler.seed = seed;
  }
  if (!answered) return tl::unexpected(answered.error());
  return {};
}

Status Conversation::resume(std::vector<ChatMessage> messages) {
  TERN_ASSIGN(const int64_t tokens, count_tokens(messages));
  if (tokens > setup_.engine.context()) {
    return fail(ErrorCode::kContextFull,
                "the conversation has {} tokens, the context room for {}; give --context", tokens,
                setup_.engine.context());
  }
  messages_ = std::move(messages);
  const bool has_system = !messages_.empty() && messages_.front().role == "system";
  setup_.system = has_system ? messages_.front().content.value_or("") : "";
  return {};
}

Result<std::vector<int32_t>> Conversation::encode(const std::vector<ChatMessage>& messages,
                                                  bool for_answer) const {
  return encode_chat(setup_.tokenizer, setup_.chat_template, messages, for_answer,
                     setup_.engine.chat_encoding());
}

Result<int64_t> Conversation::count_tokens(const std::vector<ChatMessage>& messages) const {
  if (messages.empty()) return 0;  // many templates read the first message
  TERN_ASSIGN(const auto ids, encode(messages, false));
  return static_cast<int64_t>(ids.size());
}

std::string Conversation::context_used(int64_t tokens) const {
  const int64_t context = setup_.engine.context();
  return fmt::format("{} of {} tokens ({}%)", tokens, context, tokens * 100 / context);
}

Result<std::string> Conversation::describe() const {
  TERN_ASSIGN(const int64_t tokens, count_tokens(messages_));
  return fmt::format("{} messages, {}", messages_.size(), context_used(tokens));
}

Result<bool> Conversation::ask(std::string_view question) {
  messages_.push_back({"user", std::string(question)});
  const auto ids = encode(messages_, true);
  if (!ids) {
    // The template raises an exception, or is none for --chat-encoding parts: another question may do.
    messages_.pop_back();
    warn("the question was left out: {}", ids.error().message());
    return false;
  }
  clear_interrupt();
  auto result =
      session_.generate(*ids, setup_.options, [this](std::string_view text) { setup_.view->add(text); });
  setup_.view->finish();
  if (!result) {
    messages_.pop_back();
    switch (result.error().code()) {
      case ErrorCode::kContextFull:
        warn("the conversation of {} tokens no longer fits the context of {}: /undo or /clear makes room",
             ids->size(), setup_.engine.context());
        return false;
      case ErrorCode::kInterrupted:  // before the first token of the answer
        clear_interrupt();
        print_remark("(stopped)");
        return false;
      default:
        return tl::unexpected(result.error());
    }
  }
  messages_.push_back({"assistant", result->text});
  remark_on(*result);
  return true;
}

void Conversation::remark_on(const GenerateResult& result) {
  if (setup_.options.logprobs) print_now(describe_logprobs(result, &setup_.tokenizer));
  if (result.stop == StopReason::kInterrupted) {
    clear_interrupt();
    print_remark("(stopped)");
  }
  warn_of_dropped(result, setup_.options, setup_.engine.context());
  if (result.stop == StopReason::kContextFull) {
    warn("the answer was cut: the context of {} tokens is full; /undo or /clear makes room",
         setup_.engine.context());
  }
  if (setup_.quiet) return;
  const int64_t used = result.prompt_tokens + static_cast<int64_t>(result.ids.size()) - result.dropped_tokens;
  print_remark(fmt::format("{}, context {}", describe_speed(result), context_used(used)));
}

}  // namespace tern
