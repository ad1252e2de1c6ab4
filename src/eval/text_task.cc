#include "eval/text_task.h"

#include <algorithm>

#include "base/log.h"
#include "tokenizer/utf8.h"

namespace tern {
namespace {

Status choose_windows(const Engine& engine, int64_t context, int64_t stride, TextTask* task) {
  task->context = context > 0 ? context : std::min(engine.context(), kDefaultWindow);
  if (task->context < 2 || task->context > engine.context()) {
    return fail(ErrorCode::kInvalidArgument, "context {}: must be 2 to {}", task->context, engine.context());
  }
  task->stride = stride > 0 ? stride : task->context / 2;
  if (task->stride > task->context) {
    return fail(ErrorCode::kInvalidArgument,
                "stride {}: must be at most the context of {}, or tokens would be left out", task->stride,
                task->context);
  }
  return {};
}

bool pieces_are_the_text(const Tokenizer& tokenizer, const TextTask& task) {
  std::string_view rest = task.text;
  for (size_t i = 0; i < task.ids.size(); ++i) {
    const std::string_view piece = task.piece(tokenizer, i);
    if (!rest.starts_with(piece)) return false;
    rest.remove_prefix(piece.size());
  }
  return rest.empty();
}

/// Finds out whether the tokens give the text back, with the blank that some tokenizers put before it or
/// without: whether they did depends on the text.
void compare_with_text(const Tokenizer& tokenizer, TextTask* task) {
  task->reversible = pieces_are_the_text(tokenizer, *task);
  if (task->reversible || !tokenizer.drops_first_blank()) return;
  if (!task->piece(tokenizer, task->first_of_text).starts_with(' ')) return;
  task->blank = 1;
  task->reversible = pieces_are_the_text(tokenizer, *task);
}

bool has_unknown(const Tokenizer& tokenizer, const TextTask& task) {
  return std::find(task.ids.begin(), task.ids.end(), tokenizer.spec().unk) != task.ids.end();
}

}  // namespace

Result<TextTask> make_text_task(const Engine& engine, const Tokenizer& tokenizer, std::string_view text,
                                int64_t context, int64_t stride) {
  TextTask task;
  task.text = text;
  TERN_TRY(choose_windows(engine, context, stride, &task));
  if (text.empty()) return fail(ErrorCode::kInvalidArgument, "the text is empty");
  if (const size_t valid = utf8_valid_prefix(text); valid < text.size()) {
    warn("the text is not UTF-8 from byte {} on: its bytes are taken as they are", valid);
  }
  task.ids = tokenizer.encode(text, {.add_bos = true, .add_eos = false, .parse_special = false});
  if (task.ids.size() < 2) {
    return fail(ErrorCode::kInvalidArgument,
                "the text is one token long: nothing stands before it to predict it");
  }
  task.first_of_text = tokenizer.spec().add_bos ? 1 : 0;
  compare_with_text(tokenizer, &task);
  if (!task.reversible) {
    warn("the tokens do not give the text back ({}): no figures per word and byte",
         has_unknown(tokenizer, task) ? "unknown tokens" : "the tokenizer changes it");
  }
  return task;
}

}  // namespace tern
