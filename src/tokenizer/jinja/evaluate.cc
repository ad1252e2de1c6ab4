// Expressions.
#include "tokenizer/jinja/interpreter.h"
#include "tokenizer/jinja/operators.h"

namespace tern::jinja {

using Kind = Expression::Kind;

Result<Value> Interpreter::evaluate(const Expression& node) {
  if (const Status status = descend(); !status) return locate(status.error(), node.line);
  ++depth_;
  Result<Value> value = evaluate_kind(node);
  --depth_;
  if (!value) return locate(value.error(), node.line);
  return value;
}

Result<Value> Interpreter::evaluate_kind(const Expression& node) {
  switch (node.kind) {
    case Kind::kConstant:
      return node.constant;
    case Kind::kBlockText:
      return block_text_;
    case Kind::kName:
      return evaluate_name(node);
    case Kind::kList:
    case Kind::kTuple: {
      TERN_ASSIGN(auto items, evaluate_children(node, 0));
      return make_sequence(node.kind == Kind::kList ? Sequence::Kind::kList : Sequence::Kind::kTuple,
                           std::move(items), &budget_);
    }
    case Kind::kDict:
      return evaluate_dict(node);
    case Kind::kAttribute: {
      TERN_ASSIGN(const Value object, evaluate(*node.children[0]));
      TERN_ASSIGN(const Builtin* method, find_method(object, node.name));
      if (method != nullptr) return Value(Callable{});
      return get_attribute(object, node.name, &budget_);
    }
    case Kind::kItem: {
      TERN_ASSIGN(const Value object, evaluate(*node.children[0]));
      TERN_ASSIGN(const Value key, evaluate(*node.children[1]));
      return get_item(object, key, &budget_);
    }
    case Kind::kSlice:
      return evaluate_slice(node);
    case Kind::kCall:
      return evaluate_call(node);
    case Kind::kFilter:
    case Kind::kTest: {
      TERN_ASSIGN(Value subject, evaluate(*node.children[0]));
      TERN_ASSIGN(auto positional, evaluate_children(node, 1));
      TERN_ASSIGN(auto named, evaluate_named(node));
      return invoke(*node.builtin, this, std::move(subject), std::move(positional), std::move(named));
    }
    case Kind::kNot: {
      TERN_ASSIGN(const Value value, evaluate(*node.children[0]));
      return Value(!truthy(value));
    }
    case Kind::kNegative:
    case Kind::kPositive: {
      TERN_ASSIGN(const Value value, evaluate(*node.children[0]));
      return node.kind == Kind::kNegative ? negative(value) : positive(value);
    }
    case Kind::kArithmetic: {
      TERN_ASSIGN(const Value left, evaluate(*node.children[0]));
      TERN_ASSIGN(const Value right, evaluate(*node.children[1]));
      return arithmetic(node.ops[0], left, right, &budget_);
    }
    case Kind::kConcat:
      return evaluate_concat(node);
    case Kind::kCompare:
      return evaluate_compare(node);
    case Kind::kAnd:
    case Kind::kOr: {
      TERN_ASSIGN(Value left, evaluate(*node.children[0]));
      if (truthy(left) == (node.kind == Kind::kOr)) return left;
      return evaluate(*node.children[1]);
    }
    case Kind::kConditional: {
      TERN_ASSIGN(const Value condition, evaluate(*node.children[1]));
      if (truthy(condition)) return evaluate(*node.children[0]);
      if (node.children[2] != nullptr) return evaluate(*node.children[2]);
      return Value::undefined("an inline if without else was false");
    }
  }
  return fail(ErrorCode::kInternal, "unknown expression");
}

Result<Value> Interpreter::evaluate_name(const Expression& node) {
  for (const Scope* scope = scope_; scope != nullptr; scope = scope->parent) {
    const auto found = scope->variables.find(node.name);
    if (found != scope->variables.end()) return found->second;
  }
  if (const Builtin* function = find_function(node.name)) return Value(Callable{nullptr, function});
  return make_undefined(fmt::format("'{}' is undefined", shown_name(node.name)), &budget_);
}

Result<std::vector<Value>> Interpreter::evaluate_children(const Expression& node, size_t first) {
  std::vector<Value> values;
  for (size_t i = first; i < node.children.size(); ++i) {
    TERN_ASSIGN(Value value, evaluate(*node.children[i]));
    values.push_back(std::move(value));
  }
  return values;
}

Result<NamedValues> Interpreter::evaluate_named(const Expression& node) {
  NamedValues values;
  for (const auto& [name, expression] : node.named) {
    TERN_ASSIGN(Value value, evaluate(*expression));
    TERN_TRY(budget_.spend(Budget::kItem + name.size()));
    values.emplace_back(name, std::move(value));
  }
  return values;
}

Result<Value> Interpreter::evaluate_dict(const Expression& node) {
  std::vector<std::pair<Value, Value>> items;
  for (size_t i = 0; i < node.children.size(); i += 2) {
    TERN_ASSIGN(Value key, evaluate(*node.children[i]));
    TERN_ASSIGN(Value value, evaluate(*node.children[i + 1]));
    items.emplace_back(std::move(key), std::move(value));
  }
  return make_dict(std::move(items), &budget_);
}

Result<Value> Interpreter::evaluate_concat(const Expression& node) {
  Text joined;
  for (const ExpressionPtr& child : node.children) {
    TERN_ASSIGN(const Value value, evaluate(*child));
    TERN_ASSIGN(const Text text, to_text(value, &budget_));
    joined.append(text);
  }
  return make_text(std::move(joined), &budget_);
}

Result<Value> Interpreter::evaluate_compare(const Expression& node) {
  TERN_ASSIGN(Value left, evaluate(*node.children[0]));
  for (size_t i = 0; i < node.ops.size(); ++i) {
    TERN_ASSIGN(Value right, evaluate(*node.children[i + 1]));
    TERN_ASSIGN(const bool holds, comparison(node.ops[i], left, right, &budget_));
    if (!holds) return Value(false);
    left = std::move(right);
  }
  return Value(true);
}

Result<Value> Interpreter::evaluate_slice(const Expression& node) {
  TERN_ASSIGN(const Value object, evaluate(*node.children[0]));
  Value parts[3] = {None{}, None{}, None{}};
  for (size_t i = 0; i < 3; ++i) {
    if (node.children[i + 1] != nullptr) {
      TERN_ASSIGN(parts[i], evaluate(*node.children[i + 1]));
    }
  }
  return slice(object, &parts[0], &parts[1], &parts[2], &budget_);
}

Result<Value> Interpreter::evaluate_call(const Expression& node) {
  const Expression& callee = *node.children[0];
  if (callee.kind == Kind::kAttribute) return call_method(node, callee);
  TERN_ASSIGN(const Value value, evaluate(callee));
  return call_value(node, value);
}

Result<Value> Interpreter::call_method(const Expression& node, const Expression& callee) {
  TERN_ASSIGN(Value object, evaluate(*callee.children[0]));
  TERN_ASSIGN(const Builtin* method, find_method(object, callee.name));
  if (method == nullptr) {
    TERN_ASSIGN(const Value member, get_attribute(object, callee.name, &budget_));
    return call_value(node, member);
  }
  TERN_ASSIGN(auto positional, evaluate_children(node, 1));
  TERN_ASSIGN(auto named, evaluate_named(node));
  return invoke(*method, this, std::move(object), std::move(positional), std::move(named));
}

Result<Value> Interpreter::call_value(const Expression& node, const Value& callee) {
  if (callee.is_undefined()) return undefined_error(callee);
  const Callable* callable = callee.as<Callable>();
  if (callable == nullptr) {
    return fail(ErrorCode::kInvalidArgument, "'{}' object is not callable", type_name(callee));
  }
  TERN_ASSIGN(auto positional, evaluate_children(node, 1));
  TERN_ASSIGN(auto named, evaluate_named(node));
  if (callable->macro != nullptr)
    return call_macro(*callable, std::move(positional), std::move(named), Value());
  if (callable->function == nullptr) {
    return fail(ErrorCode::kUnsupported, "calling a method that was stored is not supported");
  }
  return invoke(*callable->function, this, Value(), std::move(positional), std::move(named));
}

Result<Interpreter::Scope*> Interpreter::scope_around(const Callable& callable) {
  if (callable.call_block == 0) return &globals_;
  for (const CallBlockRun& run : call_blocks_) {
    if (run.id == callable.call_block) return run.scope;
  }
  return fail(ErrorCode::kUnsupported, "a caller that was kept beyond its call block is not supported");
}

Result<Value> Interpreter::call_macro(const Callable& callable, std::vector<Value> positional,
                                      NamedValues named, const Value& caller) {
  const Statement& macro = *callable.macro;
  const auto& parameters = macro.parameters;
  // A scope, and a text to print into.
  TERN_TRY(budget_.spend_items(4 + parameters.size()));
  if (positional.size() > parameters.size()) {
    return fail(ErrorCode::kInvalidArgument, "macro '{}' takes not more than {} arguments", macro.name,
                parameters.size());
  }
  if (!caller.is_undefined() && !macro.uses_caller) {
    return fail(ErrorCode::kInvalidArgument,
                "macro '{}' takes no 'caller': it cannot be used in a call block", macro.name);
  }
  TERN_ASSIGN(Scope* const around, scope_around(callable));
  Scope arguments{around, {}};
  for (size_t i = 0; i < positional.size(); ++i)
    arguments.variables[parameters[i].name] = std::move(positional[i]);
  for (auto& argument : named) {
    const std::string& name = argument.first;
    const auto found =
        std::find_if(parameters.begin(), parameters.end(), [&](const auto& p) { return p.name == name; });
    if (found == parameters.end() || arguments.variables.contains(name)) {
      return fail(ErrorCode::kInvalidArgument, "macro '{}' does not take argument '{}'", macro.name, name);
    }
    arguments.variables[name] = std::move(argument.second);
  }
  // As jinja2 does: all that were not given are undefined before the first default is worked out.
  std::vector<const Statement::Parameter*> not_given;
  for (const Statement::Parameter& parameter : parameters) {
    if (arguments.variables.contains(parameter.name)) continue;
    not_given.push_back(&parameter);
    TERN_ASSIGN(
        arguments.variables[parameter.name],
        make_undefined(fmt::format("parameter '{}' was not provided", shown_name(parameter.name)), &budget_));
  }
  if (macro.uses_caller) {
    arguments.variables["caller"] = caller.is_undefined() ? Value::undefined("No caller defined") : caller;
  }
  Text text;
  Text* const outer_out = std::exchange(out_, &text);
  Scope* const outer_scope = std::exchange(scope_, &arguments);
  const Status status = [&]() -> Status {
    for (const Statement::Parameter* parameter : not_given) {
      if (parameter->value == nullptr) continue;
      TERN_ASSIGN(Value value, evaluate(*parameter->value));
      arguments.variables[parameter->name] = std::move(value);
    }
    TERN_TRY(execute(macro.body));
    return {};
  }();
  out_ = outer_out;
  scope_ = outer_scope;
  if (!status) return tl::unexpected<Error>(status.error());
  return make_text(std::move(text), &budget_);
}

}  // namespace tern::jinja
