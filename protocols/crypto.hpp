#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>

namespace tacet::protocols {

/// Overwrites secrets so that the compiler cannot leave the writes out.
void wipe(std::span<std::byte> bytes);

/// Fills `out` from the operating system's generator. Stops the program if there is none: nothing is safe
/// then.
void random_bytes(std::span<std::byte> out);

using Digest = std::array<std::byte, 32>;

/// SHA-256 of a message that arrives in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  Sha256& update(std::span<const std::byte> bytes);
  /// Ends the message: nothing can be added afterwards.
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest sha256(std::span<const std::byte> bytes);

/// A 128-bit key, wiped when it goes. It has no operator<<, so that no log can show it.
class Key {
 public:
  static constexpr std::size_t kBytes = 16;
  Key() = default;
  explicit Key(std::span<const std::byte, kBytes> bytes);
  Key(const Key&) = default;
  Key& operator=(const Key&) = default;
  ~Key() { wipe(bytes_); }
  static Key random();
  std::span<const std::byte, kBytes> bytes() const { return bytes_; }

 private:
  std::array<std::byte, kBytes> bytes_{};
};

/// AES-128 on whole blocks in place, each by itself, with the library's own choice of instructions. Slow for
/// short runs: it expands the key every time. The size is a multiple of 16.
void aes128_encrypt(const Key& key, std::span<std::byte> blocks);

/// AES-128 in counter mode by OpenSSL alone: what masks are measured beside.
class LibraryCounterMode {
 public:
  explicit LibraryCounterMode(const Key& key);
  ~LibraryCounterMode();
  LibraryCounterMode(const LibraryCounterMode&) = delete;
  LibraryCounterMode& operator=(const LibraryCounterMode&) = delete;
  /// Adds what follows of the stream to `bytes`, by xor.
  void add(std::span<std::byte> bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tacet::protocols
