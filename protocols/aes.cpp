#include "protocols/aes.hpp"

#include <cstring>

#include "graph/error.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "protocols/aes.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace tacet::protocols::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR  // no vectors here: OpenSSL, from the key itself

void expand_key(std::uint8_t*) {}

void encrypt_counted(const std::uint8_t* keys, Aes128::Block first, std::uint64_t step, std::uint8_t* out,
                     std::size_t blocks) {
  const std::span<std::byte> bytes(reinterpret_cast<std::byte*>(out), 16 * blocks);
  for (std::size_t i = 0; i < blocks; ++i, first.high += step) std::memcpy(out + 16 * i, &first, 16);
  aes128_encrypt(Key(std::as_bytes(std::span<const std::uint8_t, 16>(keys, 16))), bytes);
}

#else

/// Every byte through the cipher's substitution: four equal columns make the last round's shift of rows
/// invisible.
inline std::uint32_t substituted(std::uint32_t word) {
  const hn::Full128<std::uint32_t> d;
  const hn::Full128<std::uint8_t> bytes;
  const auto columns = hn::BitCast(bytes, hn::Set(d, word));
  return hn::GetLane(hn::BitCast(d, hn::AESLastRound(columns, hn::Zero(bytes))));
}

/// Source: FIPS 197, 5.2, on little-endian words.
void expand_key(std::uint8_t* keys) {
  std::uint32_t words[44];
  std::memcpy(words, keys, 16);
  std::uint32_t constant = 1;
  for (int i = 4; i < 44; ++i) {
    std::uint32_t word = words[i - 1];
    if (i % 4 == 0) {
      word = substituted(word >> 8 | word << 24) ^ constant;
      constant = constant < 0x80 ? constant << 1 : 0x1b;
    }
    words[i] = words[i - 4] ^ word;
  }
  std::memcpy(keys, words, sizeof words);
  wipe(std::as_writable_bytes(std::span(words)));
}

/// Eight vectors at a time hide the latency of a round.
void encrypt_counted(const std::uint8_t* keys, Aes128::Block first, std::uint64_t step, std::uint8_t* out,
                     std::size_t blocks) {
  const hn::ScalableTag<std::uint8_t> d;
  const hn::ScalableTag<std::uint64_t> d64;
  const std::size_t lanes = hn::Lanes(d), in_vector = lanes / 16;
  const auto parts = hn::Iota(d64, 0);  // 0 1 2 3 ..: low and high halves of one block after another
  const auto is_high = hn::Eq(hn::And(parts, hn::Set(d64, 1)), hn::Set(d64, 1));
  const auto steps = hn::IfThenElseZero(is_high, hn::Mul(hn::ShiftRight<1>(parts), hn::Set(d64, step)));
  auto counter = hn::Add(hn::IfThenElse(is_high, hn::Set(d64, first.high), hn::Set(d64, first.low)), steps);
  const auto next = hn::IfThenElseZero(is_high, hn::Set(d64, step * in_vector));
  const auto key = [&](int round) HWY_ATTR { return hn::LoadDup128(d, keys + 16 * round); };
  while (blocks != 0) {
    const auto take = [&]() HWY_ATTR {
      const auto state = hn::Xor(hn::BitCast(d, counter), key(0));
      counter = hn::Add(counter, next);
      return state;
    };
    auto s0 = take(), s1 = take(), s2 = take(), s3 = take(), s4 = take(), s5 = take(), s6 = take(),
         s7 = take();
    for (int round = 1; round < 10; ++round) {
      const auto k = key(round);
      s0 = hn::AESRound(s0, k), s1 = hn::AESRound(s1, k), s2 = hn::AESRound(s2, k), s3 = hn::AESRound(s3, k);
      s4 = hn::AESRound(s4, k), s5 = hn::AESRound(s5, k), s6 = hn::AESRound(s6, k), s7 = hn::AESRound(s7, k);
    }
    const auto k = key(10);
    const auto put = [&](std::uint8_t* to) HWY_ATTR {
      hn::StoreU(hn::AESLastRound(s0, k), d, to), hn::StoreU(hn::AESLastRound(s1, k), d, to + lanes);
      hn::StoreU(hn::AESLastRound(s2, k), d, to + 2 * lanes),
          hn::StoreU(hn::AESLastRound(s3, k), d, to + 3 * lanes);
      hn::StoreU(hn::AESLastRound(s4, k), d, to + 4 * lanes),
          hn::StoreU(hn::AESLastRound(s5, k), d, to + 5 * lanes);
      hn::StoreU(hn::AESLastRound(s6, k), d, to + 6 * lanes),
          hn::StoreU(hn::AESLastRound(s7, k), d, to + 7 * lanes);
    };
    if (blocks >= 8 * in_vector) {
      put(out);
      out += 8 * lanes, blocks -= 8 * in_vector;
      continue;
    }
    HWY_ALIGN std::uint8_t rest[8 * hn::MaxLanes(d)];
    put(rest);
    std::memcpy(out, rest, 16 * blocks);
    break;
  }
}

#endif

std::int64_t target() {
  return HWY_TARGET;
}

}  // namespace tacet::protocols::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#if HWY_ARCH_X86
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace tacet::protocols {
namespace {

HWY_EXPORT(expand_key);
HWY_EXPORT(encrypt_counted);
HWY_EXPORT(target);

#if HWY_ARCH_X86
/// For machines that know AES on both halves of 256 bits at once, which the library has only for 512 bits.
/// The wider form is no faster where it was measured, and draws of a few hundred bytes waste more of it.
__attribute__((target("avx2,vaes"))) void encrypt_counted_256(const std::uint8_t* keys, Aes128::Block first,
                                                              std::uint64_t step, std::uint8_t* out,
                                                              std::size_t blocks) {
  constexpr std::size_t kAtOnce = 8;
  __m256i key[11];
  for (int i = 0; i < 11; ++i)
    key[i] = _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(keys + 16 * i)));
  const auto number = [](std::uint64_t v) { return static_cast<long long>(v); };
  __m256i counter =
      _mm256_set_epi64x(number(first.high + step), number(first.low), number(first.high), number(first.low));
  const __m256i next = _mm256_set_epi64x(number(2 * step), 0, number(2 * step), 0);
  while (blocks != 0) {
    __m256i state[kAtOnce];
    for (__m256i& s : state) {
      s = _mm256_xor_si256(counter, key[0]);
      counter = _mm256_add_epi64(counter, next);
    }
    for (int round = 1; round < 10; ++round)
      for (__m256i& s : state) s = _mm256_aesenc_epi128(s, key[round]);
    for (__m256i& s : state) s = _mm256_aesenclast_epi128(s, key[10]);
    if (blocks >= 2 * kAtOnce) {
      for (std::size_t i = 0; i < kAtOnce; ++i)
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + 32 * i), state[i]);
      out += 32 * kAtOnce, blocks -= 2 * kAtOnce;
      continue;
    }
    std::memcpy(out, state, 16 * blocks);
    break;
  }
}

/// Leaf 7 of CPUID, ECX bit 9: of compilers' own tests for it some know no name for it.
bool has_vaes() {
  static const bool has = [] {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (c >> 9 & 1) != 0;
  }();
  return has;
}

bool is_256() {
  return HWY_DYNAMIC_DISPATCH(target)() == HWY_AVX2 && has_vaes();
}
#endif

}  // namespace

std::string_view aes_instructions() {
#if HWY_ARCH_X86
  if (is_256()) return "AVX2 with VAES";
#endif
  return hwy::TargetName(HWY_DYNAMIC_DISPATCH(target)());
}

Aes128::Aes128(const Key& key) {
  std::memcpy(keys_.data(), key.bytes().data(), Key::kBytes);
  HWY_DYNAMIC_DISPATCH(expand_key)(keys_.data());
}

void Aes128::encrypt_counted(Block first, std::uint64_t step, std::span<std::byte> out) const {
  TACET_ASSERT(out.size() % 16 == 0);
  auto* to = reinterpret_cast<std::uint8_t*>(out.data());
#if HWY_ARCH_X86
  if (is_256()) return encrypt_counted_256(keys_.data(), first, step, to, out.size() / 16);
#endif
  HWY_DYNAMIC_DISPATCH(encrypt_counted)(keys_.data(), first, step, to, out.size() / 16);
}

}  // namespace tacet::protocols
#endif
