#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "graph/flows.hpp"
#include "graph/tensor.hpp"
#include "protocols/kernels.hpp"
#include "protocols/layout.hpp"
#include "protocols/masks.hpp"
#include "protocols/product_form.hpp"
#include "protocols/rss/word_ops.hpp"

namespace tacet::protocols::rss {

/// What an endpoint knows in every step. Constant during a session.
struct Endpoint {
  Endpoint(const Setting& setting_in, EndpointId self_in);

  bool is_party() const { return setting.is_party(self); }
  std::uint32_t party() const { return self.value; }
  /// The party `distance` places after this one.
  std::uint32_t after(std::uint32_t distance) const { return (self.value + distance) % setting.n; }
  std::uint32_t before(std::uint32_t distance) const {
    return (self.value + setting.n - distance) % setting.n;
  }

  Setting setting;
  EndpointId self;
  Layout layout;
  ProductForms forms;  // empty at a client
};

/// Elements of a run of words are worked on while they are in the first-level cache.
inline constexpr std::size_t kStripBytes = 4096;

/// Passes draws through and counts their bytes.
class CountedSource final : public MaskSource {
 public:
  explicit CountedSource(std::unique_ptr<MaskSource> source) : source_(std::move(source)) {}
  void fill(const Draw& draw, std::uint64_t first_byte, std::span<std::byte> out) override {
    bytes_ += out.size();
    source_->fill(draw, first_byte, out);
  }
  /// Since the last call.
  std::uint64_t take_bytes() { return std::exchange(bytes_, 0); }

 private:
  std::unique_ptr<MaskSource> source_;
  std::uint64_t bytes_ = 0;
};

class RssScratch final : public Scratch {
 public:
  explicit RssScratch(std::unique_ptr<MaskSource> source);

  /// At least `bytes` bytes that keep their contents until the next call for the same `index`.
  std::byte* wide(std::size_t index, std::size_t bytes);
  std::byte* strip(std::size_t index) { return strips_.data() + index * kStripBytes; }

  const std::unique_ptr<CountedSource> masks;

 private:
  AlignedBytes strips_;
  std::vector<AlignedBytes> wide_;
};

/// A run of words of a range: whole ring elements, or a piece of one plane.
struct Strip {
  std::uint64_t word = 0;  ///< its first word in the component
  std::size_t words = 0;
  std::size_t elements = 0;  ///< elements (of the plane) in it
  std::size_t wire = 0;      ///< where it begins in a payload of the range
  unsigned plane = 0;        ///< 0 for a ring
};

/// Calls f(strip) for every strip of `range` of a value of `elements` elements.
template <class F>
void for_each_strip(ElementType element, std::uint64_t elements, Range range, F&& f) {
  if (range.begin >= range.end) return;
  if (element.domain == Domain::ring) {
    const std::uint64_t step = kStripBytes / word_bytes(element.width);
    for (std::uint64_t i = range.begin; i < range.end; i += step) {
      const std::size_t count = std::min(step, range.end - i);
      f(Strip{i, count, count, (i - range.begin) * wire_bytes(element.width), 0});
    }
    return;
  }
  TACET_ASSERT(range.begin % 64 == 0);
  constexpr std::uint64_t kStep = kStripBytes * 8;
  const std::uint64_t plane_bytes = (range.size() + 7) / 8;
  for (unsigned plane = 0; plane < element.width; ++plane) {
    const std::uint64_t first = plane * ElementType::plane_words(elements);
    for (std::uint64_t i = range.begin; i < range.end; i += kStep) {
      const std::size_t count = std::min(kStep, range.end - i);
      f(Strip{first + i / 64, (count + 63) / 64, count, plane * plane_bytes + (i - range.begin) / 8, plane});
    }
  }
}

/// Bytes of a step's range on the wire, once.
inline std::uint64_t range_bytes(const StepArgs& args) {
  return args.result != nullptr ? args.result->element.payload_bytes(args.range.size())
                                : args.operands[0].element.payload_bytes(args.range.size());
}

/// The masks of a step for one strip.
class StripMasks {
 public:
  StripMasks(MaskSource& source, const StepArgs& args, ElementType element, const Strip& strip)
      : source_(source),
        address_(args.address),
        element_(element),
        strip_(strip),
        bytes_(word_ops(element).bytes) {}
  void share(std::uint32_t share, std::uint32_t lane, std::byte* out) {
    fill(KeyRef::share(share), lane, element_.domain == Domain::ring ? DrawTag::ring : DrawTag::bits, out);
  }
  void client_input(std::uint32_t client, std::uint32_t share, std::byte* out) {
    fill(KeyRef::of_client(client, share), 0, DrawTag::client_input, out);
  }
  void zero_sharing(std::uint32_t other, std::uint32_t lane, std::byte* out) {
    fill(KeyRef::pair(other), lane, DrawTag::zero_sharing, out);
  }

 private:
  void fill(const KeyRef& key, std::uint32_t lane, DrawTag tag, std::byte* out) {
    source_.fill({key, address_, static_cast<std::uint16_t>(lane), tag}, strip_.word * bytes_,
                 {out, strip_.words * bytes_});
  }
  MaskSource& source_;
  std::uint64_t address_;
  ElementType element_;
  Strip strip_;
  std::size_t bytes_;
};

/// Linear operations, products with a public value, and everything on public values: the same on every
/// component. A public operand of a sum counts in share 0 alone. Rounds and traffic: none. Reveals: nothing.
void compute_locally(const Endpoint& at, const StepArgs& args, RssScratch& scratch);

/// A uniform secret that nobody knows: every share is a mask.
/// Rounds and traffic: none. Reveals: nothing.
/// Source: [CDI05].
void draw_random(const Endpoint& at, const StepArgs& args, RssScratch& scratch);

/// A secret that one endpoint brings.
/// Rounds and traffic: 1 round; t elements from a party, t+1 from a client.
/// Reveals: nothing.
/// Fails: Fault::malformed for a payload of the wrong length.
/// Source: [BBY23] for parties; clients likewise, with keys of their own.
void start_input(const Endpoint& at, const StepArgs& args, RssScratch& scratch);
Status finish_input(const Endpoint& at, const StepArgs& args);

/// Where a strip of the value that a party shares lies.
using Fetch = std::function<const std::byte*(const Strip&)>;

/// A value that party `owner` knows: shares whose set contains it are zero, so that it knows all; all others
/// but chi(owner) are masks in its lane. `fetch` is called at the owner only.
void share_from_party(const Endpoint& at, const StepArgs& args, RssScratch& scratch, std::uint32_t owner,
                      const Fetch& fetch);
/// The share that its owner has filled, at those who hold it.
Status receive_share(const Endpoint& at, const StepArgs& args, Role owner);

/// A summand of a value, in the same or another domain.
/// Rounds and traffic: `part` none; `leaf` 1 round and t elements from its party, none if it is sparse.
/// Reveals: nothing.
/// Source: [Bac24] 4.2.1, [ABY3].
void keep_part(const Endpoint& at, const StepArgs& args);
void start_leaf(const Endpoint& at, const StepArgs& args, RssScratch& scratch);
Status finish_leaf(const Endpoint& at, const StepArgs& args);

/// A product with a sparse value.
/// Rounds and traffic: 1 round; t elements from each of the parties t .. 2t, none from others.
/// Reveals: nothing.
/// Source: [PICCO] sparse multiplication.
void start_sparse_product(const Endpoint& at, const StepArgs& args, RssScratch& scratch);

/// One pass of a shuffle: the holders of one share reorder the value.
/// Rounds and traffic: 1 round; t elements from each of the t+1 holders.
/// Reveals: nothing.
/// Source: [LWZ11].
void draw_permutation(const Endpoint& at, const StepArgs& args, RssScratch& scratch);
void start_shuffle(const Endpoint& at, const StepArgs& args, RssScratch& scratch);

/// What the holders of share `target` make of their summands, one each, whose strip at this party is `own`
/// (unused elsewhere): a sharing in which share `target` is what they send each other and all others are
/// masks.
void reshare_to(const Endpoint& at, const StepArgs& args, RssScratch& scratch, const Strip& strip,
                std::uint32_t target, std::byte* own);
/// Adds what the other holders of `target` have sent.
Status finish_reshare_to(const Endpoint& at, const StepArgs& args, std::uint32_t target);

/// Products plus a third value, opened to all at once or by way of a king.
/// Rounds and traffic: to all: 1 round, n-1 elements from each party. To a king: 1 round, 1 element from each
/// other party (of a shared value: from t). From a king: 1 round, t elements to make a share of it, n-1 to
/// tell all.
/// Reveals: the sum, to those to whom it is opened.
/// Source: [BBY23], [DN07].
void start_open_product(const Endpoint& at, const StepArgs& args, RssScratch& scratch);
Status finish_open_product(const Endpoint& at, const StepArgs& args);
void start_to_king(const Endpoint& at, const StepArgs& args, RssScratch& scratch);
Status finish_to_king(const Endpoint& at, const StepArgs& args);
void start_from_king(const Endpoint& at, const StepArgs& args);
Status finish_from_king(const Endpoint& at, const StepArgs& args);

/// One side of an elementwise product: an operand, or sums mod 2 of planes of several.
class Factor {
 public:
  Factor(const Endpoint& at, const StepArgs& args, const Operand& operand);
  Factor(const Endpoint& at, const StepArgs& args, std::span<const std::int64_t> sums);

  /// A strip of a combination of its components: where it lies, or made in `room`.
  const std::byte* combine(std::span<const Weight> weights, const Strip& strip, std::byte* room);

 private:
  struct Source {
    const Operand* operand;
    bool stretch;
  };
  struct Plane {
    std::uint32_t source, plane;
  };
  void add_source(const Operand& operand, std::uint64_t elements);
  void add(const Source& source, std::size_t word, std::span<const Weight> weights);

  const WordOps& ops_;
  std::optional<std::uint32_t> open_slot_;  ///< where share 0 lies
  bool is_plain_ = false;
  std::size_t plane_words_ = 0;
  std::vector<Source> sources_;
  std::vector<Plane> planes_;  ///< of all sources
  std::span<const std::int64_t> sums_;
  std::vector<std::size_t> starts_;  ///< by plane of the result: where its sum begins
  std::vector<Addend> addends_;
};

/// Both sides of an elementwise product of two secrets.
class Factors {
 public:
  Factors(const Endpoint& at, const StepArgs& args);
  /// This party's additive share of a strip of the product.
  void multiply(RssScratch& scratch, const Strip& strip, std::byte* out);

 private:
  const Endpoint& at_;
  const WordOps& ops_;
  const ProductForm& form_;
  Factor x_, y_;
};

/// This party's part of an opening of operand 0 to party `receiver`, masked by a zero sharing of the senders.
void send_part_to(const Endpoint& at, const StepArgs& args, RssScratch& scratch, std::uint32_t receiver,
                  std::span<std::byte> payload);

/// A bilinear operation on two secrets.
/// Rounds and traffic: 1 round; t elements from each party for each element of the result.
/// Reveals: nothing.
/// Fails: Fault::malformed for a payload of the wrong length.
/// Source: [BBY23], [DN07].
void start_product(const Endpoint& at, const StepArgs& args, RssScratch& scratch);
Status finish_product(const Endpoint& at, const StepArgs& args);

/// Opens a value to all parties, or to the receivers.
/// Rounds and traffic: 1 round; t elements to each party, 3(t+1) to each client.
/// Reveals: the value to the receivers, nothing else.
/// Fails: Fault::malformed for a payload of the wrong length, and at a client if the parties contradict each
/// other. Source: [BBY23]; masks, and three rows for clients, are own additions.
void start_open(const Endpoint& at, const StepArgs& args, RssScratch& scratch);
Status finish_open(const Endpoint& at, const StepArgs& args, RssScratch& scratch);

/// The fault of a payload whose length is not what the step says.
std::optional<Fault> check_payloads(const StepArgs& args, std::span<const std::uint64_t> bytes);

}  // namespace tacet::protocols::rss
