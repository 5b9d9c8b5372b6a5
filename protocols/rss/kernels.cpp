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
    switch (args.exchange) {
      case Exchange::input:
        return start_input(at_, args, scratch);
      case Exchange::reshare:
        return start_product(at_, args, scratch);
      case Exchange::open:
        return start_open(at_, args, scratch);
      case Exchange::none:
        break;
    }
    if (args.result == nullptr) return;  // nothing of it is held here
    if (args.row->op_class == OpClass::source) return draw_random(at_, args, scratch);
    compute_locally(at_, args, scratch);
  }

  Status finish(const StepArgs& args) const override {
    if (!takes_part(args)) return std::nullopt;
    switch (args.exchange) {
      case Exchange::none:
        return std::nullopt;
      case Exchange::input:
        return finish_input(at_, args);
      case Exchange::reshare:
        return finish_product(at_, args);
      case Exchange::open:
        return finish_open(at_, args, static_cast<RssScratch&>(*args.scratch));
    }
    return std::nullopt;
  }

 private:
  /// A step without elements has no payloads either; a client only brings inputs and hears outputs.
  bool takes_part(const StepArgs& args) const {
    return args.range.size() != 0 &&
           (at_.is_party() || args.exchange == Exchange::input || args.exchange == Exchange::open);
  }

  Endpoint at_;
  std::unique_ptr<Masks> masks_;
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
