#include "protocols/rss/word_ops.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

// Plain loops, compiled once for each set of vector instructions.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "protocols/rss/word_ops.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace tacet::protocols::rss::HWY_NAMESPACE {
namespace {

/// Arithmetic on words of a ring.
template <class W>
struct RingWord {
  using Word = W;
  static W add(W a, W b) { return static_cast<W>(Arith<W>{a} + Arith<W>{b}); }
  static W subtract(W a, W b) { return static_cast<W>(Arith<W>{a} - Arith<W>{b}); }
  static W multiply(W a, W b) { return static_cast<W>(Arith<W>{a} * Arith<W>{b}); }
  static W stretched(W a) { return a; }
  static W factor(u128 f) { return static_cast<W>(f); }
};

/// Arithmetic mod 2 on 64 bits at once.
struct BitWord {
  using Word = std::uint64_t;
  static Word add(Word a, Word b) { return a ^ b; }
  static Word subtract(Word a, Word b) { return a ^ b; }
  static Word multiply(Word a, Word b) { return a & b; }
  static Word stretched(Word a) { return Word{0} - (a & 1); }
  static Word factor(u128 f) { return stretched(static_cast<Word>(f)); }
};

template <class W>
W* words(std::byte* p) {
  return reinterpret_cast<W*>(p);
}
template <class W>
const W* words(const std::byte* p) {
  return reinterpret_cast<const W*>(p);
}

template <class A, class W = typename A::Word>
void add(std::byte* out, const std::byte* in, std::size_t n) {
  W* __restrict z = words<W>(out);
  const W* __restrict x = words<W>(in);
  for (std::size_t i = 0; i < n; ++i) z[i] = A::add(z[i], x[i]);
}

template <class A, class W = typename A::Word>
void subtract(std::byte* out, const std::byte* in, std::size_t n) {
  W* __restrict z = words<W>(out);
  const W* __restrict x = words<W>(in);
  for (std::size_t i = 0; i < n; ++i) z[i] = A::subtract(z[i], x[i]);
}

template <class A, class W = typename A::Word>
void multiply(std::byte* out, const std::byte* a, const std::byte* b, std::size_t n, bool accumulate) {
  W* __restrict z = words<W>(out);
  const W* x = words<W>(a);
  const W* y = words<W>(b);
  if (accumulate) {
    for (std::size_t i = 0; i < n; ++i) z[i] = A::add(z[i], A::multiply(x[i], y[i]));
  } else {
    for (std::size_t i = 0; i < n; ++i) z[i] = A::multiply(x[i], y[i]);
  }
}

template <class A, class W = typename A::Word>
void multiply_three(std::byte* out, const std::byte* a0, const std::byte* a1, const std::byte* b0,
                    const std::byte* b1, std::size_t n) {
  W* __restrict z = words<W>(out);
  const W *x0 = words<W>(a0), *x1 = words<W>(a1), *y0 = words<W>(b0), *y1 = words<W>(b1);
  for (std::size_t i = 0; i < n; ++i)
    z[i] = A::add(A::multiply(x0[i], A::add(y0[i], y1[i])), A::multiply(x1[i], y0[i]));
}

constexpr std::size_t kAtOnce = 6;  ///< plain terms added in one pass

/// The sum of `kTerms` terms, and of what is there already if `accumulate`, in one pass.
template <class A, std::size_t kTerms, class W = typename A::Word>
void sum_of(W* __restrict z, const W* const* x, std::size_t n, bool accumulate) {
  const auto sum = [&]<std::size_t... i>(std::size_t at, std::index_sequence<i...>) HWY_ATTR {
    W v = x[0][at];
    ((v = A::add(v, x[1 + i][at])), ...);
    return v;
  };
  constexpr auto kOthers = std::make_index_sequence<kTerms - 1>{};
  if (accumulate) {
    for (std::size_t i = 0; i < n; ++i) z[i] = A::add(z[i], sum(i, kOthers));
  } else {
    for (std::size_t i = 0; i < n; ++i) z[i] = sum(i, kOthers);
  }
}

template <class A, class W = typename A::Word>
void sum_up(W* __restrict z, const W* const* x, std::size_t count, std::size_t n, bool accumulate) {
  [&]<std::size_t... i>(std::index_sequence<i...>) {
    static_cast<void>(((count == i + 1 && (sum_of<A, i + 1>(z, x, n, accumulate), true)) || ...));
  }
  (std::make_index_sequence<kAtOnce>{});
}

template <class A, class W = typename A::Word>
void combine(std::byte* out, std::span<const Addend> terms, std::size_t n) {
  if (n == 0) return;
  W* __restrict z = words<W>(out);
  W constant = 0;  // what the stretched terms add up to
  const W* plain[kAtOnce];
  std::size_t waiting = 0;
  bool filled = false, stretches = false;
  const auto add_waiting = [&] {
    if (waiting != 0) sum_up<A>(z, plain, std::exchange(waiting, 0), n, std::exchange(filled, true));
  };
  for (const Addend& term : terms) {
    if (term.stretch) {
      stretches = true;
      constant = A::add(constant, A::multiply(A::stretched(*words<W>(term.words)), A::factor(term.factor)));
    } else if (term.factor == 1) {
      plain[waiting++] = words<W>(term.words);
      if (waiting == kAtOnce) add_waiting();
    }
  }
  add_waiting();
  if (!filled || stretches) {  // whatever the constant is: it is made of shares
    for (std::size_t i = 0; i < n; ++i) z[i] = filled ? A::add(z[i], constant) : constant;
  }
  for (const Addend& term : terms) {
    if (term.stretch || term.factor == 1) continue;
    const W* x = words<W>(term.words);
    if (term.factor == ~u128{0}) {
      for (std::size_t i = 0; i < n; ++i) z[i] = A::subtract(z[i], x[i]);
    } else {
      const W factor = A::factor(term.factor);
      for (std::size_t i = 0; i < n; ++i) z[i] = A::add(z[i], A::multiply(factor, x[i]));
    }
  }
}

/// Elements are narrower on the wire than in memory, but by less than half: all but the last can be moved as
/// whole words, each of which ends within the next element.
template <class W, std::size_t kBytes>
void pack_as(std::byte* __restrict wire, const W* __restrict x, W mask, std::size_t n) {
  if (n == 0) return;
  for (std::size_t i = 0; i + 1 < n; ++i) {
    const W v = x[i] & mask;
    std::memcpy(wire + i * kBytes, &v, sizeof(W));
  }
  const W v = x[n - 1] & mask;
  std::memcpy(wire + (n - 1) * kBytes, &v, kBytes);
}

/// Calls f(i, value) for each element.
template <class W, std::size_t kBytes, class F>
HWY_INLINE void for_each_on_wire(const std::byte* __restrict wire, std::size_t n, F f) {
  if (n == 0) return;
  for (std::size_t i = 0; i + 1 < n; ++i) {
    W v;
    std::memcpy(&v, wire + i * kBytes, sizeof(W));
    f(i, static_cast<W>(v & low_mask<W>(8 * kBytes)));
  }
  W v = 0;
  std::memcpy(&v, wire + (n - 1) * kBytes, kBytes);
  f(n - 1, v);
}

template <class W, std::size_t kBytes>
void unpack_as(W* __restrict z, const std::byte* __restrict wire, std::size_t n) {
  for_each_on_wire<W, kBytes>(wire, n, [z](std::size_t i, W v) HWY_ATTR { z[i] = v; });
}

template <class W, std::size_t kBytes>
void unpack_add_as(W* __restrict z, const std::byte* __restrict wire, std::size_t n) {
  for_each_on_wire<W, kBytes>(wire, n,
                              [z](std::size_t i, W v) HWY_ATTR { z[i] = RingWord<W>::add(z[i], v); });
}

/// Calls f with the number of wire bytes as a constant, so that copies of elements are moves and not calls.
template <class W, class F>
void with_wire_bytes(unsigned width, F&& f) {
  [&]<std::size_t... kLess>(std::index_sequence<kLess...>) {
    static_cast<void>(((wire_bytes(width) == sizeof(W) - kLess &&
                        (f(std::integral_constant<std::size_t, sizeof(W) - kLess>{}), true)) ||
                       ...));
  }
  (std::make_index_sequence<(sizeof(W) + 1) / 2>{});
}

template <class W>
void pack_ring(std::byte* wire, const std::byte* in, unsigned width, std::size_t n) {
  with_wire_bytes<W>(width, [&]<std::size_t kBytes>(std::integral_constant<std::size_t, kBytes>) {
    pack_as<W, kBytes>(wire, words<W>(in), low_mask<W>(width), n);
  });
}

template <class W>
void unpack_ring(std::byte* out, const std::byte* wire, unsigned width, std::size_t n) {
  with_wire_bytes<W>(width, [&]<std::size_t kBytes>(std::integral_constant<std::size_t, kBytes>) {
    unpack_as<W, kBytes>(words<W>(out), wire, n);
  });
}

template <class W>
void unpack_add_ring(std::byte* out, const std::byte* wire, unsigned width, std::size_t n) {
  with_wire_bytes<W>(width, [&]<std::size_t kBytes>(std::integral_constant<std::size_t, kBytes>) {
    unpack_add_as<W, kBytes>(words<W>(out), wire, n);
  });
}

template <class W>
void reduce_ring(std::byte* out, unsigned width, std::size_t elements) {
  if (width == 8 * sizeof(W)) return;
  W* z = words<W>(out);
  for (std::size_t i = 0; i < elements; ++i) z[i] &= low_mask<W>(width);
}

/// The bits of the last byte or word that belong to elements.
template <class W>
W tail_mask(std::size_t elements) {
  const auto used = static_cast<unsigned>(elements % (8 * sizeof(W)));
  return used == 0 ? low_mask<W>(8 * sizeof(W)) : low_mask<W>(used);
}

void pack_bits(std::byte* wire, const std::byte* in, unsigned, std::size_t elements) {
  if (elements == 0) return;
  const std::size_t bytes = (elements + 7) / 8;
  std::memcpy(wire, in, bytes);
  wire[bytes - 1] &= static_cast<std::byte>(tail_mask<std::uint8_t>(elements));
}

void reduce_bits(std::byte* out, unsigned, std::size_t elements) {
  if (elements == 0) return;
  words<std::uint64_t>(out)[(elements - 1) / 64] &= tail_mask<std::uint64_t>(elements);
}

void unpack_bits(std::byte* out, const std::byte* wire, unsigned width, std::size_t elements) {
  if (elements == 0) return;
  words<std::uint64_t>(out)[(elements - 1) / 64] = 0;
  std::memcpy(out, wire, (elements + 7) / 8);
  reduce_bits(out, width, elements);
}

void unpack_add_bits(std::byte* out, const std::byte* wire, unsigned, std::size_t elements) {
  const std::size_t bytes = (elements + 7) / 8;
  for (std::size_t i = 0; i < bytes; ++i) out[i] ^= wire[i];
}

template <class W>
constexpr WordOps kRingOps = {sizeof(W),
                              add<RingWord<W>>,
                              subtract<RingWord<W>>,
                              combine<RingWord<W>>,
                              multiply<RingWord<W>>,
                              multiply_three<RingWord<W>>,
                              pack_ring<W>,
                              unpack_ring<W>,
                              unpack_add_ring<W>,
                              reduce_ring<W>};

constexpr WordOps kBitOps = {
    sizeof(std::uint64_t),   add<BitWord>, subtract<BitWord>, combine<BitWord>, multiply<BitWord>,
    multiply_three<BitWord>, pack_bits,    unpack_bits,       unpack_add_bits,  reduce_bits};

}  // namespace

std::int64_t target() {
  return HWY_TARGET;
}

const WordOps& ops_for(ElementType element) {
  if (element.domain == Domain::bits) return kBitOps;
  return with_word(element.width,
                   []<class Word>(std::type_identity<Word>) -> const WordOps& { return kRingOps<Word>; });
}

}  // namespace tacet::protocols::rss::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tacet::protocols::rss {

HWY_EXPORT(ops_for);
HWY_EXPORT(target);

const WordOps& word_ops(ElementType element) {
  return HWY_DYNAMIC_DISPATCH(ops_for)(element);
}

std::string_view word_instructions() {
  return hwy::TargetName(HWY_DYNAMIC_DISPATCH(target)());
}

}  // namespace tacet::protocols::rss
#endif
