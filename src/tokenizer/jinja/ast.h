#pragma once
// The syntax tree of a template. It never changes once parsed, so any number of threads may render it.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tokenizer/jinja/value.h"

namespace tern::jinja {

enum class Op { kAdd, kSub, kMul, kDiv, kFloorDiv, kMod, kEq, kNe, kLt, kLe, kGt, kGe, kIn, kNotIn };

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

struct Expression {
  enum class Kind {
    kConstant,     ///< constant
    kName,         ///< name
    kList,         ///< children
    kTuple,        ///< children
    kDict,         ///< children: key, value, key, value ..
    kAttribute,    ///< children[0] . name
    kItem,         ///< children[0] [ children[1] ]
    kSlice,        ///< children[0] [ children[1] : children[2] : children[3] ], each of the three may be null
    kCall,         ///< children[0] ( children[1..], named )
    kFilter,       ///< children[0] | builtin ( children[1..], named )
    kTest,         ///< children[0] is builtin ( children[1..], named )
    kNot,          ///< children[0]
    kNegative,     ///< - children[0]
    kPositive,     ///< + children[0]
    kArithmetic,   ///< children[0] ops[0] children[1]
    kConcat,       ///< children joined by ~
    kCompare,      ///< children[0] ops[0] children[1] ops[1] children[2] ..
    kAnd,          ///< children[0], children[1]
    kOr,           ///< children[0], children[1]
    kConditional,  ///< children[0] if children[1] else children[2], which may be null
    kBlockText     ///< what the body of {% filter %} or {% set %} printed
  };
  Kind kind;
  int line;
  int depth = 1;  ///< 1 + that of the deepest child
  std::string name;
  Value constant;
  const Builtin* builtin = nullptr;
  std::vector<Op> ops;
  std::vector<ExpressionPtr> children;
  std::vector<std::pair<std::string, ExpressionPtr>> named;
};

using Block = std::vector<Statement>;

struct Statement {
  enum class Kind {
    kText,         ///< text
    kPrint,        ///< value
    kSet,          ///< target = value
    kSetBlock,     ///< target = value (filters applied to kBlockText) of body
    kFor,          ///< target in value if filter: body, else otherwise
    kIf,           ///< branches, else otherwise
    kMacro,        ///< name(parameters): body
    kCallBlock,    ///< value (a call), to which body is the macro `caller`, with parameters
    kWith,         ///< parameters: body
    kScope,        ///< body with variables of its own ({% generation %})
    kFilterBlock,  ///< value (filters applied to kBlockText) of body
    kBreak,
    kContinue
  };
  struct Parameter {
    std::string name;
    ExpressionPtr value;  ///< the default of a macro's parameter, which may be null
  };
  struct Branch;

  Kind kind;
  int line;
  Value text;
  std::string name;
  ExpressionPtr target, value, filter;
  std::vector<Parameter> parameters;
  std::vector<Branch> branches;
  Block body, otherwise;
  bool uses_caller = false;  ///< the body of a macro or call block
};

struct Statement::Branch {
  ExpressionPtr condition;
  Block body;
};

}  // namespace tern::jinja
