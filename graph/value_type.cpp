#include "graph/value_type.hpp"

namespace tacet {
namespace {

ElementType checked(Domain domain, unsigned width) {
  if (width < 1 || width > kMaxRingBits)
    throw Error(Errc::bad_width, (domain == Domain::ring ? "ring(" : "bits(") + std::to_string(width) +
                                     "): the width must be from 1 to 128");
  return {domain, static_cast<std::uint8_t>(width), 0};
}

}  // namespace

ElementType ring(unsigned k) {
  return checked(Domain::ring, k);
}
ElementType bits(unsigned w) {
  return checked(Domain::bits, w);
}

ElementType fixed(unsigned k, unsigned f) {
  ElementType out = ring(k);
  if (f >= k)
    throw Error(Errc::bad_width, "fixed(" + std::to_string(k) + ", " + std::to_string(f) +
                                     "): the fraction must be shorter than the width");
  out.frac = static_cast<std::uint8_t>(f);
  return out;
}

std::string ElementType::to_string() const {
  const std::string fraction = frac == 0 ? "" : " with " + std::to_string(frac) + " bits of fraction";
  return domain == Domain::ring ? "Z_2^" + std::to_string(width) + fraction
                                : "bits(" + std::to_string(width) + ")";
}

std::string ValueType::to_string() const {
  constexpr const char* kNames[] = {"public ", "sparse ", "secret ", "partial "};
  return kNames[static_cast<int>(visibility)] + element.to_string() + " " + shape.to_string();
}

}  // namespace tacet
