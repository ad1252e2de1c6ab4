#pragma once
#include "base/thread_pool.h"
#include "io/tensor_stream.h"
#include "models/model_file.h"
#include "models/row_order.h"

namespace tern {

/// Gives a dense tensor (embedding, head, norm, linear) of `file` to `sink` as type `to`: its own bytes when
/// that is its type, otherwise decoded and encoded. A few rows at a time, whose pages are given back. Its
/// rows come as a file of row order `order` has them. Errors: kNonFinite when `to` cannot hold a value; what
/// `sink` returns.
Status stream_dense(const ModelFile& file, const TensorSpec& spec, DType to, RowOrder order, ThreadPool* pool,
                    const TensorSink& sink);

}  // namespace tern
