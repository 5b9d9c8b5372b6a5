#include "apps/infer/compare.hpp"

#include <algorithm>
#include <cmath>

#include "apps/infer/quantize.hpp"
#include "apps/infer/secure.hpp"
#include "graph/evaluate.hpp"

namespace tacet::apps::infer {

Differences differences(std::span<const std::int32_t> values, std::span<const std::int32_t> reference) {
  Differences out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::int32_t d = values[i] - reference[i];
    ++out.histogram[d];
    out.most = std::max(out.most, std::abs(d));
    out.mean += std::abs(d) / static_cast<double>(values.size());
  }
  return out;
}

std::vector<Differences> differences_by_layer(const Network& network, const Folded& folded,
                                              std::span<const std::int32_t> image,
                                              const TensorValues& reference) {
  const Outline& outline = folded.outline;
  const auto low = [&](std::int32_t tensor) { return type_range(network.tensor(tensor).type).low; };
  Builder b;
  const Role owner = Builder::party(0);
  const Value x =
      b.input("image", owner, ring(outline.ring_bits), outline.network.tensor(outline.network.input).shape);
  std::vector<Value> layers;
  compute(b, outline, x, owner, &layers);
  for (std::size_t i = 0; i < layers.size(); ++i) b.output(std::to_string(i), layers[i], owner);
  std::vector<Tensor> inputs;
  for (const InputInfo& info : b.graph().inputs()) {
    if (info.name != "image") {
      inputs.push_back(folded.secrets.at(info.name));
      continue;
    }
    inputs.emplace_back(x.type().element, x.shape());
    for (std::size_t i = 0; i < image.size(); ++i)
      inputs.back().set(i, static_cast<u128>(image[i] - low(network.input)));
  }
  const std::vector<Tensor> results = evaluate(b.graph(), inputs);

  std::vector<Differences> out;
  for (const Operator& op : network.operators) {
    if (is_final(op.kind)) continue;
    const Tensor& y = results[out.size()];
    const double steps = folded.steps[static_cast<std::size_t>(op.output)];
    std::vector<std::int32_t> values;
    for (std::uint64_t i = 0; i < y.elements(); ++i)
      values.push_back(static_cast<std::int32_t>(std::lround(static_cast<double>(y.get(i)) / steps)) +
                       low(op.output));
    out.push_back(differences(values, reference[static_cast<std::size_t>(op.output)]));
  }
  return out;
}

}  // namespace tacet::apps::infer
