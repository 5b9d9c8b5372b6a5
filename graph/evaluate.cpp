#include "graph/evaluate.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "graph/fixed_point.hpp"

namespace tacet {

void reduce(Tensor& tensor) {
  const unsigned width = tensor.element().width;
  if (tensor.element().domain == Domain::ring) {
    with_word(width, [&]<class Word>(std::type_identity<Word>) {
      if (width == 8 * sizeof(Word)) return;
      for (Word& w : tensor.words<Word>()) w &= low_mask<Word>(width);
    });
  } else if (tensor.elements() % 64 != 0) {
    const auto words = tensor.words<std::uint64_t>();
    const std::uint64_t plane = ElementType::plane_words(tensor.elements());
    for (unsigned b = 0; b < width; ++b)
      words[b * plane + plane - 1] &= low_mask<std::uint64_t>(tensor.elements() % 64);
  }
}

Tensor evaluate_node(const Graph& graph, NodeId node, std::span<const Tensor* const> operands) {
  const ValueType& type = graph.type(node);
  const OpRow& row = op_row(graph.node(node).op);
  TACET_ASSERT(row.kernel != nullptr);
  Tensor out(type.element, type.shape);
  std::vector<View> views;
  views.reserve(operands.size());
  for (const Tensor* t : operands) views.push_back({t->data(), t->element(), &t->shape()});
  row.kernel(graph.attributes(node), views, {out.data(), type.element, &type.shape}, {0, out.elements()},
             false);
  reduce(out);
  return out;
}

namespace {

/// Random integers of some bits only. Parts of one word, which share its number, agree.
Tensor drawn_word(const Graph& graph, NodeId id, const RandomSource& random,
                  std::map<std::pair<Op, std::int64_t>, Tensor>& words) {
  const Op op = graph.node(id).op;
  const auto attributes = graph.attributes(id);
  const ValueType& type = graph.type(id);
  if (!random) throw Error(Errc::bad_argument, graph.location(id) + ": random has no source in the clear");
  auto at = words.find({op, attributes[0]});
  if (at == words.end()) {
    const unsigned width = op == Op::rand_bit ? 1 : static_cast<unsigned>(attributes[2]);
    at = words.emplace(std::pair{op, attributes[0]}, random({Visibility::secret, bits(width), type.shape}))
             .first;
  }
  Tensor out(type.element, type.shape);
  for (std::uint64_t i = 0; i < out.elements(); ++i) out.set(i, at->second.get(i));
  return out;
}

/// A uniform permutation: the order of uniform words, which hardly ever meet.
Tensor drawn_permutation(const ValueType& type, const RandomSource& random) {
  const std::vector<u128> words = random({Visibility::secret, ring(kMaxRingBits), type.shape}).values();
  std::vector<u128> order(words.size());
  std::iota(order.begin(), order.end(), u128{0});
  std::stable_sort(order.begin(), order.end(), [&](u128 a, u128 b) {
    return words[static_cast<std::size_t>(a)] < words[static_cast<std::size_t>(b)];
  });
  return Tensor(type.element, type.shape, order);
}

}  // namespace

std::vector<Tensor> evaluate(const Graph& graph, std::span<const Tensor> inputs, const RandomSource& random,
                             const Observer& observer) {
  if (has_fractions(graph)) return evaluate(place_truncations(graph).graph, inputs, random, observer);
  TACET_ASSERT(inputs.size() == graph.inputs().size());
  for (std::size_t i = 0; i < inputs.size(); ++i) check_input(graph, graph.inputs()[i], inputs[i]);
  std::vector<std::uint32_t> uses(graph.size(), 0);
  for (std::uint32_t i = 0; i < graph.size(); ++i)
    for (const NodeId operand : graph.operands(NodeId{i})) ++uses[operand.value];

  std::map<std::pair<Op, std::int64_t>, Tensor> words;
  std::vector<Tensor> values(graph.size());
  std::vector<const Tensor*> refs(graph.size(), nullptr);  // inputs and constants are not copied
  std::vector<Tensor> outputs(graph.outputs().size());
  for (std::uint32_t i = 0; i < graph.size(); ++i) {
    const NodeId id{i};
    const Node& node = graph.node(id);
    switch (node.op) {
      case Op::input:
        refs[i] = &inputs[static_cast<std::size_t>(graph.attributes(id)[0])];
        continue;
      case Op::constant:
        refs[i] = &graph.constants()[static_cast<std::size_t>(graph.attributes(id)[0])];
        continue;
      case Op::random:
      case Op::permutation:
        if (!random)
          throw Error(Errc::bad_argument, graph.location(id) + ": random has no source in the clear");
        values[i] =
            node.op == Op::random ? random(graph.type(id)) : drawn_permutation(graph.type(id), random);
        break;
      case Op::rand_bit:
      case Op::eda_bit:
        values[i] = drawn_word(graph, id, random, words);
        break;
      default: {
        std::vector<const Tensor*> operands;
        for (const NodeId operand : graph.operands(id)) operands.push_back(refs[operand.value]);
        values[i] = evaluate_node(graph, id, operands);
        if (observer) observer(id, operands, values[i]);
      }
    }
    refs[i] = &values[i];
    if (node.op == Op::output) outputs[static_cast<std::size_t>(graph.attributes(id)[0])] = values[i];
    for (const NodeId operand : graph.operands(id))
      if (--uses[operand.value] == 0) values[operand.value] = Tensor();
  }
  return outputs;
}

}  // namespace tacet
