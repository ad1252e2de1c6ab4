#pragma once
// Builds the syntax tree of a template from its tokens.
#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tokenizer/jinja/ast.h"
#include "tokenizer/jinja/lexer.h"

namespace tern::jinja {

/// kBadFile on broken syntax; kUnsupported names a statement, filter, test or function that we do not have.
Result<Block> parse_template(std::string_view normalized_source);

/// Tokens and what is left of them, with the checks that both parsers need.
class TokenStream {
 public:
  explicit TokenStream(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  const Token& current() const { return tokens_[at_]; }
  const Token& next() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  Token take();
  bool is(TokenType type) const { return current().type == type; }
  bool is(TokenType type, std::string_view text) const { return is(type) && current().text == text; }
  bool is_op(std::string_view text) const { return is(TokenType::kOperator, text); }
  bool is_name(std::string_view text) const { return is(TokenType::kName, text); }
  /// Passes the token when it is this one.
  bool skip(TokenType type, std::string_view text);
  bool skip_op(std::string_view text) { return skip(TokenType::kOperator, text); }
  bool skip_name(std::string_view text) { return skip(TokenType::kName, text); }
  Result<Token> expect(TokenType type, std::string_view what);
  Status expect_op(std::string_view text);

  tl::unexpected<Error> broken(std::string_view message) const;
  tl::unexpected<Error> unsupported(std::string_view what) const;

 private:
  std::vector<Token> tokens_;
  size_t at_ = 0;
};

/// Names that a template assigns and names that it needs from us, which can be compared at its end only.
class NameLedger {
 public:
  void assign(std::string_view name) { assigned_.emplace(name); }
  void call(const Token& name) { called_.emplace_back(name.text, name.line); }
  void read(const Token& name) {
    read_.emplace_back(name.text, name.line);
    callers_ += name.text == "caller";
  }
  /// How often `caller` was read.
  int callers() const { return callers_; }
  Status check() const;

 private:
  std::set<std::string, std::less<>> assigned_;
  std::vector<std::pair<std::string_view, int>> called_, read_;
  int callers_ = 0;
};

class ExpressionParser {
 public:
  ExpressionParser(TokenStream* tokens, NameLedger* names) : tokens_(*tokens), names_(*names) {}

  Result<ExpressionPtr> expression(bool conditional = true);
  /// An expression, or a tuple of them when there are commas.
  Result<ExpressionPtr> tuple(bool conditional = true, bool may_be_empty = false);
  /// What {% set %} and {% for %} assign to: a name, names with commas between, and `space.name` where
  /// allowed.
  Result<ExpressionPtr> target(bool with_namespace);
  /// Filters after `subject`; `inline_start`: the first one comes without its "|".
  Result<ExpressionPtr> filters(ExpressionPtr subject, bool inline_start);

 private:
  Result<ExpressionPtr> either();  ///< or
  Result<ExpressionPtr> both();    ///< and
  Result<ExpressionPtr> sum();
  Result<ExpressionPtr> concatenation();
  Result<ExpressionPtr> product();
  Result<ExpressionPtr> comparison();
  Result<ExpressionPtr> negation();
  Result<ExpressionPtr> unary(bool with_filter);
  Result<ExpressionPtr> primary();
  Result<ExpressionPtr> name();
  Result<ExpressionPtr> string();
  Result<ExpressionPtr> number();
  Result<ExpressionPtr> brackets(Expression::Kind kind, std::string_view close);
  Result<ExpressionPtr> postfix(ExpressionPtr node, bool filters_too);
  Result<ExpressionPtr> attribute(ExpressionPtr node);
  Result<ExpressionPtr> subscript(ExpressionPtr node);
  Result<ExpressionPtr> filter(ExpressionPtr node);
  Result<ExpressionPtr> test(ExpressionPtr node);
  Status arguments(Expression* call);
  Result<ExpressionPtr> single_target(bool with_namespace, bool brackets_too);
  bool at_tuple_end() const;

  ExpressionPtr make(Expression::Kind kind, int line) const;
  /// Adds a child, which may be null, and refuses a tree that gets too deep to walk.
  Status adopt(Expression* parent, ExpressionPtr child);
  /// Counts nesting while it lives.
  class Nesting {
   public:
    explicit Nesting(ExpressionParser* parser) : parser_(parser) { ++parser_->depth_; }
    ~Nesting() { --parser_->depth_; }
    Nesting(const Nesting&) = delete;
    Status check() const;

   private:
    ExpressionParser* parser_;
  };

  TokenStream& tokens_;
  NameLedger& names_;
  int depth_ = 0;
};

}  // namespace tern::jinja
