#include "impact/kept_shapes.hpp"

#include <algorithm>
#include <utility>

#include "impact/proof_of_sender.hpp"

namespace postern::impact {

bool KeptShapes::keep(std::vector<Shape>& shapes, std::uint32_t list,
                      const policy::Submission& submission, const evidence::Message& m) {
  const std::uint64_t key = Shape::hash_of(submission, changes_, seed_) * 31 + list;
  const auto [place, added] = places_.try_emplace(key, static_cast<std::uint32_t>(shapes.size()));
  // Two shapes of one hash: the second is told apart by looking.
  std::size_t at = place->second;
  if (!added && !shapes[at].alike(submission, changes_)) {
    const auto same = std::find_if(shapes.begin(), shapes.end(), [&](const Shape& shape) {
      return shape.alike(submission, changes_);
    });
    at = static_cast<std::size_t>(same - shapes.begin());
  }
  if (at == shapes.size()) {
    if (kept_ == most_) {
      if (added) places_.erase(place);
      return false;
    }
    ++kept_;
    shapes.push_back(Shape::of(submission));
  }
  shapes[at].messages += m.count;
  if (submission.certificate.state != m.submission.certificate.state)
    shapes[at].certificate_is_stated = true;
  if (is_unwanted(m.delivery)) shapes[at].unwanted += m.count;
  return true;
}

}  // namespace postern::impact
