// Work on many things, a bounded number at a time.
#pragma once

#include <cstddef>
#include <functional>

namespace postern::cli {

/// Does one of them, by its number.
using SideJob = std::function<void(std::size_t)>;

/// Does all from 0 up to `count`, at most `workers` at a time, begun in that order. `make_job` is
/// called once by each worker, on the thread that does what it gives: what it holds is the
/// worker's own.
void side_by_side(std::size_t count, unsigned workers, const std::function<SideJob()>& make_job);

}  // namespace postern::cli
