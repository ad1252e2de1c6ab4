#pragma once
#include <span>

namespace tern {

/// What happens in a story, as templates of grammar.h. The storyteller (synth_stories.cc) sets
///   {N} {he} {him} {his} {himself} {kind}   the hero: a name and its pronouns, "girl" or "fox"
///   {M} {mhe} {mhim} {mhis} {mkind}         whoever helps or is a friend
///   {kin} {kinname}                         "her mom", "Mom"
///   {place} {day} {trait} {mtrait}          "the park", "one windy morning", "curious"
/// and the slots of the plot, whose values are templates themselves. Marks in the body are where M comes in,
/// when M was not there from the beginning:
///   @   a friend comes and asks what is wrong; what follows is the answer
///   &   the same, and is told
///   #   somebody whom the hero did not know
struct Plot {
  const char* theme;  ///< of a wish: "a story about .."
  const char* title;
  const char* moral;  ///< "that .."
  bool together;      ///< whether M is a friend from the beginning
  const char* slots;  ///< "name=one|another;name=..": one of each is drawn, and kept all through the story
  const char* body;   ///< a line break is a paragraph
};

std::span<const Plot> all_plots();

}  // namespace tern
