#include "graph/tensor.hpp"

#include <cstdlib>
#include <cstring>
#include <new>

namespace tacet {

namespace {
constexpr std::size_t kAlignment = 64;
}

AlignedBytes::AlignedBytes(std::size_t size) : size_(size) {
  if (size == 0) return;
  const std::size_t rounded = (size + kAlignment - 1) / kAlignment * kAlignment;
  auto* p = static_cast<std::byte*>(std::aligned_alloc(kAlignment, rounded));
  if (p == nullptr) throw std::bad_alloc();
  std::memset(p, 0, rounded);
  data_.reset(p);
}

AlignedBytes::AlignedBytes(const AlignedBytes& other) : AlignedBytes(other.size_) {
  if (size_ != 0) std::memcpy(data_.get(), other.data_.get(), size_);
}

AlignedBytes& AlignedBytes::operator=(const AlignedBytes& other) {
  if (this != &other) *this = AlignedBytes(other);
  return *this;
}

void AlignedBytes::Free::operator()(std::byte* p) const {
  std::free(p);
}

Tensor::Tensor(ElementType element, Shape shape)
    : element_(element), shape_(std::move(shape)), bytes_(element_.memory_bytes(shape_.elements())) {
  element_.frac = 0;  // integers, whatever they are counted in
}

Tensor::Tensor(ElementType element, Shape shape, std::span<const u128> values)
    : Tensor(element, std::move(shape)) {
  if (values.size() != elements())
    throw Error(Errc::shape_mismatch, "shape " + shape_.to_string() + " holds " + std::to_string(elements()) +
                                          " elements, but " + std::to_string(values.size()) + " were given");
  for (std::uint64_t i = 0; i < values.size(); ++i) set(i, values[i]);
}

u128 Tensor::get(std::uint64_t index) const {
  TACET_ASSERT(index < elements());
  return load_element(data(), element_, elements(), index);
}

void Tensor::set(std::uint64_t index, u128 value) {
  TACET_ASSERT(index < elements());
  store_element(data(), element_, elements(), index, value);
}

std::vector<u128> Tensor::values() const {
  std::vector<u128> out(elements());
  for (std::uint64_t i = 0; i < out.size(); ++i) out[i] = get(i);
  return out;
}

bool Tensor::operator==(const Tensor& other) const {
  return element_ == other.element_ && shape_ == other.shape_ &&
         (size_bytes() == 0 || std::memcmp(data(), other.data(), size_bytes()) == 0);
}

u128 load_element(const std::byte* data, ElementType element, std::uint64_t elements, std::uint64_t index) {
  if (element.domain == Domain::ring) {
    return with_word(element.width, [&]<class Word>(std::type_identity<Word>) -> u128 {
      return reinterpret_cast<const Word*>(data)[index] & low_mask<Word>(element.width);
    });
  }
  const auto* words = reinterpret_cast<const std::uint64_t*>(data);
  const std::uint64_t plane = ElementType::plane_words(elements);
  u128 value = 0;
  for (unsigned b = 0; b < element.width; ++b)
    value |= static_cast<u128>((words[b * plane + index / 64] >> (index % 64)) & 1) << b;
  return value;
}

void store_element(std::byte* data, ElementType element, std::uint64_t elements, std::uint64_t index,
                   u128 value) {
  if (element.domain == Domain::ring) {
    with_word(element.width, [&]<class Word>(std::type_identity<Word>) {
      reinterpret_cast<Word*>(data)[index] = static_cast<Word>(value) & low_mask<Word>(element.width);
    });
    return;
  }
  auto* words = reinterpret_cast<std::uint64_t*>(data);
  const std::uint64_t plane = ElementType::plane_words(elements);
  for (unsigned b = 0; b < element.width; ++b) {
    std::uint64_t& word = words[b * plane + index / 64];
    word = (word & ~(std::uint64_t{1} << (index % 64))) |
           (static_cast<std::uint64_t>((value >> b) & 1) << (index % 64));
  }
}

}  // namespace tacet
