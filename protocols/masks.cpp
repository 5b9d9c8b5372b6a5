#include "protocols/masks.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <tuple>
#include <vector>

#include "protocols/aes.hpp"

namespace tacet::protocols {
namespace {

static_assert(std::endian::native == std::endian::little, "words are drawn and sent as they lie in memory");

constexpr std::size_t kBlock = 16;

/// The counter block: address in bytes 0-7, lane in 8-9, tag in 10, number of the block in 11-15.
void draw_blocks(const Aes128& aes, const Draw& draw, std::uint64_t block, std::span<std::byte> out) {
  constexpr std::uint64_t kStep = std::uint64_t{1} << 24;
  TACET_ASSERT(block + out.size() / kBlock <= std::uint64_t{1} << 40);
  const std::uint64_t name = draw.lane | std::uint64_t{static_cast<std::uint8_t>(draw.tag)} << 16;
  aes.encrypt_counted({draw.address, name | block * kStep}, kStep, out);
}

void draw_within_block(const Aes128& aes, const Draw& draw, std::uint64_t block, std::size_t skip,
                       std::span<std::byte> out) {
  std::byte whole[kBlock];
  draw_blocks(aes, draw, block, whole);
  std::memcpy(out.data(), whole + skip, out.size());
}

class AesSource final : public MaskSource {
 public:
  explicit AesSource(const KeyRing& keys) : keys_(keys), ciphers_(keys.capacity()) {}

  void fill(const Draw& draw, std::uint64_t first_byte, std::span<std::byte> out) override {
    if (out.empty()) return;
    const Aes128& aes = cipher(draw.key);
    std::uint64_t block = first_byte / kBlock;
    if (const std::size_t skip = first_byte % kBlock; skip != 0) {
      const std::size_t take = std::min(out.size(), kBlock - skip);
      draw_within_block(aes, draw, block++, skip, out.first(take));
      out = out.subspan(take);
    }
    const std::size_t whole = out.size() / kBlock * kBlock;
    draw_blocks(aes, draw, block, out.first(whole));
    if (whole != out.size()) draw_within_block(aes, draw, block + whole / kBlock, 0, out.subspan(whole));
  }

 private:
  const Aes128& cipher(const KeyRef& ref) {
    auto& cipher = ciphers_[keys_.index(ref)];
    if (!cipher) {
      const Key* key = keys_.find(ref);
      TACET_ASSERT(key != nullptr);  // a mask is drawn only from a key this endpoint holds
      cipher.emplace(*key);
    }
    return *cipher;
  }

  const KeyRing& keys_;
  std::vector<std::optional<Aes128>> ciphers_;  // by position in the key ring, made when first used
};

class AesMasks final : public Masks {
 public:
  explicit AesMasks(KeyRing keys) : keys_(std::move(keys)) {}
  std::unique_ptr<MaskSource> make_source() const override { return std::make_unique<AesSource>(keys_); }

 private:
  KeyRing keys_;
};

class ZeroSource final : public MaskSource {
 public:
  void fill(const Draw&, std::uint64_t, std::span<std::byte> out) override {
    std::fill(out.begin(), out.end(), std::byte{0});
  }
};

class ZeroMasks final : public Masks {
 public:
  std::unique_ptr<MaskSource> make_source() const override { return std::make_unique<ZeroSource>(); }
};

/// The pieces drawn from each stream, joined where they touch.
class DrawRecord {
 public:
  void note(const Draw& draw, std::uint64_t begin, std::uint64_t end) {
    if (begin == end) return;
    const std::lock_guard lock(mutex_);
    auto& pieces = streams_[{draw.key, draw.address, draw.lane, draw.tag}];
    auto next = pieces.lower_bound(begin);
    const bool mask_drawn_once = (next == pieces.end() || next->first >= end) &&
                                 (next == pieces.begin() || std::prev(next)->second <= begin);
    TACET_ASSERT(mask_drawn_once);
    if (next != pieces.end() && next->first == end) {
      end = next->second;
      next = pieces.erase(next);
    }
    if (next != pieces.begin() && std::prev(next)->second == begin) {
      std::prev(next)->second = end;
    } else {
      pieces.emplace(begin, end);
    }
  }

 private:
  std::mutex mutex_;
  std::map<std::tuple<KeyRef, std::uint64_t, std::uint16_t, DrawTag>, std::map<std::uint64_t, std::uint64_t>>
      streams_;
};

class CheckedSource final : public MaskSource {
 public:
  CheckedSource(std::unique_ptr<MaskSource> source, DrawRecord& record)
      : source_(std::move(source)), record_(record) {}
  void fill(const Draw& draw, std::uint64_t first_byte, std::span<std::byte> out) override {
    record_.note(draw, first_byte, first_byte + out.size());
    source_->fill(draw, first_byte, out);
  }

 private:
  std::unique_ptr<MaskSource> source_;
  DrawRecord& record_;
};

class CheckedMasks final : public Masks {
 public:
  explicit CheckedMasks(std::unique_ptr<Masks> masks) : masks_(std::move(masks)) {}
  std::unique_ptr<MaskSource> make_source() const override {
    return std::make_unique<CheckedSource>(masks_->make_source(), record_);
  }

 private:
  std::unique_ptr<Masks> masks_;
  mutable DrawRecord record_;
};

}  // namespace

std::unique_ptr<Masks> aes_masks(KeyRing keys) {
  return std::make_unique<AesMasks>(std::move(keys));
}
std::unique_ptr<Masks> zero_masks() {
  return std::make_unique<ZeroMasks>();
}
std::unique_ptr<Masks> checked_masks(std::unique_ptr<Masks> masks) {
  return std::make_unique<CheckedMasks>(std::move(masks));
}

}  // namespace tacet::protocols
