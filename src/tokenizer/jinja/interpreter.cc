// Statements.
#include "tokenizer/jinja/interpreter.h"

namespace tern::jinja {

class Interpreter::Enter {
 public:
  Enter(Interpreter* interpreter, Scope* parent)
      : interpreter_(interpreter), outer_(interpreter->scope_), scope_{parent, {}} {
    interpreter_->scope_ = &scope_;
  }
  ~Enter() { interpreter_->scope_ = outer_; }
  Enter(const Enter&) = delete;
  Enter& operator=(const Enter&) = delete;
  Scope* operator->() { return &scope_; }

 private:
  Interpreter* interpreter_;
  Scope* outer_;
  Scope scope_;
};

Result<Text> Interpreter::run(const Block& block) {
  TERN_TRY(execute(block));
  return std::move(output_);
}

Result<Namespace*> Interpreter::make_namespace() {
  TERN_TRY(budget_.spend_items(2));
  return &namespaces_.emplace_back();
}

Status Interpreter::descend() {
  TERN_TRY(budget_.spend(Budget::kStep));
  if (depth_ >= kMaxEvaluationDepth) {
    return fail(ErrorCode::kOutOfMemory, "the chat template calls itself too deeply");
  }
  return {};
}

tl::unexpected<Error> Interpreter::locate(const Error& error, int line) {
  if (located_) return tl::unexpected<Error>(error);
  located_ = true;
  return tl::unexpected<Error>(error.with_context(fmt::format("chat template, line {}", line)));
}

Result<Interpreter::Flow> Interpreter::execute(const Block& block) {
  for (const Statement& statement : block) {
    if (const Status status = descend(); !status) return locate(status.error(), statement.line);
    ++depth_;
    const auto flow = execute(statement);
    --depth_;
    if (!flow) return locate(flow.error(), statement.line);
    if (*flow != Flow::kNext) return *flow;
  }
  return Flow::kNext;
}

Result<Interpreter::Flow> Interpreter::execute(const Statement& statement) {
  switch (statement.kind) {
    case Statement::Kind::kText:
      TERN_TRY(print(statement.text));
      return Flow::kNext;
    case Statement::Kind::kPrint: {
      TERN_ASSIGN(const Value value, evaluate(*statement.value));
      TERN_TRY(print(value));
      return Flow::kNext;
    }
    case Statement::Kind::kSet: {
      TERN_ASSIGN(Value value, evaluate(*statement.value));
      TERN_TRY(assign(*statement.target, std::move(value)));
      return Flow::kNext;
    }
    case Statement::Kind::kSetBlock: {
      Value value;
      TERN_ASSIGN(const Flow flow, execute_captured(statement, &value));
      if (flow == Flow::kNext) TERN_TRY(assign(*statement.target, std::move(value)));
      return flow;
    }
    case Statement::Kind::kFilterBlock: {
      Value value;
      TERN_ASSIGN(const Flow flow, execute_captured(statement, &value));
      if (flow == Flow::kNext) TERN_TRY(print(value));
      return flow;
    }
    case Statement::Kind::kFor:
      return execute_for(statement);
    case Statement::Kind::kIf:
      return execute_if(statement);
    case Statement::Kind::kMacro:
      scope_->variables[statement.name] = Callable{&statement};
      return Flow::kNext;
    case Statement::Kind::kCallBlock:
      return execute_call_block(statement);
    case Statement::Kind::kWith:
      return execute_with(statement);
    case Statement::Kind::kScope:
      return execute_scoped(statement.body);
    case Statement::Kind::kBreak:
      return Flow::kBreak;
    case Statement::Kind::kContinue:
      return Flow::kContinue;
  }
  return fail(ErrorCode::kInternal, "unknown statement");
}

Status Interpreter::print(const Value& value) {
  TERN_ASSIGN(const Text text, to_text(value, &budget_));
  if (text.size() > kMaxOutput - std::min(kMaxOutput, out_->size())) {
    return fail(ErrorCode::kOutOfMemory, "the chat template prints more than {} MiB", kMaxOutput >> 20);
  }
  TERN_TRY(budget_.spend(sizeof(Ranges::value_type) * text.user().size()));
  out_->append(text);
  return {};
}

Result<Interpreter::Flow> Interpreter::execute_captured(const Statement& statement, Value* value) {
  Text captured;
  Text* const outer = std::exchange(out_, &captured);
  auto flow = execute_scoped(statement.body);
  out_ = outer;
  if (!flow) return flow;
  TERN_ASSIGN(Value text, make_text(std::move(captured), &budget_));
  Value outer_text = std::exchange(block_text_, std::move(text));
  auto filtered = evaluate(*statement.value);
  block_text_ = std::move(outer_text);
  if (!filtered) return tl::unexpected<Error>(filtered.error());
  *value = std::move(*filtered);
  return flow;
}

Result<Interpreter::Flow> Interpreter::execute_scoped(const Block& block) {
  const Enter scope(this, scope_);
  return execute(block);
}

Result<Interpreter::Flow> Interpreter::execute_with(const Statement& statement) {
  std::vector<Value> values;
  for (const Statement::Parameter& parameter : statement.parameters) {
    TERN_ASSIGN(Value value, evaluate(*parameter.value));
    values.push_back(std::move(value));
  }
  Enter scope(this, scope_);
  for (size_t i = 0; i < values.size(); ++i) {
    scope->variables[statement.parameters[i].name] = std::move(values[i]);
  }
  return execute(statement.body);
}

Result<Interpreter::Flow> Interpreter::execute_call_block(const Statement& statement) {
  const Expression& call = *statement.value;
  TERN_ASSIGN(const Value callee, evaluate(*call.children[0]));
  if (callee.is_undefined()) return undefined_error(callee);
  const Callable* callable = callee.as<Callable>();
  if (callable == nullptr || callable->macro == nullptr)
    return fail(ErrorCode::kUnsupported, "a call block of anything but a macro is not supported");
  TERN_ASSIGN(auto positional, evaluate_children(call, 1));
  TERN_ASSIGN(auto named, evaluate_named(call));
  call_blocks_.push_back({++last_call_block_, scope_});
  const auto text = call_macro(*callable, std::move(positional), std::move(named),
                               Callable{&statement, nullptr, last_call_block_});
  call_blocks_.pop_back();
  if (!text) return tl::unexpected<Error>(text.error());
  TERN_TRY(print(*text));
  return Flow::kNext;
}

Result<Interpreter::Flow> Interpreter::execute_if(const Statement& statement) {
  for (const Statement::Branch& branch : statement.branches) {
    TERN_ASSIGN(const Value condition, evaluate(*branch.condition));
    if (truthy(condition)) return execute(branch.body);
  }
  return execute(statement.otherwise);
}

Result<std::vector<Value>> Interpreter::loop_items(const Statement& statement) {
  TERN_ASSIGN(const Value iterable, evaluate(*statement.value));
  TERN_ASSIGN(const auto all, iterate(iterable, &budget_));
  TERN_TRY(budget_.spend_items(all->items.size()));
  if (statement.filter == nullptr) return all->items;
  std::vector<Value> kept;
  for (const Value& item : all->items) {
    const Enter scope(this, scope_);
    TERN_TRY(assign(*statement.target, item));
    TERN_ASSIGN(const Value keep, evaluate(*statement.filter));
    if (truthy(keep)) kept.push_back(item);
  }
  return kept;
}

Result<Interpreter::Flow> Interpreter::execute_for(const Statement& statement) {
  TERN_ASSIGN(std::vector<Value> items, loop_items(statement));
  if (items.empty()) return execute_scoped(statement.otherwise);
  TERN_ASSIGN(const Value sequence, make_sequence(Sequence::Kind::kList, std::move(items), &budget_));
  const auto loop = std::make_shared<Loop>(Loop{sequence.shared_sequence()});
  const std::vector<Value>& all = loop->items->items;
  // Like jinja2, which runs the else block unless some body came to its end: break and continue skip its note
  // of that.
  bool came_to_end = false;
  for (size_t i = 0; i < all.size(); ++i) {
    TERN_TRY(budget_.spend(Budget::kItem));
    // A template may keep `loop`: after the last pass it still speaks of that one.
    loop->index0 = static_cast<int64_t>(i);
    Enter scope(this, scope_);
    scope->variables["loop"] = std::shared_ptr<const Loop>(loop);
    TERN_TRY(assign(*statement.target, all[i]));
    TERN_ASSIGN(const Flow flow, execute(statement.body));
    if (flow == Flow::kBreak) break;
    came_to_end |= flow == Flow::kNext;
  }
  return came_to_end ? Flow::kNext : execute_scoped(statement.otherwise);
}

Status Interpreter::assign(const Expression& target, Value value) {
  if (target.kind == Expression::Kind::kName) {
    TERN_TRY(budget_.spend(Budget::kItem));
    scope_->variables[target.name] = std::move(value);
    return {};
  }
  if (target.kind == Expression::Kind::kAttribute) {
    TERN_ASSIGN(const Value object, evaluate(*target.children[0]));
    if (object.as<Namespace*>() == nullptr) {
      return fail(ErrorCode::kInvalidArgument, "cannot assign attribute '{}' on a {}", target.name,
                  type_name(object));
    }
    return set_attribute(*object.as<Namespace*>(), target.name, std::move(value), &budget_);
  }
  TERN_ASSIGN(const auto sequence, iterate(value, &budget_));
  if (sequence->items.size() != target.children.size()) {
    return fail(ErrorCode::kInvalidArgument, "{} values do not fit {} names", sequence->items.size(),
                target.children.size());
  }
  for (size_t i = 0; i < target.children.size(); ++i)
    TERN_TRY(assign(*target.children[i], sequence->items[i]));
  return {};
}

}  // namespace tern::jinja
