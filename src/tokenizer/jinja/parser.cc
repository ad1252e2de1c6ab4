// Statements.
#include "tokenizer/jinja/parser.h"

#include <array>

#include "tokenizer/jinja/builtins.h"

namespace tern::jinja {
namespace {

/// Names that jinja2 gives a meaning which we do not implement.
constexpr std::array<std::string_view, 7> kRefusedNames = {"self",   "super",  "varargs", "kwargs",
                                                           "lipsum", "cycler", "joiner"};

class StatementParser {
 public:
  explicit StatementParser(std::vector<Token> tokens)
      : tokens_(std::move(tokens)), expressions_(&tokens_, &names_) {}

  Result<Block> run() {
    TERN_ASSIGN(Block block, this->block({}));
    TERN_TRY(names_.check());
    return block;
  }

 private:
  using Parse = Status (StatementParser::*)(Statement*);
  using EndTags = std::vector<std::string_view>;

  struct Tag {
    std::string_view name;
    Statement::Kind kind;
    Parse parse;
  };
  static const Tag kTags[];

  /// Statements until one of `end`, whose name is then the current token; the whole template when there is
  /// none.
  Result<Block> block(const EndTags& end) {
    if (++depth_ > kMaxSyntaxDepth) return tokens_.broken("blocks are nested too deeply");
    Block statements;
    while (!tokens_.is(TokenType::kEnd)) {
      const Token token = tokens_.take();
      if (token.type == TokenType::kBlockBegin && tokens_.is(TokenType::kName) &&
          std::find(end.begin(), end.end(), tokens_.current().text) != end.end()) {
        --depth_;
        return statements;
      }
      TERN_ASSIGN(Statement made, statement(token));
      statements.push_back(std::move(made));
    }
    if (!end.empty()) return tokens_.broken(fmt::format("{{% {} %}} is missing", end.back()));
    --depth_;
    return statements;
  }

  Result<Statement> statement(const Token& begin) {
    Statement made{Statement::Kind::kText, begin.line, {}, {}, {}, {}, {}, {}, {}, {}, {}};
    if (begin.type == TokenType::kData) {
      made.text = Text(begin.text);
      return made;
    }
    if (begin.type == TokenType::kVariableBegin) {
      made.kind = Statement::Kind::kPrint;
      TERN_ASSIGN(made.value, expressions_.tuple());
      TERN_TRY(tokens_.expect(TokenType::kVariableEnd, "'}}'"));
      return made;
    }
    TERN_ASSIGN(const Token name, tokens_.expect(TokenType::kName, "the name of a statement"));
    for (const Tag* tag = kTags; tag->parse != nullptr; ++tag) {
      if (tag->name != name.text) continue;
      made.kind = tag->kind;
      TERN_TRY((this->*tag->parse)(&made));
      TERN_TRY(end_tag());
      return made;
    }
    if (name.text.substr(0, 3) == "end" || name.text == "else" || name.text == "elif") {
      return tokens_.broken(fmt::format("{{% {} %}} has no beginning", name.text));
    }
    return tokens_.unsupported(fmt::format("statement '{}'", name.text));
  }

  Status end_tag() {
    TERN_TRY(tokens_.expect(TokenType::kBlockEnd, "'%}'"));
    return {};
  }

  /// The rest of an opening tag, and what follows until one of `end`.
  Result<Block> body(const EndTags& end) {
    tokens_.skip_op(":");
    TERN_TRY(end_tag());
    return block(end);
  }
  Status whole_body(Statement* made, std::string_view end) {
    TERN_ASSIGN(made->body, body({end}));
    tokens_.take();
    return {};
  }

  Status parse_set(Statement* made) {
    TERN_ASSIGN(made->target, expressions_.target(/*with_namespace=*/true));
    if (tokens_.skip_op("=")) {
      TERN_ASSIGN(made->value, expressions_.tuple());
      return {};
    }
    made->kind = Statement::Kind::kSetBlock;
    TERN_ASSIGN(made->value, expressions_.filters(block_text(), /*inline_start=*/false));
    return whole_body(made, "endset");
  }

  Status parse_filter(Statement* made) {
    TERN_ASSIGN(made->value, expressions_.filters(block_text(), /*inline_start=*/true));
    return whole_body(made, "endfilter");
  }

  Status parse_for(Statement* made) {
    TERN_ASSIGN(made->target, expressions_.target(/*with_namespace=*/false));
    if (!tokens_.skip_name("in")) return tokens_.broken("'in' is missing");
    TERN_ASSIGN(made->value, expressions_.tuple(/*conditional=*/false));
    if (tokens_.skip_name("if")) {
      TERN_ASSIGN(made->filter, expressions_.expression());
    }
    if (tokens_.is_name("recursive")) return tokens_.unsupported("'recursive'");
    ++loops_;
    TERN_ASSIGN(made->body, body({"else", "endfor"}));
    --loops_;
    if (tokens_.take().text == "else") {
      TERN_ASSIGN(made->otherwise, body({"endfor"}));
      tokens_.take();
    }
    return {};
  }

  Status parse_if(Statement* made) {
    std::string_view next = "elif";
    while (next == "elif") {
      Statement::Branch branch;
      TERN_ASSIGN(branch.condition, expressions_.tuple(/*conditional=*/false));
      TERN_ASSIGN(branch.body, body({"elif", "else", "endif"}));
      made->branches.push_back(std::move(branch));
      next = tokens_.take().text;
    }
    if (next == "else") {
      TERN_ASSIGN(made->otherwise, body({"endif"}));
      tokens_.take();
    }
    return {};
  }

  Status parse_macro(Statement* made) {
    // A macro sees the variables of the template, not those of a loop around it, which are gone when it is
    // called.
    if (inner_scopes_ > 0 || loops_ > 0) return tokens_.unsupported("a macro inside a loop or another block");
    TERN_ASSIGN(const Token name, tokens_.expect(TokenType::kName, "the name of the macro"));
    made->name = std::string(name.text);
    names_.assign(name.text);
    TERN_TRY(parameters(made));
    return macro_body(made, "endmacro");
  }

  /// {% call(parameters) macro(arguments) %}: the body is a macro, which that one knows as `caller`.
  Status parse_call(Statement* made) {
    made->name = "caller";
    if (tokens_.is_op("(")) TERN_TRY(parameters(made));
    TERN_ASSIGN(made->value, expressions_.expression());
    if (made->value->kind != Expression::Kind::kCall) return tokens_.broken("the call of a macro is missing");
    return macro_body(made, "endcall");
  }

  Status macro_body(Statement* made, std::string_view end) {
    names_.assign("caller");
    const int callers = names_.callers();
    TERN_TRY(scoped_body(made, end));
    made->uses_caller = names_.callers() > callers;
    return {};
  }

  Status parameters(Statement* made) {
    TERN_TRY(tokens_.expect_op("("));
    while (!tokens_.is_op(")")) {
      if (!made->parameters.empty()) TERN_TRY(tokens_.expect_op(","));
      TERN_TRY(parameter(made));
      const auto& last = made->parameters.back();
      const auto same_name = [&](const auto& other) { return other.name == last.name; };
      if (std::count_if(made->parameters.begin(), made->parameters.end(), same_name) > 1)
        return tokens_.broken(fmt::format("parameter '{}' occurs twice", last.name));
    }
    return tokens_.expect_op(")");
  }

  Status parameter(Statement* made) {
    if (made->parameters.size() == kMaxArguments)
      return tokens_.unsupported(fmt::format("more than {} parameters", kMaxArguments));
    TERN_ASSIGN(const Token name, tokens_.expect(TokenType::kName, "a parameter"));
    if (name.text == "caller") return tokens_.unsupported("a parameter named caller");
    names_.assign(name.text);
    Statement::Parameter parameter{std::string(name.text), nullptr};
    if (tokens_.skip_op("=")) {
      TERN_ASSIGN(parameter.value, expressions_.expression());
    } else if (!made->parameters.empty() && made->parameters.back().value != nullptr) {
      return tokens_.broken("a parameter without default follows one with a default");
    }
    made->parameters.push_back(std::move(parameter));
    return {};
  }

  Status parse_with(Statement* made) {
    while (!tokens_.is(TokenType::kBlockEnd)) {
      if (!made->parameters.empty()) TERN_TRY(tokens_.expect_op(","));
      TERN_TRY(parameter(made));
      if (made->parameters.back().value == nullptr) return tokens_.broken("'=' is missing");
    }
    ++inner_scopes_;
    TERN_TRY(whole_body(made, "endwith"));
    --inner_scopes_;
    return {};
  }

  Status parse_generation(Statement* made) { return scoped_body(made, "endgeneration"); }

  /// A body that a loop around it does not reach into with break and continue.
  Status scoped_body(Statement* made, std::string_view end) {
    const int loops = std::exchange(loops_, 0);
    ++inner_scopes_;
    TERN_TRY(whole_body(made, end));
    --inner_scopes_;
    loops_ = loops;
    return {};
  }

  Status parse_loop_control(Statement*) {
    if (loops_ == 0) return tokens_.broken("break or continue outside a loop");
    return {};
  }

  ExpressionPtr block_text() const {
    auto text = std::make_unique<Expression>();
    text->kind = Expression::Kind::kBlockText;
    text->line = tokens_.current().line;
    return text;
  }

  TokenStream tokens_;
  NameLedger names_;
  ExpressionParser expressions_;
  int depth_ = 0;
  int loops_ = 0;         ///< that break would leave
  int inner_scopes_ = 0;  ///< macros and blocks around, loops not counted
};

const StatementParser::Tag StatementParser::kTags[] = {
    {"set", Statement::Kind::kSet, &StatementParser::parse_set},
    {"for", Statement::Kind::kFor, &StatementParser::parse_for},
    {"if", Statement::Kind::kIf, &StatementParser::parse_if},
    {"macro", Statement::Kind::kMacro, &StatementParser::parse_macro},
    {"call", Statement::Kind::kCallBlock, &StatementParser::parse_call},
    {"with", Statement::Kind::kWith, &StatementParser::parse_with},
    {"filter", Statement::Kind::kFilterBlock, &StatementParser::parse_filter},
    {"generation", Statement::Kind::kScope, &StatementParser::parse_generation},
    {"break", Statement::Kind::kBreak, &StatementParser::parse_loop_control},
    {"continue", Statement::Kind::kContinue, &StatementParser::parse_loop_control},
    {{}, Statement::Kind::kText, nullptr}};

}  // namespace

Token TokenStream::take() {
  const Token token = current();
  if (token.type != TokenType::kEnd) ++at_;
  return token;
}

bool TokenStream::skip(TokenType type, std::string_view text) {
  if (!is(type, text)) return false;
  ++at_;
  return true;
}

Result<Token> TokenStream::expect(TokenType type, std::string_view what) {
  if (!is(type)) return broken(fmt::format("expected {}, found '{}'", what, current().text));
  return take();
}

Status TokenStream::expect_op(std::string_view text) {
  if (!skip_op(text)) return broken(fmt::format("expected '{}', found '{}'", text, current().text));
  return {};
}

tl::unexpected<Error> TokenStream::broken(std::string_view message) const {
  return fail(ErrorCode::kBadFile, "chat template, line {}: {}", current().line, message);
}

tl::unexpected<Error> TokenStream::unsupported(std::string_view what) const {
  return fail(ErrorCode::kUnsupported, "chat template, line {}: {} is not supported", current().line, what);
}

Status NameLedger::check() const {
  for (const auto& [name, line] : called_) {
    if (!assigned_.contains(name) && find_function(name) == nullptr) {
      return fail(ErrorCode::kUnsupported, "chat template, line {}: function '{}' is not supported", line,
                  name);
    }
  }
  for (const auto& [name, line] : read_) {
    const bool refused = std::find(kRefusedNames.begin(), kRefusedNames.end(), name) != kRefusedNames.end();
    if (refused && !assigned_.contains(name)) {
      return fail(ErrorCode::kUnsupported, "chat template, line {}: '{}' is not supported", line, name);
    }
  }
  return {};
}

Result<Block> parse_template(std::string_view normalized_source) {
  TERN_ASSIGN(auto tokens, tokenize(normalized_source));
  return StatementParser(std::move(tokens)).run();
}

}  // namespace tern::jinja
