// Expressions, by recursive descent; one function a level of precedence, as in jinja2.
#include <charconv>

#include "tokenizer/jinja/builtins.h"
#include "tokenizer/jinja/parser.h"
#include "tokenizer/jinja/string_literal.h"

namespace tern::jinja {
namespace {

using Kind = Expression::Kind;

struct OperatorName {
  std::string_view text;
  Op op;
};
constexpr OperatorName kSums[] = {{"+", Op::kAdd}, {"-", Op::kSub}};
constexpr OperatorName kProducts[] = {
    {"*", Op::kMul}, {"/", Op::kDiv}, {"//", Op::kFloorDiv}, {"%", Op::kMod}};
constexpr OperatorName kComparisons[] = {{"==", Op::kEq}, {"!=", Op::kNe}, {"<", Op::kLt},
                                         {"<=", Op::kLe}, {">", Op::kGt},  {">=", Op::kGe}};

/// Passes an operator of `table`, if one is next.
template <size_t n>
std::optional<Op> take_operator(TokenStream* tokens, const OperatorName (&table)[n]) {
  for (const OperatorName& entry : table) {
    if (tokens->skip_op(entry.text)) return entry.op;
  }
  return std::nullopt;
}

}  // namespace

Status ExpressionParser::Nesting::check() const {
  if (parser_->depth_ > kMaxSyntaxDepth) return parser_->tokens_.broken("an expression is nested too deeply");
  return {};
}

ExpressionPtr ExpressionParser::make(Kind kind, int line) const {
  auto node = std::make_unique<Expression>();
  node->kind = kind;
  node->line = line;
  return node;
}

Status ExpressionParser::adopt(Expression* parent, ExpressionPtr child) {
  if (child) parent->depth = std::max(parent->depth, child->depth + 1);
  parent->children.push_back(std::move(child));
  if (parent->depth > kMaxSyntaxDepth) return tokens_.broken("an expression is nested too deeply");
  return {};
}

Result<ExpressionPtr> ExpressionParser::expression(bool conditional) {
  const Nesting nesting(this);
  TERN_TRY(nesting.check());
  TERN_ASSIGN(ExpressionPtr node, either());
  while (conditional && tokens_.is_name("if")) {
    ExpressionPtr choice = make(Kind::kConditional, tokens_.take().line);
    TERN_TRY(adopt(choice.get(), std::move(node)));
    TERN_ASSIGN(ExpressionPtr condition, either());
    TERN_TRY(adopt(choice.get(), std::move(condition)));
    ExpressionPtr otherwise;
    if (tokens_.skip_name("else")) {
      TERN_ASSIGN(otherwise, expression());
    }
    TERN_TRY(adopt(choice.get(), std::move(otherwise)));
    node = std::move(choice);
  }
  return node;
}

Result<ExpressionPtr> ExpressionParser::either() {
  TERN_ASSIGN(ExpressionPtr node, both());
  while (tokens_.is_name("or")) {
    ExpressionPtr either = make(Kind::kOr, tokens_.take().line);
    TERN_TRY(adopt(either.get(), std::move(node)));
    TERN_ASSIGN(ExpressionPtr right, both());
    TERN_TRY(adopt(either.get(), std::move(right)));
    node = std::move(either);
  }
  return node;
}

Result<ExpressionPtr> ExpressionParser::both() {
  TERN_ASSIGN(ExpressionPtr node, negation());
  while (tokens_.is_name("and")) {
    ExpressionPtr both = make(Kind::kAnd, tokens_.take().line);
    TERN_TRY(adopt(both.get(), std::move(node)));
    TERN_ASSIGN(ExpressionPtr right, negation());
    TERN_TRY(adopt(both.get(), std::move(right)));
    node = std::move(both);
  }
  return node;
}

Result<ExpressionPtr> ExpressionParser::negation() {
  if (!tokens_.is_name("not")) return comparison();
  const Nesting nesting(this);
  TERN_TRY(nesting.check());
  ExpressionPtr node = make(Kind::kNot, tokens_.take().line);
  TERN_ASSIGN(ExpressionPtr operand, negation());
  TERN_TRY(adopt(node.get(), std::move(operand)));
  return node;
}

Result<ExpressionPtr> ExpressionParser::comparison() {
  TERN_ASSIGN(ExpressionPtr first, sum());
  ExpressionPtr node = make(Kind::kCompare, tokens_.current().line);
  TERN_TRY(adopt(node.get(), std::move(first)));
  while (true) {
    const bool not_in =
        tokens_.is_name("not") && tokens_.next().type == TokenType::kName && tokens_.next().text == "in";
    if (const auto op = take_operator(&tokens_, kComparisons)) {
      node->ops.push_back(*op);
    } else if (tokens_.skip_name("in")) {
      node->ops.push_back(Op::kIn);
    } else if (not_in) {
      tokens_.take();
      tokens_.take();
      node->ops.push_back(Op::kNotIn);
    } else {
      break;
    }
    TERN_ASSIGN(ExpressionPtr right, sum());
    TERN_TRY(adopt(node.get(), std::move(right)));
  }
  if (node->ops.empty()) return std::move(node->children[0]);
  return node;
}

Result<ExpressionPtr> ExpressionParser::sum() {
  TERN_ASSIGN(ExpressionPtr node, concatenation());
  while (const auto op = take_operator(&tokens_, kSums)) {
    ExpressionPtr sum = make(Kind::kArithmetic, tokens_.current().line);
    sum->ops.push_back(*op);
    TERN_TRY(adopt(sum.get(), std::move(node)));
    TERN_ASSIGN(ExpressionPtr right, concatenation());
    TERN_TRY(adopt(sum.get(), std::move(right)));
    node = std::move(sum);
  }
  return node;
}

Result<ExpressionPtr> ExpressionParser::concatenation() {
  TERN_ASSIGN(ExpressionPtr first, product());
  if (!tokens_.is_op("~")) return first;
  ExpressionPtr node = make(Kind::kConcat, tokens_.current().line);
  TERN_TRY(adopt(node.get(), std::move(first)));
  while (tokens_.skip_op("~")) {
    TERN_ASSIGN(ExpressionPtr right, product());
    TERN_TRY(adopt(node.get(), std::move(right)));
  }
  return node;
}

Result<ExpressionPtr> ExpressionParser::product() {
  TERN_ASSIGN(ExpressionPtr node, unary(/*with_filter=*/true));
  while (true) {
    if (tokens_.is_op("**")) return tokens_.unsupported("operator '**'");
    const auto op = take_operator(&tokens_, kProducts);
    if (!op) return node;
    ExpressionPtr product = make(Kind::kArithmetic, tokens_.current().line);
    product->ops.push_back(*op);
    TERN_TRY(adopt(product.get(), std::move(node)));
    TERN_ASSIGN(ExpressionPtr right, unary(/*with_filter=*/true));
    TERN_TRY(adopt(product.get(), std::move(right)));
    node = std::move(product);
  }
}

Result<ExpressionPtr> ExpressionParser::unary(bool with_filter) {
  const Nesting nesting(this);
  TERN_TRY(nesting.check());
  ExpressionPtr node;
  if (tokens_.is_op("-") || tokens_.is_op("+")) {
    const Token sign = tokens_.take();
    node = make(sign.text == "-" ? Kind::kNegative : Kind::kPositive, sign.line);
    TERN_ASSIGN(ExpressionPtr operand, unary(/*with_filter=*/false));
    TERN_TRY(adopt(node.get(), std::move(operand)));
  } else {
    TERN_ASSIGN(node, primary());
  }
  TERN_ASSIGN(node, postfix(std::move(node), /*filters_too=*/false));
  if (with_filter) return postfix(std::move(node), /*filters_too=*/true);
  return node;
}

Result<ExpressionPtr> ExpressionParser::primary() {
  const Token& token = tokens_.current();
  if (token.type == TokenType::kName) return name();
  if (token.type == TokenType::kString) return string();
  if (token.type == TokenType::kInteger || token.type == TokenType::kFloat) return number();
  if (tokens_.is_op("[")) return brackets(Kind::kList, "]");
  if (tokens_.is_op("{")) return brackets(Kind::kDict, "}");
  if (tokens_.skip_op("(")) {
    TERN_ASSIGN(ExpressionPtr node, tuple(/*conditional=*/true, /*may_be_empty=*/true));
    TERN_TRY(tokens_.expect_op(")"));
    return node;
  }
  return tokens_.broken(token.type == TokenType::kOperator ? fmt::format("unexpected '{}'", token.text)
                                                           : "an expression is missing");
}

Result<ExpressionPtr> ExpressionParser::name() {
  const Token token = tokens_.take();
  ExpressionPtr node = make(Kind::kConstant, token.line);
  if (token.text == "true" || token.text == "True") {
    node->constant = true;
  } else if (token.text == "false" || token.text == "False") {
    node->constant = false;
  } else if (token.text == "none" || token.text == "None") {
    node->constant = None{};
  } else {
    node->kind = Kind::kName;
    node->name = std::string(token.text);
    names_.read(token);
    if (tokens_.is_op("(")) names_.call(token);
  }
  return node;
}

Result<ExpressionPtr> ExpressionParser::string() {
  ExpressionPtr node = make(Kind::kConstant, tokens_.current().line);
  std::string text;
  while (tokens_.is(TokenType::kString)) {
    const auto part = unquote(tokens_.current().text);
    if (!part) {
      return fail(part.error().code(), "chat template, line {}: {}", tokens_.current().line,
                  part.error().message());
    }
    text += *part;
    tokens_.take();
  }
  node->constant = Text(std::move(text));
  return node;
}

Result<ExpressionPtr> ExpressionParser::number() {
  const Token token = tokens_.take();
  std::string digits(token.text);
  std::erase(digits, '_');
  ExpressionPtr node = make(Kind::kConstant, token.line);
  const char* end = digits.data() + digits.size();
  if (token.type == TokenType::kInteger) {
    int64_t value = 0;
    if (std::from_chars(digits.data(), end, value).ec != std::errc())
      return tokens_.unsupported("a number past 2^63");
    node->constant = value;
  } else {
    double value = 0;
    if (std::from_chars(digits.data(), end, value).ec != std::errc())
      return tokens_.unsupported("such a number");
    node->constant = value;
  }
  return node;
}

Result<ExpressionPtr> ExpressionParser::brackets(Kind kind, std::string_view close) {
  ExpressionPtr node = make(kind, tokens_.take().line);
  while (!tokens_.is_op(close)) {
    if (!node->children.empty()) TERN_TRY(tokens_.expect_op(","));
    if (tokens_.is_op(close)) break;
    TERN_ASSIGN(ExpressionPtr item, expression());
    TERN_TRY(adopt(node.get(), std::move(item)));
    if (kind != Kind::kDict) continue;
    TERN_TRY(tokens_.expect_op(":"));
    TERN_ASSIGN(ExpressionPtr value, expression());
    TERN_TRY(adopt(node.get(), std::move(value)));
  }
  tokens_.take();
  return node;
}

bool ExpressionParser::at_tuple_end() const {
  return tokens_.is(TokenType::kVariableEnd) || tokens_.is(TokenType::kBlockEnd) || tokens_.is_op(")") ||
         tokens_.is_name("recursive");
}

Result<ExpressionPtr> ExpressionParser::tuple(bool conditional, bool may_be_empty) {
  ExpressionPtr node = make(Kind::kTuple, tokens_.current().line);
  bool comma = false;
  while (!at_tuple_end()) {
    TERN_ASSIGN(ExpressionPtr item, expression(conditional));
    TERN_TRY(adopt(node.get(), std::move(item)));
    if (!tokens_.skip_op(",")) break;
    comma = true;
  }
  if (node->children.empty() && !may_be_empty) return tokens_.broken("an expression is missing");
  if (!comma && node->children.size() == 1) return std::move(node->children[0]);
  return node;
}

Result<ExpressionPtr> ExpressionParser::target(bool with_namespace) {
  TERN_ASSIGN(ExpressionPtr first, single_target(with_namespace, /*brackets_too=*/true));
  if (!tokens_.is_op(",")) return first;
  ExpressionPtr node = make(Kind::kTuple, first->line);
  TERN_TRY(adopt(node.get(), std::move(first)));
  while (tokens_.skip_op(",")) {
    if (tokens_.is_name("in") || tokens_.is_op("=")) break;
    TERN_ASSIGN(ExpressionPtr next, single_target(with_namespace, /*brackets_too=*/true));
    TERN_TRY(adopt(node.get(), std::move(next)));
  }
  return node;
}

Result<ExpressionPtr> ExpressionParser::single_target(bool with_namespace, bool brackets_too) {
  if (brackets_too && tokens_.skip_op("(")) {
    const Nesting nesting(this);
    TERN_TRY(nesting.check());
    TERN_ASSIGN(ExpressionPtr inner, target(with_namespace));
    TERN_TRY(tokens_.expect_op(")"));
    return inner;
  }
  TERN_ASSIGN(const Token name, tokens_.expect(TokenType::kName, "a name to assign to"));
  constexpr std::string_view kConstants[] = {"true", "false", "none", "True", "False", "None", "loop"};
  if (std::find(std::begin(kConstants), std::end(kConstants), name.text) != std::end(kConstants)) {
    return tokens_.broken(fmt::format("cannot assign to '{}'", name.text));
  }
  ExpressionPtr node = make(Kind::kName, name.line);
  node->name = std::string(name.text);
  if (with_namespace && tokens_.skip_op(".")) {
    TERN_ASSIGN(const Token attribute, tokens_.expect(TokenType::kName, "a name to assign to"));
    ExpressionPtr member = make(Kind::kAttribute, name.line);
    member->name = std::string(attribute.text);
    TERN_TRY(adopt(member.get(), std::move(node)));
    return member;
  }
  names_.assign(name.text);
  return node;
}

}  // namespace tern::jinja
