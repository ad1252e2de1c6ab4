// What follows an operand: attributes, subscripts, calls, filters and tests.
#include "tokenizer/jinja/builtins.h"
#include "tokenizer/jinja/parser.h"

namespace tern::jinja {
namespace {

using Kind = Expression::Kind;

}  // namespace

Result<ExpressionPtr> ExpressionParser::postfix(ExpressionPtr node, bool filters_too) {
  while (true) {
    if (!filters_too && tokens_.is_op(".")) {
      TERN_ASSIGN(node, attribute(std::move(node)));
    } else if (!filters_too && tokens_.is_op("[")) {
      TERN_ASSIGN(node, subscript(std::move(node)));
    } else if (tokens_.is_op("(")) {
      ExpressionPtr call = make(Kind::kCall, tokens_.current().line);
      TERN_TRY(adopt(call.get(), std::move(node)));
      TERN_TRY(arguments(call.get()));
      node = std::move(call);
    } else if (filters_too && tokens_.skip_op("|")) {
      TERN_ASSIGN(node, filter(std::move(node)));
    } else if (filters_too && tokens_.is_name("is")) {
      TERN_ASSIGN(node, test(std::move(node)));
    } else {
      return node;
    }
  }
}

Result<ExpressionPtr> ExpressionParser::attribute(ExpressionPtr node) {
  const int line = tokens_.take().line;
  if (tokens_.is(TokenType::kInteger)) {
    ExpressionPtr item = make(Kind::kItem, line);
    TERN_TRY(adopt(item.get(), std::move(node)));
    TERN_ASSIGN(ExpressionPtr index, number());
    TERN_TRY(adopt(item.get(), std::move(index)));
    return item;
  }
  TERN_ASSIGN(const Token name, tokens_.expect(TokenType::kName, "a name or number after '.'"));
  ExpressionPtr member = make(Kind::kAttribute, line);
  member->name = std::string(name.text);
  TERN_TRY(adopt(member.get(), std::move(node)));
  return member;
}

Result<ExpressionPtr> ExpressionParser::subscript(ExpressionPtr node) {
  ExpressionPtr item = make(Kind::kItem, tokens_.take().line);
  TERN_TRY(adopt(item.get(), std::move(node)));
  ExpressionPtr part;
  if (!tokens_.is_op(":")) {
    TERN_ASSIGN(part, expression());
  }
  TERN_TRY(adopt(item.get(), std::move(part)));
  if (tokens_.is_op(":")) item->kind = Kind::kSlice;
  while (tokens_.is_op(":") && item->children.size() < 4) {
    tokens_.take();
    ExpressionPtr next;
    if (!tokens_.is_op(":") && !tokens_.is_op("]")) {
      TERN_ASSIGN(next, expression());
    }
    TERN_TRY(adopt(item.get(), std::move(next)));
  }
  if (item->kind == Kind::kSlice && item->children.size() == 3) TERN_TRY(adopt(item.get(), nullptr));
  if (tokens_.is_op(",")) return tokens_.unsupported("more than one subscript");
  TERN_TRY(tokens_.expect_op("]"));
  return item;
}

Status ExpressionParser::arguments(Expression* call) {
  TERN_TRY(tokens_.expect_op("("));
  bool first = true;
  while (!tokens_.is_op(")")) {
    if (!first) TERN_TRY(tokens_.expect_op(","));
    if (!first && tokens_.is_op(")")) break;
    first = false;
    if (tokens_.is_op("*") || tokens_.is_op("**")) return tokens_.unsupported("unpacking of arguments");
    if (call->children.size() + call->named.size() > kMaxArguments)
      return tokens_.unsupported(fmt::format("a call with more than {} arguments", kMaxArguments));
    const bool named = tokens_.is(TokenType::kName) && tokens_.next().type == TokenType::kOperator &&
                       tokens_.next().text == "=";
    if (!named) {
      if (!call->named.empty()) return tokens_.broken("a positional argument follows a named one");
      TERN_ASSIGN(ExpressionPtr value, expression());
      TERN_TRY(adopt(call, std::move(value)));
      continue;
    }
    std::string name(tokens_.take().text);
    tokens_.take();
    for (const auto& [other, unused] : call->named) {
      if (other == name) return tokens_.broken(fmt::format("argument '{}' is given twice", name));
    }
    TERN_ASSIGN(ExpressionPtr value, expression());
    call->depth = std::max(call->depth, value->depth + 1);
    call->named.emplace_back(std::move(name), std::move(value));
  }
  tokens_.take();
  return {};
}

Result<ExpressionPtr> ExpressionParser::filters(ExpressionPtr subject, bool inline_start) {
  while (inline_start || tokens_.skip_op("|")) {
    TERN_ASSIGN(subject, filter(std::move(subject)));
    inline_start = false;
  }
  return subject;
}

Result<ExpressionPtr> ExpressionParser::filter(ExpressionPtr node) {
  if (!tokens_.is(TokenType::kName)) return tokens_.broken("the name of a filter is missing");
  ExpressionPtr filter = make(Kind::kFilter, tokens_.current().line);
  filter->builtin = find_filter(tokens_.current().text);
  if (filter->builtin == nullptr)
    return tokens_.unsupported(fmt::format("filter '{}'", tokens_.current().text));
  tokens_.take();
  TERN_TRY(adopt(filter.get(), std::move(node)));
  if (tokens_.is_op("(")) TERN_TRY(arguments(filter.get()));
  return filter;
}

Result<ExpressionPtr> ExpressionParser::test(ExpressionPtr node) {
  const int line = tokens_.take().line;
  const bool negated = tokens_.skip_name("not");
  if (!tokens_.is(TokenType::kName)) return tokens_.broken("the name of a test is missing");
  ExpressionPtr test = make(Kind::kTest, line);
  test->builtin = find_test(tokens_.current().text);
  if (test->builtin == nullptr) return tokens_.unsupported(fmt::format("test '{}'", tokens_.current().text));
  tokens_.take();
  TERN_TRY(adopt(test.get(), std::move(node)));
  const Token& next = tokens_.current();
  const bool operand =
      next.type == TokenType::kString || next.type == TokenType::kInteger || next.type == TokenType::kFloat ||
      tokens_.is_op("[") || tokens_.is_op("{") ||
      (next.type == TokenType::kName && next.text != "else" && next.text != "or" && next.text != "and");
  if (tokens_.is_op("(")) {
    TERN_TRY(arguments(test.get()));
  } else if (operand) {
    if (next.text == "is") return tokens_.broken("tests cannot be chained");
    const Nesting nesting(this);
    TERN_TRY(nesting.check());
    TERN_ASSIGN(ExpressionPtr argument, primary());
    TERN_ASSIGN(argument, postfix(std::move(argument), /*filters_too=*/false));
    TERN_TRY(adopt(test.get(), std::move(argument)));
  }
  if (!negated) return test;
  ExpressionPtr inverse = make(Kind::kNot, line);
  TERN_TRY(adopt(inverse.get(), std::move(test)));
  return inverse;
}

}  // namespace tern::jinja
