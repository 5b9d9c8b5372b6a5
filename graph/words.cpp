#include "graph/words.hpp"

#include <algorithm>

namespace tacet::words {
namespace {

/// Two neighbouring runs of positions as one. The product of `passes` is left out where nobody asks for it.
Carry join(Circuit& c, const Carry& high, const Carry& low, bool needs_passes) {
  return {c.exclusive_or(high.makes, c.conjunction(high.passes, low.makes)),
          needs_passes ? c.conjunction(high.passes, low.passes) : Circuit::zero()};
}

}  // namespace

std::vector<Carry> carries(Circuit& c, const Word& a, const Word& b) {
  TACET_ASSERT(a.size() == b.size());
  std::vector<Carry> out;
  for (std::size_t i = 0; i < a.size(); ++i)
    out.push_back({c.conjunction(a[i], b[i]), c.exclusive_or(a[i], b[i])});
  return out;
}

Compressed compress(Circuit& c, const Word& x, const Word& y, const Word& z) {
  Compressed out;
  for (std::size_t i = 0; i < x.size(); ++i) {
    out.sum.push_back(c.exclusive_or(c.exclusive_or(x[i], y[i]), z[i]));
    // The majority, with one conjunction: z where x = z or y = z, else x = y.
    out.majority.push_back(
        c.exclusive_or(c.conjunction(c.exclusive_or(x[i], z[i]), c.exclusive_or(y[i], z[i])), z[i]));
  }
  return out;
}

std::pair<Word, Word> compress_all(Circuit& c, std::vector<Word> words, Word* lost, Word* caught,
                                   unsigned position) {
  TACET_ASSERT(!words.empty());
  const std::size_t width = words.front().size();
  while (words.size() > 2) {
    std::vector<Word> next;
    std::size_t i = 0;
    for (; i + 3 <= words.size(); i += 3) {
      const Compressed pair = compress(c, words[i], words[i + 1], words[i + 2]);
      if (lost != nullptr && width != 0) lost->push_back(pair.majority.back());
      if (caught != nullptr) caught->push_back(pair.majority[position]);
      Word doubled{Circuit::zero()};
      doubled.insert(doubled.end(), pair.majority.begin(), pair.majority.end());
      doubled.resize(width);
      next.push_back(pair.sum);
      next.push_back(std::move(doubled));
    }
    next.insert(next.end(), words.begin() + static_cast<std::ptrdiff_t>(i), words.end());
    words = std::move(next);
  }
  if (words.size() == 1) words.emplace_back(width, Circuit::zero());
  return {words[0], words[1]};
}

Carry carry_out(Circuit& c, std::span<const Carry> positions, bool needs_passes) {
  if (positions.empty()) return {};
  std::vector<Carry> runs(positions.begin(), positions.end());
  // Pairs from the low end, so that the dropped `passes` is that of the lowest run.
  while (runs.size() > 1) {
    std::vector<Carry> next;
    std::size_t i = 0;
    for (; i + 2 <= runs.size(); i += 2)
      next.push_back(join(c, runs[i + 1], runs[i], needs_passes || i != 0));
    if (i < runs.size()) next.push_back(runs[i]);
    runs = std::move(next);
  }
  return runs[0];
}

Wire carry_through(Circuit& c, std::span<const Carry> positions, Wire carry_in) {
  const Carry run = carry_out(c, positions, carry_in != Circuit::zero());
  return c.exclusive_or(run.makes, c.conjunction(run.passes, carry_in));
}

Word all_carries(Circuit& c, std::span<const Carry> positions) {
  std::vector<Carry> prefix(positions.begin(), positions.end());
  for (std::size_t block = 1; block < prefix.size(); block *= 2)
    for (std::size_t i = 0; i < prefix.size(); ++i)
      if ((i / block) % 2 == 1)
        // The run below position i ends at the block before it; runs from position 0 need no `passes`.
        prefix[i] = join(c, prefix[i], prefix[i / block * block - 1], i / (2 * block) != 0);
  Word out;
  for (const Carry& p : prefix) out.push_back(p.makes);
  return out;
}

Word add(Circuit& c, const Word& a, const Word& b, Wire carry_in, Wire* carry) {
  TACET_ASSERT(a.size() == b.size());
  if (a.empty()) return {};
  const std::size_t chain = carry != nullptr ? a.size() : a.size() - 1;
  std::vector<Carry> positions = carries(c, Word(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(chain)),
                                         Word(b.begin(), b.begin() + static_cast<std::ptrdiff_t>(chain)));
  if (!positions.empty())
    positions[0].makes = c.exclusive_or(positions[0].makes, c.conjunction(positions[0].passes, carry_in));
  const Word into = all_carries(c, positions);
  Word out;
  for (std::size_t i = 0; i < a.size(); ++i)
    out.push_back(c.exclusive_or(c.exclusive_or(a[i], b[i]), i == 0 ? carry_in : into[i - 1]));
  if (carry != nullptr) *carry = into.back();
  return out;
}

Word subtract(Circuit& c, const Word& a, const Word& b, Wire* borrow) {
  Wire carry = Circuit::zero();
  const Word out = add(c, a, negate(c, b), Circuit::one(), borrow != nullptr ? &carry : nullptr);
  if (borrow != nullptr) *borrow = c.negate(carry);
  return out;
}

Wire less(Circuit& c, const Word& a, const Word& b) {
  std::vector<Carry> positions = carries(c, a, negate(c, b));
  if (positions.empty()) return Circuit::zero();
  positions[0].makes = c.exclusive_or(positions[0].makes, positions[0].passes);  // a + not b + 1
  return c.negate(carry_out(c, positions).makes);
}

Wire all(Circuit& c, Word wires) {
  if (wires.empty()) return Circuit::one();
  while (wires.size() > 1) {
    Word next;
    for (std::size_t i = 0; i < wires.size(); i += 2)
      next.push_back(i + 1 < wires.size() ? c.conjunction(wires[i], wires[i + 1]) : wires[i]);
    wires = std::move(next);
  }
  return wires[0];
}

Wire any(Circuit& c, Word wires) {
  return c.negate(all(c, negate(c, wires)));
}

Word prefix_all(Circuit& c, Word wires) {
  for (std::size_t block = 1; block < wires.size(); block *= 2)
    for (std::size_t i = 0; i < wires.size(); ++i)
      if ((i / block) % 2 == 1) wires[i] = c.conjunction(wires[i], wires[i / block * block - 1]);
  return wires;
}

Word prefix_any(Circuit& c, Word wires) {
  return negate(c, prefix_all(c, negate(c, wires)));
}

Wire sum_is_zero(Circuit& c, const Word& a, const Word& b) {
  Word zero;
  for (std::size_t i = 0; i < a.size(); ++i) {
    // The carry into a position is the disjunction below it if all sums below are 0; written with the
    // conjunction, which an adder of the same words has, too.
    const Wire carry =
        i == 0 ? Circuit::zero()
               : c.exclusive_or(c.exclusive_or(a[i - 1], b[i - 1]), c.conjunction(a[i - 1], b[i - 1]));
    zero.push_back(c.negate(c.exclusive_or(c.exclusive_or(a[i], b[i]), carry)));
  }
  return all(c, zero);
}

Word choose(Circuit& c, Wire s, const Word& a, const Word& b) {
  Word out;
  for (std::size_t i = 0; i < a.size(); ++i) out.push_back(c.choose(s, a[i], b[i]));
  return out;
}

Word exclusive_or(Circuit& c, const Word& a, const Word& b) {
  Word out;
  for (std::size_t i = 0; i < a.size(); ++i) out.push_back(c.exclusive_or(a[i], b[i]));
  return out;
}

Word negate(Circuit& c, const Word& a) {
  Word out;
  for (const Wire w : a) out.push_back(c.negate(w));
  return out;
}

Word range(const Word& a, std::size_t begin, std::size_t end) {
  Word out;
  for (std::size_t i = begin; i < end; ++i) out.push_back(i < a.size() ? a[i] : Circuit::zero());
  return out;
}

Word constant(u128 value, unsigned width) {
  Word out;
  for (unsigned i = 0; i < width; ++i) out.push_back(Circuit::constant((value >> i & 1) != 0));
  return out;
}

}  // namespace tacet::words
