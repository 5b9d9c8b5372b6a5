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
  if (domain == Domain::bits) return "bits(" + std::to_string(width) + ")";
  return frac == 0 ? "ring(" + std::to_string(width) + ")"
                   : "fixed(" + std::to_string(width) + ", " + std::to_string(frac) + ")";
}

std::string ValueType::to_string() const {
  constexpr const char* kNames[] = {"public ", "sparse ", "secret ", "partial "};
  return kNames[static_cast<int>(visibility)] + element.to_string() + " " + shape.to_string();
}

}  // namespace tacet
