#pragma once
#include <cstdint>

namespace tern::train {

/// KL(p' || p) of two rows of n logits, p = softmax(student * student_scale) and p' = softmax(teacher *
/// teacher_scale); the rows become p and p'. `scratch`: n floats.
double divergence(float* student, float student_scale, float* teacher, float teacher_scale, int64_t n,
                  float* scratch);

}  // namespace tern::train
