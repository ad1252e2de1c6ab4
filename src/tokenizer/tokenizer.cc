#include "tokenizer/tokenizer.h"

#include <algorithm>
#include <array>

#include "tokenizer/normalizer.h"
#include "tokenizer/pre_tokenizer.h"
#include "tokenizer/special_matcher.h"
#include "tokenizer/token_model.h"
#include "tokenizer/vocabulary.h"

namespace tern {

namespace {

/// Looks for the first matcher's tokens, then for the second's in what is left, as Hugging Face does with
/// tokens that are not `normalized` and those that are.
using Matchers = std::array<SpecialMatcher, 2>;

}  // namespace

struct Tokenizer::Impl {
  TokenizerSpec spec;  ///< first and never moved: the rest refers to its strings
  Normalizer normalizer;
  std::unique_ptr<Splitter> splitter;
  std::unique_ptr<TokenModel> model;
  Matchers added_tokens;    ///< with parse_special: special tokens and always_matched
  Matchers literal_tokens;  ///< without: always_matched only
  VocabularyIndex added_ids;

  int32_t vocab_size() const { return static_cast<int32_t>(spec.tokens.size()); }
  bool has(int32_t id) const { return 0 <= id && id < vocab_size(); }
  /// Appends the ids of `text` from byte `from` on, in which the tokens of `matchers` are looked for.
  void encode_from(std::string_view text, size_t from, std::span<const SpecialMatcher> matchers,
                   const SpecialMatcher::Accept& accept, std::vector<int32_t>* ids) const;
  /// Appends the ids of text that holds no added token; `at_start` when none stands before it either.
  void encode_text(std::string_view text, bool at_start, std::vector<int32_t>* ids) const;
};

namespace {

using AddedTokens = std::vector<std::pair<std::string_view, int32_t>>;

/// A scan for added tokens looks this far ahead at each byte; real ones are a tenth of it.
constexpr size_t kMaxAddedToken = 512;

/// A token matched in what the others leave is looked for in the normalized text, and normalized itself. That
/// is the same as in the text as it is only where neither can change.
Status check_matched_late(const TokenizerSpec& spec) {
  const bool of_bytes = spec.model == TokenizerModel::kByteBpe;
  const bool changes = spec.form != UnicodeForm::kNone || !spec.chars_map.empty() ||
                       spec.remove_extra_blanks || (!of_bytes && spec.add_prefix_space);
  for (const int32_t id : spec.matched_late) {
    const std::string& token = spec.tokens[static_cast<size_t>(id)];
    const bool has_blank =
        token.find(' ') != std::string::npos || token.find(kBlankMark) != std::string::npos;
    if (!changes && (of_bytes || !has_blank)) continue;
    return fail(ErrorCode::kUnsupported,
                "added token '{}' is 'normalized', which is not supported where text is: set that to false",
                token);
  }
  return {};
}

/// Appends a token to match in text, whose text `ids` must not have yet.
Status add_token(const TokenizerSpec& spec, int32_t id, AddedTokens* tokens, VocabularyIndex* ids) {
  const std::string& text = spec.tokens[id];
  if (text.empty() || text.size() > kMaxAddedToken) {
    return fail(ErrorCode::kBadFile, "added token {} has {} bytes: it must have 1 to {}", id, text.size(),
                kMaxAddedToken);
  }
  if (const auto [other, is_new] = ids->emplace(text, id); !is_new && other->second != id) {
    return fail(ErrorCode::kBadFile, "added tokens {} and {} have the same text '{}'", other->second, id,
                text);
  } else if (is_new) {
    tokens->emplace_back(text, id);
  }
  return {};
}

Matchers make_matchers(const TokenizerSpec& spec, const AddedTokens& tokens) {
  std::vector<bool> is_late(spec.tokens.size());
  for (const int32_t id : spec.matched_late) is_late[id] = true;
  AddedTokens early, late;
  for (const auto& token : tokens) (is_late[token.second] ? late : early).push_back(token);
  return {SpecialMatcher(std::move(early)), SpecialMatcher(std::move(late))};
}

/// Whether one of `ranges`, sorted and disjoint, has a byte in [begin, end).
bool overlaps(std::span<const std::pair<size_t, size_t>> ranges, size_t begin, size_t end) {
  const auto next = std::upper_bound(ranges.begin(), ranges.end(), begin,
                                     [](size_t at, const auto& range) { return at < range.second; });
  return next != ranges.end() && next->first < end;
}

}  // namespace

Status check_tokenizer_spec(const TokenizerSpec& spec) {
  const auto size = static_cast<int64_t>(spec.tokens.size());
  if (size == 0 || size > kMaxVocabulary) {
    return fail(ErrorCode::kBadFile, "the vocabulary has {} tokens: it must have 1 to {}", size,
                kMaxVocabulary);
  }
  if (spec.kinds.size() != spec.tokens.size()) {
    return fail(ErrorCode::kBadFile, "{} tokens, but {} token types", size, spec.kinds.size());
  }
  for (const auto& [name, id] : {std::pair("bos", spec.bos), {"eos", spec.eos}, {"unk", spec.unk}}) {
    if (id < -1 || id >= size) {
      return fail(ErrorCode::kBadFile, "{} token {} is outside the vocabulary of {}", name, id, size);
    }
  }
  if (spec.add_bos && spec.bos < 0)
    return fail(ErrorCode::kBadFile, "text shall start with bos, but there is none");
  if (spec.add_eos && spec.eos < 0)
    return fail(ErrorCode::kBadFile, "text shall end with eos, but there is none");
  const bool needs_scores = spec.model == TokenizerModel::kUnigram;
  if ((needs_scores || !spec.scores.empty()) && spec.scores.size() != spec.tokens.size()) {
    return fail(ErrorCode::kBadFile, "{} tokens, but {} scores", size, spec.scores.size());
  }
  for (const std::vector<int32_t>* ids : {&spec.always_matched, &spec.matched_late}) {
    for (const int32_t id : *ids) {
      if (id < 0 || id >= size) {
        return fail(ErrorCode::kBadFile, "added token {} is outside the vocabulary of {}", id, size);
      }
    }
  }
  return {};
}

Tokenizer::Tokenizer() = default;
Tokenizer::~Tokenizer() = default;

Result<std::unique_ptr<Tokenizer>> Tokenizer::create(TokenizerSpec spec) {
  TERN_TRY(check_tokenizer_spec(spec));
  TERN_TRY(check_matched_late(spec));
  TERN_ASSIGN(auto splitter, make_splitter(spec.pre));
  AddedTokens added, literal;
  VocabularyIndex added_ids;
  for (const int32_t id : spec.always_matched) TERN_TRY(add_token(spec, id, &literal, &added_ids));
  added = literal;
  for (size_t id = 0; id < spec.tokens.size(); ++id) {
    if (spec.kinds[id] != TokenKind::kSpecial) continue;
    TERN_TRY(add_token(spec, static_cast<int32_t>(id), &added, &added_ids));
  }
  // Moving a vector leaves its elements in place, so the views into spec.tokens stay good.
  std::unique_ptr<Tokenizer> tokenizer(new Tokenizer());
  TERN_ASSIGN(Normalizer normalizer, Normalizer::create(spec));
  TERN_ASSIGN(auto model, make_token_model(spec));
  Matchers added_tokens = make_matchers(spec, added), literal_tokens = make_matchers(spec, literal);
  tokenizer->impl_.reset(new Impl{std::move(spec), std::move(normalizer), std::move(splitter),
                                  std::move(model), std::move(added_tokens), std::move(literal_tokens),
                                  std::move(added_ids)});
  return tokenizer;
}

void Tokenizer::Impl::encode_from(std::string_view text, size_t from,
                                  std::span<const SpecialMatcher> matchers,
                                  const SpecialMatcher::Accept& accept, std::vector<int32_t>* ids) const {
  if (matchers.empty()) return encode_text(text.substr(from), from == 0, ids);
  while (const auto match = matchers[0].find(text, from, accept)) {
    encode_from(text.substr(0, match->begin), from, matchers.subspan(1), accept, ids);
    ids->push_back(match->id);
    from = match->begin + match->length;
  }
  encode_from(text, from, matchers.subspan(1), accept, ids);
}

void Tokenizer::Impl::encode_text(std::string_view text, bool at_start, std::vector<int32_t>* ids) const {
  if (text.empty()) return;
  std::string buffer;
  std::vector<std::string_view> pieces;
  splitter->split(normalizer.apply(text, at_start, &buffer), &pieces);
  for (const std::string_view piece : pieces) model->encode(piece, ids);
}

std::vector<int32_t> Tokenizer::encode(std::string_view text, const EncodeOptions& options) const {
  std::vector<int32_t> ids;
  if (options.add_bos && impl_->spec.add_bos) ids.push_back(impl_->spec.bos);
  SpecialMatcher::Accept accept;
  if (!options.protected_ranges.empty()) {
    accept = [&](const SpecialMatcher::Match& match) {
      return !is_special(match.id) ||
             !overlaps(options.protected_ranges, match.begin, match.begin + match.length);
    };
  }
  impl_->encode_from(text, 0, options.parse_special ? impl_->added_tokens : impl_->literal_tokens, accept,
                     &ids);
  if (options.add_eos && impl_->spec.add_eos) ids.push_back(impl_->spec.eos);
  return ids;
}

std::string_view Tokenizer::piece(int32_t id, bool special) const {
  if (!impl_->has(id) || (is_special(id) && !special)) return {};
  return impl_->spec.tokens[id];
}

std::string Tokenizer::decode(std::span<const int32_t> ids, bool special) const {
  std::string text;
  bool drops_blank = drops_first_blank();
  for (const int32_t id : ids) text += next_piece(id, special, &drops_blank);
  return text;
}

bool Tokenizer::drops_first_blank() const {
  const TokenizerSpec& spec = impl_->spec;
  return spec.model != TokenizerModel::kByteBpe && (spec.add_prefix_space || spec.remove_extra_blanks);
}

std::string_view Tokenizer::next_piece(int32_t id, bool special, bool* drops_blank) const {
  std::string_view text = piece(id, special);
  if (!*drops_blank || text.empty()) return text;
  if (text.front() == ' ') text.remove_prefix(1);
  // As sentencepiece does: one of each token until there is text.
  *drops_blank = impl_->spec.remove_extra_blanks && text.empty();
  return text;
}

int32_t Tokenizer::vocab_size() const {
  return impl_->vocab_size();
}

bool Tokenizer::is_special(int32_t id) const {
  return impl_->has(id) && impl_->spec.kinds[id] == TokenKind::kSpecial;
}

int32_t Tokenizer::find_special(std::string_view text) const {
  const auto found = impl_->added_ids.find(text);
  return found == impl_->added_ids.end() ? -1 : found->second;
}

const TokenizerSpec& Tokenizer::spec() const {
  return impl_->spec;
}

}  // namespace tern
