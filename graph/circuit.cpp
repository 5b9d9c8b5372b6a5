#include "graph/circuit.hpp"

#include <algorithm>
#include <tuple>

namespace tacet {

Circuit::Circuit(Builder& builder) : builder_(builder) {
  intern({{}, false});
  intern({{}, true});
}

std::size_t Circuit::FormHash::operator()(const Form& form) const {
  std::uint64_t hash = form.one;
  for (const std::uint32_t base : form.bases) hash = (hash ^ base) * 0x9e3779b97f4a7c15 + (hash >> 29);
  return hash;
}

Circuit::Wire Circuit::intern(Form form) {
  const auto [at, added] = wires_.try_emplace(form, static_cast<Wire>(forms_.size()));
  if (added) forms_.push_back(std::move(form));
  return at->second;
}

Circuit::Word Circuit::input(const Value& value) {
  const ValueType& type = value.type();
  TACET_ASSERT(type.element.domain == Domain::bits);
  Word out;
  for (std::uint32_t plane = 0; plane < type.element.width; ++plane) {
    Base base;
    base.visibility = type.visibility;
    base.value = static_cast<std::int64_t>(values_.size());
    base.plane = plane;
    bases_.push_back(base);
    out.push_back(intern({{static_cast<std::uint32_t>(bases_.size() - 1)}, false}));
  }
  values_.push_back(value);
  return out;
}

Circuit::Wire Circuit::exclusive_or(Wire a, Wire b) {
  const Form &x = forms_[a], &y = forms_[b];
  Form sum;
  sum.one = x.one != y.one;
  std::set_symmetric_difference(x.bases.begin(), x.bases.end(), y.bases.begin(), y.bases.end(),
                                std::back_inserter(sum.bases));
  return intern(std::move(sum));
}

Visibility Circuit::visibility(Wire w) const {
  Visibility out = Visibility::open;
  for (const std::uint32_t b : forms_[w].bases) out = std::max(out, bases_[b].visibility);
  return out;
}

Circuit::Wire Circuit::conjunction(Wire a, Wire b) {
  if (a > b) std::swap(a, b);
  if (a == zero()) return zero();
  if (a == one() || a == b) return b;
  if (exclusive_or(a, b) == one()) return zero();
  if (const auto known = gates_.find({a, b}); known != gates_.end()) return known->second;
  Base gate;
  gate.is_gate = true;
  // The left side is the more secret one.
  gate.left = visibility(a) >= visibility(b) ? a : b;
  gate.right = gate.left == a ? b : a;
  gate.visibility = visibility(gate.left);
  for (const Wire w : {a, b})
    for (const std::uint32_t i : forms_[w].bases) {
      gate.level = std::max(gate.level, bases_[i].level);
      gate.order = std::max(gate.order, bases_[i].order + 1);
    }
  if (gate.visibility == Visibility::secret && visibility(gate.right) != Visibility::open) ++gate.level;
  bases_.push_back(gate);
  const Wire out = intern({{static_cast<std::uint32_t>(bases_.size() - 1)}, false});
  gates_.emplace(std::pair{a, b}, out);
  return out;
}

std::size_t Circuit::interactive_gates() const {
  return static_cast<std::size_t>(std::count_if(bases_.begin(), bases_.end(), [&](const Base& b) {
    return b.is_gate && b.visibility == Visibility::secret && visibility(b.right) != Visibility::open;
  }));
}

std::uint32_t Circuit::depth() const {
  std::uint32_t out = 0;
  for (const Base& b : bases_) out = std::max(out, b.level);
  return out;
}

std::vector<bool> Circuit::needed(std::span<const Word> outputs) const {
  std::vector<bool> out(bases_.size(), false);
  const auto mark = [&](Wire w) {
    for (const std::uint32_t b : forms_[w].bases) out[b] = true;
  };
  for (const Word& word : outputs)
    for (const Wire w : word) mark(w);
  for (std::size_t i = bases_.size(); i-- > 0;)
    if (out[i] && bases_[i].is_gate) mark(bases_[i].left), mark(bases_[i].right);
  return out;
}

Value Circuit::gather(std::span<const Wire> wires) {
  std::vector<std::int64_t> used;  // which values, in order of first use
  std::vector<Value> operands;
  std::vector<std::int64_t> first;  // the number of each one's first plane
  std::int64_t planes = 0;
  std::vector<std::int64_t> attributes{1};
  for (const Wire w : wires) {
    const Form& form = forms_[w];
    attributes.push_back(static_cast<std::int64_t>(form.bases.size()) + form.one);
    for (const std::uint32_t b : form.bases) {
      const Base& base = bases_[b];
      TACET_ASSERT(base.value >= 0);
      auto at = std::find(used.begin(), used.end(), base.value);
      if (at == used.end()) {
        used.push_back(base.value);
        at = used.end() - 1;
        operands.push_back(values_[static_cast<std::size_t>(base.value)]);
        first.push_back(planes);
        planes += operands.back().type().element.width;
      }
      attributes.push_back(first[static_cast<std::size_t>(at - used.begin())] + base.plane);
    }
    if (form.one) attributes.push_back(-1);
  }
  if (operands.empty()) operands.push_back(values_.front());  // constants alone: any operand tells the shape
  return builder_.apply(Op::wires, operands, attributes, {});
}

void Circuit::build_gates(std::span<const std::uint32_t> gates) {
  for (std::size_t at = 0; at < gates.size(); at += kMaxRingBits) {
    const auto batch = gates.subspan(at, std::min<std::size_t>(kMaxRingBits, gates.size() - at));
    std::vector<Wire> left, right;
    for (const std::uint32_t g : batch) left.push_back(bases_[g].left), right.push_back(bases_[g].right);
    const std::array operands{gather(left), gather(right)};
    for (std::uint32_t i = 0; i < batch.size(); ++i) {
      bases_[batch[i]].value = static_cast<std::int64_t>(values_.size());
      bases_[batch[i]].plane = i;
    }
    values_.push_back(builder_.apply(Op::bit_and, operands, {}, {}));
  }
}

std::vector<Value> Circuit::build(std::span<const Word> outputs) {
  const std::vector<bool> need = needed(outputs);
  // Gates of one level, order and kind of operands become one operation.
  using Kind = std::tuple<std::uint32_t, std::uint32_t, Visibility, Visibility>;
  std::map<Kind, std::vector<std::uint32_t>> groups;
  for (std::uint32_t i = 0; i < bases_.size(); ++i)
    if (need[i] && bases_[i].is_gate && bases_[i].value < 0)
      groups[{bases_[i].level, bases_[i].order, bases_[i].visibility, visibility(bases_[i].right)}].push_back(i);
  for (const auto& [kind, gates] : groups) build_gates(gates);
  std::vector<Value> out;
  for (const Word& word : outputs) out.push_back(gather(word));
  return out;
}

}  // namespace tacet
