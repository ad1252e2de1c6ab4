#include "train/cpu/divergence.h"

#include "base/math_f64.h"
#include "kernels/dispatch.h"

namespace tern::train {
namespace {

double normalizer(const TernSoftmaxRow& row) {
  return static_cast<double>(row.max) + log_f64(row.sum);
}

}  // namespace

double divergence(float* student, float student_scale, float* teacher, float teacher_scale, int64_t n,
                  float* scratch) {
  // sum of p' * (log p' - log p): the logits' difference, before they are gone, less that of the normalizers.
  for (int64_t i = 0; i < n; ++i) scratch[i] = teacher[i] * teacher_scale - student[i] * student_scale;
  TernSoftmaxRow of_student, of_teacher;
  kernels().softmax(student, n, n, student_scale, &of_student);
  kernels().softmax(teacher, n, n, teacher_scale, &of_teacher);
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) {
    // What the teacher excludes counts nothing, however far apart the logits are.
    if (teacher[i] != 0) sum += static_cast<double>(teacher[i]) * static_cast<double>(scratch[i]);
  }
  return sum - normalizer(of_teacher) + normalizer(of_student);
}

}  // namespace tern::train
