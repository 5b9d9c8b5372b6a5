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

Circuit::Wire Circuit::add_base(Base base) {
  for (const Wire w : {base.left, base.right})
    for (const std::uint32_t i : forms_[w].bases) {
      base.level = std::max(base.level, bases_[i].level);
      base.order = std::max(base.order, bases_[i].order + 1);
    }
  if (base.kind == Kind::gate && base.visibility == Visibility::secret &&
      visibility(base.right) != Visibility::open)
    ++base.level;
  bases_.push_back(base);
  return intern({{static_cast<std::uint32_t>(bases_.size() - 1)}, false});
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
    out.push_back(add_base(base));
  }
  values_.push_back(value);
  shape_ = values_.size() == 1 ? value.shape() : broadcast(shape_, value.shape());
  return out;
}

Circuit::Wire Circuit::exclusive_or(Wire a, Wire b) {
  const Form &x = forms_[a], &y = forms_[b];
  Form sum;
  sum.one = x.one != y.one;
  std::set_symmetric_difference(x.bases.begin(), x.bases.end(), y.bases.begin(), y.bases.end(),
                                std::back_inserter(sum.bases));
  const bool is_long = sum.bases.size() > kLongSum;
  const Wire out = intern(std::move(sum));
  if (!is_long) return out;
  // No gate has two equal sides, so a long sum can stand there under itself.
  const auto known = gates_.find({out, out});
  if (known != gates_.end()) return known->second;
  Base base;
  base.kind = Kind::sum, base.left = out, base.visibility = visibility(out);
  return gates_[{out, out}] = add_base(base);
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
  gate.kind = Kind::gate;
  // The left side is the more secret one.
  gate.left = visibility(a) >= visibility(b) ? a : b;
  gate.right = gate.left == a ? b : a;
  gate.visibility = visibility(gate.left);
  return gates_[{a, b}] = add_base(gate);
}

std::size_t Circuit::interactive_gates() const {
  return static_cast<std::size_t>(std::count_if(bases_.begin(), bases_.end(), [&](const Base& b) {
    return b.kind == Kind::gate && b.visibility == Visibility::secret &&
           visibility(b.right) != Visibility::open;
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
    if (out[i]) mark(bases_[i].left), mark(bases_[i].right);
  return out;
}

Value Circuit::gather(std::span<const Wire> wires) {
  std::unordered_map<std::int64_t, std::int64_t> first;  // the number of each value's first plane
  std::vector<Value> operands;
  std::int64_t planes = 0;
  std::vector<std::int64_t> attributes{1};
  for (const Wire w : wires) {
    const Form& form = forms_[w];
    attributes.push_back(static_cast<std::int64_t>(form.bases.size()) + form.one);
    for (const std::uint32_t b : form.bases) {
      const Base& base = bases_[b];
      TACET_ASSERT(base.value >= 0);
      const auto [at, is_new] = first.try_emplace(base.value, planes);
      if (is_new) {
        operands.push_back(values_[static_cast<std::size_t>(base.value)]);
        planes += operands.back().type().element.width;
      }
      attributes.push_back(at->second + base.plane);
    }
    if (form.one) attributes.push_back(-1);
  }
  if (operands.empty()) operands.push_back(values_.front());  // constants alone: any operand tells the shape
  return builder_.apply(Op::wires, operands, attributes, {});
}

void Circuit::build_bases(std::span<const std::uint32_t> bases) {
  for (std::size_t at = 0; at < bases.size(); at += kMaxRingBits) {
    const auto batch = bases.subspan(at, std::min<std::size_t>(kMaxRingBits, bases.size() - at));
    std::vector<Wire> left, right;
    for (const std::uint32_t b : batch) left.push_back(bases_[b].left), right.push_back(bases_[b].right);
    Value value = gather(left);
    if (bases_[batch[0]].kind == Kind::gate) {
      const std::array operands{value, gather(right)};
      value = builder_.apply(Op::bit_and, operands, {}, {});
    }
    for (std::uint32_t i = 0; i < batch.size(); ++i) {
      bases_[batch[i]].value = static_cast<std::int64_t>(values_.size());
      bases_[batch[i]].plane = i;
    }
    values_.push_back(value);
  }
}

std::vector<Value> Circuit::build(std::span<const Word> outputs) {
  const std::vector<bool> need = needed(outputs);
  // Gates of one level, order and kind of operands become one operation.
  using Group = std::tuple<std::uint32_t, std::uint32_t, Kind, Visibility, Visibility>;
  std::map<Group, std::vector<std::uint32_t>> groups;
  for (std::uint32_t i = 0; i < bases_.size(); ++i) {
    const Base& b = bases_[i];
    if (need[i] && b.value < 0)
      groups[{b.level, b.order, b.kind, b.visibility, visibility(b.right)}].push_back(i);
  }
  for (const auto& [group, bases] : groups) build_bases(bases);
  std::vector<Value> out;
  for (const Word& word : outputs) {
    Value value = gather(word);
    // What does not depend on all inputs may be smaller than they are together.
    if (value.shape() != shape_) value = value ^ builder_.constant(Tensor(value.type().element, shape_));
    out.push_back(value);
  }
  return out;
}

}  // namespace tacet
