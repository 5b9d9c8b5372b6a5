#include <atomic>

#include "protocols/make_kernels.hpp"
#include "protocols/rss/endpoint.hpp"

namespace tacet::protocols {
namespace rss {
namespace {

class RssKernels final : public Kernels {
 public:
  RssKernels(const Setting& setting, EndpointId self, std::unique_ptr<Masks> masks)
      : at_(setting, self), masks_(std::move(masks)) {}

  std::size_t components() const override { return at_.is_party() ? at_.layout.slots() : 0; }

  std::unique_ptr<Scratch> make_scratch() const override {
    return std::make_unique<RssScratch>(masks_->make_source());
  }

  void start(const StepArgs& args) const override {
    if (!takes_part(args)) return;
    RssScratch& scratch = static_cast<RssScratch&>(*args.scratch);
    start_here(args, scratch);
    count(scratch);
  }

  Status finish(const StepArgs& args) const override {
    if (!takes_part(args)) return std::nullopt;
    RssScratch& scratch = static_cast<RssScratch&>(*args.scratch);
    Status status = finish_here(args, scratch);
    count(scratch);
    return status;
  }

  std::uint64_t drawn_bytes() const override { return drawn_bytes_.load(std::memory_order_relaxed); }

 private:
  void start_here(const StepArgs& args, RssScratch& scratch) const {
    switch (args.exchange) {
      case Exchange::input:
        return start_input(at_, args, scratch);
      case Exchange::reshare:
        return start_product(at_, args, scratch);
      case Exchange::reshare_sparse:
        return start_sparse_product(at_, args, scratch);
      case Exchange::open:
        return start_open(at_, args, scratch);
      case Exchange::leaf:
        return start_leaf(at_, args, scratch);
      case Exchange::open_product:
        return start_open_product(at_, args, scratch);
      case Exchange::to_king:
        return start_to_king(at_, args, scratch);
      case Exchange::share_from_king:
      case Exchange::open_from_king:
        return start_from_king(at_, args);
      case Exchange::shuffle:
        return start_shuffle(at_, args, scratch);
      case Exchange::none:
        break;
    }
    if (args.result == nullptr) return;  // nothing of it is held here
    switch (args.op) {
      case Op::random:
        return draw_random(at_, args, scratch);
      case Op::permutation:
        return draw_permutation(at_, args, scratch);
      case Op::part:
        return keep_part(at_, args);
      case Op::leaf:
        return start_leaf(at_, args, scratch);
      default:
        break;
    }
    compute_locally(at_, args, scratch);
  }

  Status finish_here(const StepArgs& args, RssScratch& scratch) const {
    switch (args.exchange) {
      case Exchange::none:
        return std::nullopt;
      case Exchange::input:
        return finish_input(at_, args);
      case Exchange::reshare:
        return finish_product(at_, args);
      case Exchange::reshare_sparse:
        return finish_reshare_to(at_, args, 0);
      case Exchange::open:
        return finish_open(at_, args, scratch);
      case Exchange::leaf:
        return finish_leaf(at_, args);
      case Exchange::open_product:
        return finish_open_product(at_, args);
      case Exchange::to_king:
        return finish_to_king(at_, args);
      case Exchange::share_from_king:
      case Exchange::open_from_king:
        return finish_from_king(at_, args);
      case Exchange::shuffle:
        return finish_reshare_to(at_, args, static_cast<std::uint32_t>(args.attributes[0]));
    }
    return std::nullopt;
  }

  /// A step without elements has no payloads either; a client only brings inputs and hears outputs.
  bool takes_part(const StepArgs& args) const {
    return args.range.size() != 0 &&
           (at_.is_party() || args.exchange == Exchange::input || args.exchange == Exchange::open);
  }

  void count(RssScratch& scratch) const {
    if (const std::uint64_t bytes = scratch.masks->take_bytes(); bytes != 0)
      drawn_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  }

  Endpoint at_;
  std::unique_ptr<Masks> masks_;
  mutable std::atomic<std::uint64_t> drawn_bytes_{0};
};

}  // namespace
}  // namespace rss

std::unique_ptr<Kernels> make_kernels(const Setting& setting, EndpointId self, std::unique_ptr<Masks> masks) {
  return std::make_unique<rss::RssKernels>(setting, self, std::move(masks));
}

std::unique_ptr<Kernels> make_kernels(const Setting& setting, EndpointId self, KeyRing keys) {
  auto masks = setting.scheme == Scheme::plain ? zero_masks() : aes_masks(std::move(keys));
#ifdef TACET_CHECK_ADDRESSES
  masks = checked_masks(std::move(masks));
#endif
  return make_kernels(setting, self, std::move(masks));
}

}  // namespace tacet::protocols
