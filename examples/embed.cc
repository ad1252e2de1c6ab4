// How alike are texts? ./embed MODEL TEXT TEXT..: the cosine of each with the first.
#include <tern/tern.h>

#include <cmath>
#include <cstdio>
#include <vector>

static double dot(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: embed MODEL TEXT TEXT..\n", stderr);
    return 2;
  }
  try {
    const tern::Model model(argv[1]);
    const std::vector<float> first = model.embed(model.tokenize(argv[2]));
    for (int i = 2; i < argc; ++i) {
      const std::vector<float> other = model.embed(model.tokenize(argv[i]));
      std::printf("%7.4f  %s\n", dot(first, other) / std::sqrt(dot(first, first) * dot(other, other)),
                  argv[i]);
    }
  } catch (const tern::Error& error) {
    std::fprintf(stderr, "error (%s): %s\n", error.name(), error.what());
    return 1;
  }
}
