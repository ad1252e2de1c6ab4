#pragma once
// LibTorch, as the trainer sees it: Debian's 1.13 or a later one. No other file includes it or asks for its
// version.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
