// tern tokenize: text to ids and back.
#include <memory>

#include "apps/tern/command.h"
#include "apps/tern/input.h"
#include "apps/tern/model_options.h"
#include "apps/tern/output.h"
#include "base/log.h"
#include "base/mmap.h"
#include "models/model_file.h"
#include "models/tokenizer_file.h"
#include "tokenizer/tokenizer.h"

namespace tern {
namespace {

constexpr const char* kExamples = R"(Examples:
  tern tokenize -m model.gguf -p "Hello, world"
  tern tokenize --tokenizer tokenizer.json -f text.txt --count
  tern tokenize -m model.gguf --decode 72,105)";

struct TokenizeFlags {
  std::optional<std::string> model, decode, jsonl;
  OpenOptions open;
  TextSource text;
  bool special = false, bos = false, json = false, count = false;
};

Result<TokenizerSpec> find_tokenizer(const TokenizeFlags& flags) {
  if (!flags.model) {
    if (!flags.open.tokenizer) return fail(ErrorCode::kInvalidArgument, "give -m MODEL or --tokenizer FILE");
    return read_tokenizer_file(*flags.open.tokenizer);
  }
  TERN_ASSIGN(const auto file, ModelFile::open(*flags.model, flags.open));
  if (!file->tokenizer()) {
    const std::string& problem = file->tokenizer_problem();
    return fail(ErrorCode::kNotFound, "{}: the model has no tokenizer{}: give --tokenizer FILE", *flags.model,
                problem.empty() ? "" : fmt::format(" that is supported ({})", problem));
  }
  return *file->tokenizer();
}

/// One "id<TAB>piece" a line, the piece as a JSON string so that blanks and newlines show.
void print_table(const Tokenizer& tokenizer, const std::vector<int32_t>& ids) {
  for (const int32_t id : ids) {
    print(fmt::format("{}\t{}\n", id, dump_json(Json(std::string(tokenizer.piece(id, true))))));
  }
}

Tokenizer::EncodeOptions encode_options(const TokenizeFlags& flags) {
  return {.add_bos = flags.bos, .parse_special = flags.special};
}

/// One array of ids for the "text" of each line: quick comparison of many texts with another tokenizer.
Status tokenize_jsonl(const TokenizeFlags& flags, const Tokenizer& tokenizer) {
  TERN_ASSIGN(const MappedFile file, MappedFile::open(*flags.jsonl));
  std::string_view rest(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
  for (int64_t number = 1; !rest.empty(); ++number) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::string where = fmt::format("{}:{}", *flags.jsonl, number);
    TERN_ASSIGN(const Json object, parse_json(line, where));
    if (!object.is_object()) return fail(ErrorCode::kBadFile, "{}: not a JSON object", where);
    TERN_ASSIGN(const auto text, json_string(object, "text", where));
    if (!text) return fail(ErrorCode::kBadFile, "{}: no \"text\"", where);
    print(fmt::format("[{}]\n", fmt::join(tokenizer.encode(*text, encode_options(flags)), ",")));
  }
  return {};
}

Status decode_ids(const TokenizeFlags& flags, const Tokenizer& tokenizer) {
  TERN_ASSIGN(const std::vector<int32_t> ids, parse_token_ids(*flags.decode, "--decode"));
  for (const int32_t id : ids) {
    if (id >= tokenizer.vocab_size()) {
      return fail(ErrorCode::kInvalidArgument, "--decode: {} is no token; the vocabulary has {}", id,
                  tokenizer.vocab_size());
    }
  }
  const std::string text = tokenizer.decode(ids, flags.special);
  print(flags.json ? dump_json(Json(text)) : text);
  print("\n");
  return {};
}

Status tokenize(const TokenizeFlags& flags) {
  TERN_ASSIGN(TokenizerSpec spec, find_tokenizer(flags));
  for (const std::string& warning : spec.warnings) log_warning(warning);
  const auto created = Tokenizer::create(std::move(spec));
  if (!created) {
    const std::string& path = flags.open.tokenizer ? *flags.open.tokenizer : *flags.model;
    return tl::unexpected(created.error().with_context(path));
  }
  const Tokenizer& tokenizer = **created;
  if (flags.decode) return decode_ids(flags, tokenizer);
  if (flags.jsonl) return tokenize_jsonl(flags, tokenizer);
  TERN_ASSIGN(const std::string text, flags.text.read());
  const std::vector<int32_t> ids = tokenizer.encode(text, encode_options(flags));
  if (flags.count) {
    print(fmt::format("{}\n", ids.size()));
  } else if (flags.json) {
    print(fmt::format("[{}]\n", fmt::join(ids, ",")));
  } else {
    print_table(tokenizer, ids);
  }
  return {};
}

}  // namespace

CommandAction add_tokenize(CLI::App& app) {
  const auto flags = std::make_shared<TokenizeFlags>();
  CLI::Option* model = app.add_option("-m,--model", flags->model, "Model whose tokenizer to use")
                           ->type_name("MODEL")
                           ->group(kModelGroup);
  add_open_options(app, &flags->open);
  for (CLI::Option* option : app.get_options()) {
    const bool stands_alone = option == model || option->get_name() == "--tokenizer";
    if (option->get_group() == kModelGroup && !stands_alone) option->needs(model);
  }
  const auto texts = flags->text.add(app, "The text; without -p and -f it is read from standard input");
  CLI::Option* jsonl =
      app.add_option("--jsonl", flags->jsonl, "Tokenize the \"text\" of every line of a file")
          ->type_name("FILE");
  CLI::Option* decode = app.add_option("--decode", flags->decode, "Token ids to turn into text: 1,2,3")
                            ->type_name("IDS")
                            ->excludes(jsonl);
  for (CLI::Option* text : texts) text->excludes(jsonl)->excludes(decode);
  app.add_flag("--special", flags->special,
               "Read special tokens in the text as such; show them when decoding");
  app.add_flag("--bos", flags->bos, "Begin with the beginning-of-text token, if the tokenizer adds one")
      ->excludes(decode);
  CLI::Option* json =
      app.add_flag("--json", flags->json, "Print a JSON array of ids, or a JSON string")->excludes(jsonl);
  app.add_flag("--count", flags->count, "Print the number of tokens only")
      ->excludes(json)
      ->excludes(jsonl)
      ->excludes(decode);
  app.footer(kExamples);
  return [flags] { return tokenize(*flags); };
}

}  // namespace tern
