#pragma once

#include <cstddef>

namespace tacet::protocols::rss {

/// Words and the planes of their digits: bit i of plane j is digit j of word i. Words are of
/// word_bytes(width) bytes, planes of 64-bit words, `stride` bytes from one to the next.

/// Digits first .. first + count - 1 of `words` words; zero beyond their width, and in the planes beyond the
/// last word.
void planes_of(const std::byte* in, unsigned width, std::size_t words, unsigned first, unsigned count,
               std::byte* planes, std::size_t stride);

/// Words of `width` bits from the first `count` planes; digits beyond them are zero, planes beyond the words'
/// memory are left out.
void words_of(const std::byte* planes, std::size_t stride, unsigned count, unsigned width, std::size_t words,
              std::byte* out);

}  // namespace tacet::protocols::rss
