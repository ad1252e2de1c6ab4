#pragma once
#include <span>

namespace tern {

/// Items that are ranked among themselves; layouts of ternary matrices move elements within such a stretch.
constexpr size_t kPairedBlock = 128;

/// How surely two lists of the same length belong together item by item, in standard deviations: Spearman's
/// rank correlation within blocks of kPairedBlock, summed and divided by what chance makes of the sum. Lists
/// that are paired at random within blocks give about a standard normal, whatever their values and whatever
/// whole blocks have in common. 0 when a list says nothing (constant, or shorter than 16).
double paired_ranks(std::span<const double> a, std::span<const double> b);

}  // namespace tern
