#pragma once
// Renders a syntax tree.
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tokenizer/jinja/ast.h"
#include "tokenizer/jinja/builtins.h"

namespace tern::jinja {

/// One rendering; not to be used twice.
class Interpreter {
 public:
  Interpreter() = default;
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;

  Budget* budget() { return &budget_; }
  /// `name` must outlive the rendering.
  void define(std::string_view name, Value value) { globals_.variables[name] = std::move(value); }
  /// What the template prints, given the variables defined. Errors name the line.
  Result<Text> run(const Block& block);

  /// A namespace that lives as long as this rendering. (Values refer to it, and it may refer to values that
  /// refer to it, so counting references would never free it.)
  Result<Namespace*> make_namespace();

 private:
  enum class Flow { kNext, kBreak, kContinue };
  struct Scope {
    Scope* parent = nullptr;
    std::unordered_map<std::string_view, Value> variables;
  };
  /// Makes a scope the current one while it lives.
  class Enter;
  /// A call block that is being run.
  struct CallBlockRun {
    uint64_t id;
    Scope* scope;
  };

  Result<Flow> execute(const Block& block);
  Result<Flow> execute(const Statement& statement);
  Result<Flow> execute_for(const Statement& statement);
  Result<Flow> execute_if(const Statement& statement);
  Result<Flow> execute_with(const Statement& statement);
  Result<Flow> execute_call_block(const Statement& statement);
  /// Runs the body apart and leaves what `statement.value` makes of its text in `value`.
  Result<Flow> execute_captured(const Statement& statement, Value* value);
  /// Runs `block` in a scope of its own.
  Result<Flow> execute_scoped(const Block& block);
  Result<std::vector<Value>> loop_items(const Statement& statement);
  Status assign(const Expression& target, Value value);
  Status print(const Value& value);

  Result<Value> evaluate(const Expression& node);
  Result<Value> evaluate_kind(const Expression& node);
  Result<Value> evaluate_name(const Expression& node);
  Result<Value> evaluate_concat(const Expression& node);
  Result<Value> evaluate_compare(const Expression& node);
  Result<Value> evaluate_dict(const Expression& node);
  Result<Value> evaluate_slice(const Expression& node);
  Result<Value> evaluate_call(const Expression& node);
  Result<Value> call_method(const Expression& node, const Expression& callee);
  Result<Value> call_value(const Expression& node, const Value& callee);
  /// `caller`: what a call block hands the macro, else undefined.
  Result<Value> call_macro(const Callable& callable, std::vector<Value> positional, NamedValues named,
                           const Value& caller);
  /// What the body of a macro or call block sees beyond its parameters.
  Result<Scope*> scope_around(const Callable& callable);
  /// Children from `first` on.
  Result<std::vector<Value>> evaluate_children(const Expression& node, size_t first);
  Result<NamedValues> evaluate_named(const Expression& node);

  Status descend();
  /// The error with the line where it arose, which is the first that passes here.
  tl::unexpected<Error> locate(const Error& error, int line);

  Budget budget_;
  Scope globals_;
  Scope* scope_ = &globals_;
  Text output_;
  Text* out_ = &output_;
  Value block_text_;
  std::deque<Namespace> namespaces_;
  std::vector<CallBlockRun> call_blocks_;
  uint64_t last_call_block_ = 0;
  int depth_ = 0;
  bool located_ = false;
};

}  // namespace tern::jinja
