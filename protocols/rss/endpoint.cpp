#include "protocols/rss/endpoint.hpp"

#include <string>

namespace tacet::protocols::rss {

Endpoint::Endpoint(const Setting& setting_in, EndpointId self_in)
    : setting(setting_in), self(self_in), layout(setting_in.n) {
  TACET_ASSERT(self.value < setting.endpoints());
  if (is_party()) forms = choose_product_forms(layout, party());
}

RssScratch::RssScratch(std::unique_ptr<MaskSource> source)
    : masks(std::make_unique<CountedSource>(std::move(source))), strips_(5 * kStripBytes) {}

std::byte* RssScratch::wide(std::size_t index, std::size_t bytes) {
  if (wide_.size() <= index) wide_.resize(index + 1);
  if (wide_[index].size() < bytes) wide_[index] = AlignedBytes(bytes);
  return wide_[index].data();
}

std::optional<Fault> check_payloads(const StepArgs& args, std::span<const std::uint64_t> bytes) {
  if (args.in.size() != bytes.size())
    return Fault{Fault::Kind::malformed, std::to_string(args.in.size()) + " payloads arrived instead of " +
                                             std::to_string(bytes.size())};
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (args.in[i].size() != bytes[i])
      return Fault{Fault::Kind::malformed, "payload " + std::to_string(i) + " of a step has " +
                                               std::to_string(args.in[i].size()) + " bytes instead of " +
                                               std::to_string(bytes[i])};
  return std::nullopt;
}

}  // namespace tacet::protocols::rss
